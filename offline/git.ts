/** What previews ask of git. */
import { type ExecFileException, execFile } from "node:child_process";
import { promisify } from "node:util";
import { ConfigurationError } from "./configuration";

const run = promisify(execFile);

/** A git hook sets these for its own repository and index; ours are found from the folder. */
const LOCAL_VARIABLES = [
  "GIT_DIR",
  "GIT_INDEX_FILE",
  "GIT_WORK_TREE",
  "GIT_PREFIX",
  "GIT_OBJECT_DIRECTORY",
  "GIT_COMMON_DIR",
];

/** Runs git in `folder` and answers what it printed, trimmed. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  return (await gitText(folder, ...args)).trim();
}

async function gitText(folder: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !LOCAL_VARIABLES.includes(name)),
  );
  return (await run("git", args, { cwd: folder, env, maxBuffer: 1 << 28 })).stdout;
}

/** A file's text at a commit, undefined if there is none. `path` is relative to the repository, with slashes. */
export async function fileAt(folder: string, commit: string, path: string): Promise<string | undefined> {
  try {
    return await gitText(folder, "cat-file", "blob", `${commit}:${path}`);
  } catch {
    return undefined;
  }
}

/**
 * The commit where HEAD's branch left `revision`.
 *
 * @throws ConfigurationError when there is none to be found, with what to do about it
 */
export async function mergeBase(folder: string, revision: string): Promise<string> {
  const refuse = (reason: string): never => {
    throw new ConfigurationError(`--base ${revision}: ${reason}`);
  };
  const shallow = await git(folder, "rev-parse", "--is-shallow-repository").catch(
    ({ code, stderr }: ExecFileException & { stderr?: string }) =>
      refuse(
        code === "ENOENT"
          ? "needs git, which is not on the PATH"
          : `${folder} is no git repository to read (${stderr?.trim().split("\n")[0]})`,
      ),
  );
  const hint =
    shallow === "true"
      ? "; this clone is shallow: fetch it whole (git fetch --unshallow; in actions/checkout fetch-depth: 0)"
      : "";
  const commitOf = (name: string): Promise<string> =>
    git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);
  const base = await commitOf(revision).catch(() =>
    refuse(`there is no such revision here${hint || "; fetch it first"}`),
  );
  const head = await commitOf("HEAD").catch(() => refuse("HEAD has no commit yet"));
  return git(folder, "merge-base", base, head).catch(() => refuse(`shares no commit with HEAD${hint}`));
}
