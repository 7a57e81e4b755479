/** Virtual environments of Python's, with packages by their exact versions. */
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const WINDOWS = process.platform === "win32";
const SYSTEM_PYTHON = WINDOWS ? "python" : "python3";

/** What this machine lacks for a virtual environment, in one line; undefined when nothing. */
export function lackingPython(): string | undefined {
  const checks: readonly [string, string][] = [
    ["import sys; assert sys.version_info >= (3, 10)", "no Python 3.10 or later on PATH: install python3"],
    ["import venv, ensurepip", "Python has no venv here: install python3-venv"],
  ];
  return checks.find(([code]) => spawnSync(SYSTEM_PYTHON, ["-c", code]).status !== 0)?.[1];
}

/** The interpreter of a virtual environment. */
export const interpreterOf = (folder: string): string =>
  WINDOWS ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");

/**
 * Makes a virtual environment in a folder of its own.
 *
 * @param requirements file with a package a line, as in `moto==5.2.5`
 * @returns its interpreter
 * @throws Error with what Python or pip says
 */
export async function makeEnvironment(
  folder: string,
  requirements: string,
  signal?: AbortSignal,
): Promise<string> {
  const python = interpreterOf(folder);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const steps: readonly [string, ...string[]][] = [
    [SYSTEM_PYTHON, "-m", "venv", folder],
    [python, ...pip, "-r", requirements],
  ];
  for (const [program, ...args] of steps) {
    await run(program, args, { signal }).catch((error: Error & { stderr?: string }) => {
      signal?.throwIfAborted();
      throw new Error(`${program} ${args.join(" ")}: ${error.stderr?.trim() || error.message}`);
    });
  }
  return python;
}
