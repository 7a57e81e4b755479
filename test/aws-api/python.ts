/** Python with the packages of requirements.txt, in a virtual environment of its own. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { interpreterOf, makeEnvironment } from "../../base/python";

const REQUIREMENTS = join(__dirname, "requirements.txt");

/**
 * Makes the environment if there is none for these requirements yet.
 *
 * @returns its interpreter
 */
export async function environment(): Promise<string> {
  const requirements = readFileSync(REQUIREMENTS);
  const hash = createHash("sha256").update(requirements).digest("hex").slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "canary-traffic", "aws-api", hash);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return interpreterOf(folder);
  rmSync(folder, { recursive: true, force: true });
  const python = await makeEnvironment(folder, REQUIREMENTS);
  writeFileSync(complete, "");
  return python;
}
