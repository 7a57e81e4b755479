import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { BOT, GitHub, REPOSITORY } from "./github";
import { zipOf } from "./zip";

const SCRIPT = resolve(__dirname, "../../.github/scripts/comment.mjs");
const MARKER = "<!-- canary-traffic preview -->";
const SHA = "4be8c2f0a1b2c3d4e5f60718293a4b5c6d7e8f90";
const FORK = 99;

describe("the script that comments", () => {
  let folder: string;
  let github: GitHub;
  let api: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "canary-comment-"));
    github = new GitHub();
    github.pulls = [{ number: 12, head: { sha: SHA, repo: { id: FORK } } }];
    api = await github.start();
  });

  afterEach(() => {
    github.stop();
    rmSync(folder, { recursive: true });
  });

  /** Runs the script as the workflow does, for a run of `Preview` on a fork's branch. */
  async function comment(branch = "shift"): Promise<{ code: number; said: string }> {
    const event = {
      repository: { full_name: REPOSITORY },
      workflow_run: {
        id: 7,
        head_sha: SHA,
        head_branch: branch,
        head_repository: { id: FORK, owner: { login: "someone" } },
        html_url: "https://github.com/team/shop/actions/runs/7",
      },
    };
    const file = join(folder, "event.json");
    writeFileSync(file, JSON.stringify(event));
    const env = { ...process.env, GITHUB_EVENT_PATH: file, GITHUB_TOKEN: "token", GITHUB_API_URL: api };
    return new Promise((done) => {
      execFile(process.execPath, [SCRIPT], { env }, (error, stdout, stderr) =>
        done({ code: error === null ? 0 : Number(error.code), said: stdout + stderr }),
      );
    });
  }

  const upload = (text: string, number = "12\n"): void => {
    github.artifact = zipOf({ "comment.md": text, "pull-request": number });
  };

  it("makes one comment, and says first where it comes from", async () => {
    upload("## Preview\n\nmyapp");
    assert.deepEqual(await comment(), { code: 0, said: "commented in #12\n" });
    assert.deepEqual(github.writes, ["POST /issues/12/comments"]);
    const [only] = github.comments;
    assert.equal(
      only?.body,
      `${MARKER}\n\n<sub>[Preview](https://github.com/team/shop/actions/runs/7) of ${SHA}, by the pull request's own code.</sub>\n\n## Preview\n\nmyapp`,
    );
  });

  it("updates that comment later, on whatever page it is", async () => {
    github.comments = Array.from({ length: 150 }, (_, i) => ({
      id: i,
      user: { login: "a" },
      body: "hello",
    }));
    github.comments[120] = { id: 120, user: BOT, body: `${MARKER}\n\nold` };
    upload("new");
    assert.equal((await comment()).said, "updated the comment in #12\n");
    assert.deepEqual(github.writes, ["PATCH /issues/comments/120"]);
    assert.equal((await comment()).said, "the comment in #12 is up to date\n");
    assert.equal(github.writes.length, 1);
  });

  it("does not take somebody else's comment with the marker for its own", async () => {
    github.comments = [{ id: 1, user: { login: "someone" }, body: `${MARKER}\n\nforged` }];
    upload("text");
    await comment();
    assert.deepEqual(github.writes, ["POST /issues/12/comments"]);
  });

  it("asks for pull requests of the branch that the event names, odd names too", async () => {
    upload("text");
    await comment("a&state=closed#b/ü");
    assert.deepEqual(github.heads, ["someone:a&state=closed#b/ü"]);
  });

  const elsewhere: readonly [string, GitHub["pulls"]][] = [
    ["has moved on to another commit", [{ number: 12, head: { sha: "0".repeat(40), repo: { id: FORK } } }]],
    ["comes from another fork", [{ number: 12, head: { sha: SHA, repo: { id: 5 } } }]],
    ["comes from a fork that is gone", [{ number: 12, head: { sha: SHA, repo: null } }]],
    ["is closed", []],
  ];
  for (const [title, pulls] of elsewhere) {
    it(`leaves a pull request alone that ${title}`, async () => {
      github.pulls = pulls;
      upload("text");
      const { code, said } = await comment();
      assert.equal(code, 0);
      assert.match(said, /^no open pull request is at 4be8c2f/);
      assert.deepEqual(github.writes, []);
    });
  }

  for (const claim of ["13", "-1", "12/../13", "", "NaN", "1e1", "99999999999999999999"]) {
    it(`does not comment where the artifact claims to be for ${claim || "nothing"}`, async () => {
      upload("text", claim);
      const { code, said } = await comment();
      assert.equal(code, 1);
      assert.match(said, /^the artifact is not for #12/);
      assert.deepEqual(github.writes, []);
    });
  }

  it("lets the artifact choose between pull requests of the same commit alone", async () => {
    github.pulls = [12, 14].map((number) => ({ number, head: { sha: SHA, repo: { id: FORK } } }));
    upload("text", "14");
    assert.equal((await comment()).said, "commented in #14\n");
  });

  it("says so where the preview did not finish", async () => {
    assert.equal((await comment()).code, 0);
    assert.match(github.comments[0]?.body ?? "", /\*\*The preview did not finish: see its \[log and files\]/);
  });

  it("says so where the text is too long for GitHub", async () => {
    upload("x".repeat(65_500));
    await comment();
    assert.match(github.comments[0]?.body ?? "", /\*\*The preview is too long for a comment/);
  });

  const hostile: readonly [string, () => void, RegExp][] = [
    [
      "that is said to be too large",
      () => {
        upload("text");
        github.size = 1e9;
      },
      /^the artifact has 1000000000 bytes/,
    ],
    [
      "that is larger than it is said to be",
      () => {
        github.artifact = Buffer.alloc(300 * 1024);
        github.size = 10;
      },
      /^the artifact is longer than/,
    ],
    ["that is no archive", () => (github.artifact = Buffer.from("hello")), /no zip archive/],
    [
      "that is cut off",
      () => {
        upload("text");
        github.artifact = github.artifact?.subarray(20);
      },
      /broken|out of range/,
    ],
    [
      "that unpacks to two hundred times its size",
      () => upload("x".repeat(50_000_000)),
      /comment\.md is broken, or longer than 262144 bytes/,
    ],
    ["with a very long number", () => upload("text", "1".repeat(100)), /pull-request is broken, or longer/],
  ];
  for (const [title, prepare, line] of hostile) {
    it(`refuses an artifact ${title}`, async () => {
      prepare();
      const { code, said } = await comment();
      assert.equal(code, 1);
      assert.match(said, line);
      assert.equal(said.trim().split("\n").length, 1);
      assert.deepEqual(github.writes, []);
    });
  }

  it("writes no file, whatever the archive's names are", async () => {
    const outside = join(folder, "outside");
    github.artifact = zipOf({
      [outside]: "a",
      [relative(process.cwd(), outside)]: "b",
      "comment.md": "text",
      "pull-request": "12",
    });
    assert.equal((await comment()).code, 0);
    assert.match(github.comments[0]?.body ?? "", /text$/);
    assert.equal(existsSync(outside), false);
  });

  const acting: readonly [string, string, RegExp][] = [
    ["a mention", "thanks @octocat, @team/ops", /@\w/],
    ["a mention by entity", "&#64;octocat &#x40;octocat &commat;octocat &#0064octocat", /&(#|commat)|@\w/],
    ["a mention that is continued by an entity", "@&#111;ctocat", /@&/],
    ["an image", "![x](https://evil.example/x.png)", /\]\(/],
    [
      "a link that hides where it leads",
      "[approve](https://evil.example) [a][b]\n\n[b]: https://evil.example",
      /\][([:]/,
    ],
    [
      "HTML with attributes",
      '<a href="https://evil.example">x</a><img src=x><details open>',
      /<(a|\/a|img|details)\b/,
    ],
    ["an HTML comment, with the marker", `${MARKER} <!-- x`, /<!/],
  ];
  for (const [title, text, pattern] of acting) {
    it(`takes the effect from ${title}`, async () => {
      upload(`## Preview\n\n${text}`);
      await comment();
      assert.doesNotMatch(github.comments[0]?.body.split("## Preview")[1] ?? "", pattern);
    });
  }

  it("leaves alone what previews are made of", async () => {
    const text = [
      "<details>\n<summary><code>~</code> update <b>Deployment myapp</b></summary>",
      '```mermaid\nflowchart LR\n  a(["x"]) -->|"25 %"| b["myapp<br>1.0"]:::changed\n```',
      "```diff\n- image: app@sha256:0123\n+ image: app@sha256:4567\n```",
      "</details>\n\n> [!WARNING]\n> - text\n\n<p>1 line left out</p>",
    ].join("\n\n");
    upload(text);
    await comment();
    assert.ok(github.comments[0]?.body.endsWith(text));
  });
});
