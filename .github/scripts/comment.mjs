/**
 * Keeps one comment in a pull request up to date from what the workflow Preview uploaded. Run by a workflow_run event. All
 * that Preview uploads was made by the pull request's own code: which pull request it is for is settled by the event.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { defused } from "./defuse.mjs";
import { fileInZip } from "./zip.mjs";

export const MARKER = "<!-- canary-traffic preview -->";
const AUTHOR = "github-actions[bot]";
const ARTIFACT = "preview";

/** Most bytes of the artifact, and of its text. */
const LONGEST_ARTIFACT = 256 * 1024;
/** Most characters of a comment, by GitHub. */
const LONGEST_COMMENT = 65_536;
const PAGE = 100;
const MOST_PAGES = 30;

/**
 * @param {object} context
 * @param {{ workflow_run: object, repository: { full_name: string } }} context.event
 * @param {string} context.token
 * @param {string} context.api GitHub's, as in GITHUB_API_URL
 * @returns {Promise<string>} what was done, in a sentence
 */
export async function comment({ event, token, api }) {
  const run = event.workflow_run;
  const github = client(`${api}/repos/${event.repository.full_name}`, token);
  const candidates = await pullRequestsOf(github, run);
  if (candidates.length === 0) return `no open pull request is at ${run.head_sha}: nothing to do`;
  const artifact = await artifactOf(github, run);
  const number = chosen(candidates, artifact);
  const body = bodyOf(run, artifact);
  const existing = await ownComment(github, number);
  if (existing?.body === body) return `the comment in #${number} is up to date`;
  if (existing !== undefined) {
    await github("PATCH", `/issues/comments/${existing.id}`, { body });
    return `updated the comment in #${number}`;
  }
  await github("POST", `/issues/${number}/comments`, { body });
  return `commented in #${number}`;
}

/** Numbers of the open pull requests whose head is still the commit that the run previewed, of the same repository. */
async function pullRequestsOf(github, { head_repository, head_branch, head_sha }) {
  const head = encodeURIComponent(`${head_repository.owner.login}:${head_branch}`);
  const open = await json(github("GET", `/pulls?state=open&per_page=${PAGE}&head=${head}`));
  return open
    .filter((pull) => pull.head.sha === head_sha && pull.head.repo?.id === head_repository.id)
    .map((pull) => pull.number);
}

/** What Preview uploaded: the comment's text, and the number it claims; undefined where it uploaded nothing. */
async function artifactOf(github, run) {
  const { artifacts } = await json(github("GET", `/actions/runs/${run.id}/artifacts?name=${ARTIFACT}`));
  const found = artifacts.find(({ name, expired }) => name === ARTIFACT && !expired);
  if (found === undefined) return undefined;
  if (found.size_in_bytes > LONGEST_ARTIFACT)
    throw new Error(`the artifact has ${found.size_in_bytes} bytes`);
  const zip = await limited(await github("GET", `/actions/artifacts/${found.id}/zip`));
  return {
    text: fileInZip(zip, "comment.md", LONGEST_ARTIFACT)?.toString("utf8") ?? "",
    number: Number(fileInZip(zip, "pull-request", 20)?.toString("utf8")),
  };
}

/** One branch can have a pull request into each of several others: then the artifact's claim decides between these. */
function chosen(candidates, artifact) {
  if (artifact === undefined && candidates.length === 1) return candidates[0];
  if (candidates.includes(artifact?.number)) return artifact.number;
  throw new Error(`the artifact is not for ${candidates.map((number) => `#${number}`).join(" or ")}`);
}

/** Where the text comes from is said first, as nothing in the text can hide that. */
function bodyOf({ head_sha, html_url }, artifact) {
  const origin = `<sub>[Preview](${html_url}) of ${head_sha}, by the pull request's own code.</sub>`;
  const text = defused(artifact?.text ?? "").trim();
  const whole = [MARKER, origin, text].join("\n\n");
  if (text !== "" && whole.length <= LONGEST_COMMENT) return whole;
  const reason = text === "" ? "The preview did not finish" : "The preview is too long for a comment";
  return [MARKER, origin, `**${reason}: see its [log and files](${html_url}).**`].join("\n\n");
}

async function ownComment(github, number) {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const comments = await json(github("GET", `/issues/${number}/comments?per_page=${PAGE}&page=${page}`));
    const own = comments.find(({ user, body }) => user?.login === AUTHOR && body.startsWith(MARKER));
    if (own !== undefined || comments.length < PAGE) return own;
  }
  return undefined;
}

const client = (repository, token) => async (method, path, body) => {
  const response = await fetch(repository + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
};

const json = async (response) => (await response).json();

/** A response's body, as far as it may go. */
async function limited(response) {
  const chunks = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > LONGEST_ARTIFACT) throw new Error(`the artifact is longer than ${LONGEST_ARTIFACT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const {
    GITHUB_EVENT_PATH = "",
    GITHUB_TOKEN = "",
    GITHUB_API_URL = "https://api.github.com",
  } = process.env;
  const event = JSON.parse(readFileSync(GITHUB_EVENT_PATH, "utf8"));
  try {
    console.log(await comment({ event, token: GITHUB_TOKEN, api: GITHUB_API_URL }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
