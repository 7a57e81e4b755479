/** Python with the packages of requirements.txt, in a virtual environment of its own. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const REQUIREMENTS = join(__dirname, "requirements.txt");
const WINDOWS = process.platform === "win32";
const SYSTEM_PYTHON = WINDOWS ? "python" : "python3";

/** What this machine lacks for a virtual environment, in one line; undefined when nothing. */
export function lacking(): string | undefined {
  const checks: readonly [string, string][] = [
    ["import sys; assert sys.version_info >= (3, 10)", "no Python 3.10 or later on PATH: install python3"],
    ["import venv, ensurepip", "Python has no venv here: install python3-venv"],
  ];
  return checks.find(([code]) => spawnSync(SYSTEM_PYTHON, ["-c", code]).status !== 0)?.[1];
}

/**
 * Makes the environment where there is none for these requirements yet.
 *
 * @returns its interpreter
 */
export function environment(): string {
  const requirements = readFileSync(REQUIREMENTS);
  const hash = createHash("sha256").update(requirements).digest("hex").slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "canary-traffic", "aws-api", hash);
  const python = WINDOWS ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
  const complete = join(folder, "complete");
  if (existsSync(complete)) return python;
  rmSync(folder, { recursive: true, force: true });
  run(SYSTEM_PYTHON, ["-m", "venv", folder]);
  run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS]);
  writeFileSync(complete, "");
  return python;
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr.trim()}`);
}
