/** The old side of a preview from git: the program and configuration as they stood at another revision. */
import { execFile, fork } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { ConfigurationError } from "./configuration";
import type { ResourceState } from "./state";

const run = promisify(execFile);

/** What the child process that evaluates the old program sends back. */
export type BaseMessage = { readonly states: readonly ResourceState[] } | { readonly error: string };

/**
 * What the stack comes to at the merge base of `revision` and the current commit, everything deployed.
 *
 * @throws ConfigurationError when the revision is not there, or the program does not run at it
 */
export async function deployedAt(
  folder: string,
  stack: string,
  revision: string,
  progress: (message: string) => void,
): Promise<readonly ResourceState[]> {
  const commit = await mergeBase(folder, revision);
  const checkout = await checkOut(folder, commit, progress);
  await installPackages(folder, checkout, progress);
  return evaluateThere(checkout, stack, `--base ${revision} (${commit.slice(0, 12)})`);
}

async function git(folder: string, ...args: string[]): Promise<string> {
  return (await run("git", args, { cwd: folder })).stdout.trim();
}

async function mergeBase(folder: string, revision: string): Promise<string> {
  try {
    await git(folder, "rev-parse", "--verify", "--quiet", `${revision}^{commit}`);
  } catch {
    throw new ConfigurationError(`--base ${revision}: there is no such revision here; fetch it first`);
  }
  try {
    return await git(folder, "merge-base", revision, "HEAD");
  } catch {
    throw new ConfigurationError(
      `--base ${revision}: shares no commit with HEAD; fetch enough history (git fetch --unshallow)`,
    );
  }
}

/** The project's folder in a worktree of that commit, kept for later runs. */
async function checkOut(
  folder: string,
  commit: string,
  progress: (message: string) => void,
): Promise<string> {
  const top = realpathSync(await git(folder, "rev-parse", "--show-toplevel"));
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const worktree = join(cache, "canary-traffic", "base", commit);
  if (!existsSync(join(worktree, ".git"))) {
    progress(`checking out ${commit.slice(0, 12)}`);
    rmSync(worktree, { recursive: true, force: true });
    await git(folder, "worktree", "prune");
    await git(folder, "worktree", "add", "--detach", "--force", worktree, commit);
  }
  return join(worktree, relative(top, realpathSync(folder)));
}

/** The packages of this checkout where the lock files agree, its own where not. */
async function installPackages(
  folder: string,
  checkout: string,
  progress: (message: string) => void,
): Promise<void> {
  const modules = join(checkout, "node_modules");
  if (existsSync(modules)) return;
  const lock = (at: string): string => {
    const file = join(at, "package-lock.json");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  mkdirSync(checkout, { recursive: true });
  if (lock(folder) === lock(checkout)) {
    symlinkSync(join(folder, "node_modules"), modules, "junction");
    return;
  }
  progress("installing that revision's packages, which differ from these");
  await run("npm", ["ci", "--ignore-scripts"], { cwd: checkout, shell: process.platform === "win32" });
}

function evaluateThere(checkout: string, stack: string, label: string): Promise<readonly ResourceState[]> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, "base-child.ts"), [checkout, stack], {
      execArgv: ["--require", require.resolve("tsx/cjs")],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.on("message", (message: BaseMessage) => {
      if ("states" in message) resolve(message.states);
      else reject(new ConfigurationError(`${label}: the program does not run there: ${message.error}`));
    });
    child.on("error", reject);
    child.on("exit", (code) =>
      reject(new ConfigurationError(`${label}: the program ended with ${code} and no answer`)),
    );
  });
}
