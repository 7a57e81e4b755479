/** Locks that killed updates leave in a backend that is a folder. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { UnderWayError } from "./errors";
import { isThere } from "./session-process";

/** `lockContent` in pkg/backend/diy/lock.go of pulumi/pulumi. */
interface LockContent {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/**
 * Removes the stack's locks whose process on this machine is gone, one by one: `pulumi cancel` would take all of them, that
 * of an update that begins meanwhile, too. Other backends let go of a lost update by themselves, or say who holds the
 * lock once an update is tried.
 *
 * @param url the backend's, as `pulumi whoami --json` has it
 * @throws EngineError when the lock is somebody else's: its process lives, or can't be seen from here
 */
export function freeLocks(url: string, project: string, stack: string): void {
  if (!url.startsWith("file://")) return;
  const folder = decodeURIComponent(url.slice("file://".length).replace(/\?.*$/, "")).replace(
    /^~/,
    homedir(),
  );
  const locks = join(folder, ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(locks)) return;
  for (const name of readdirSync(locks).filter((each) => each.endsWith(".json"))) {
    const file = join(locks, name);
    const lock = readLock(file);
    if (lock === undefined) continue;
    if (lock.hostname !== hostname() || isHolder(lock)) throw new UnderWayError(underWay(lock));
    for (const stale of [file, `${file}.attrs`]) rmSync(stale, { force: true });
  }
}

const underWay = ({ username, hostname: host, pid, timestamp }: LockContent): string =>
  `somebody else's update is under way: ${username}@${host}, process ${pid}, since ${timestamp}; ` +
  "if that process is gone for sure, pulumi cancel clears the lock";

/** Undefined when the lock was let go meanwhile. @throws UnderWayError if it does not say whose it is */
function readLock(file: string): LockContent | undefined {
  try {
    const lock = Object(JSON.parse(readFileSync(file, "utf8"))) as Partial<LockContent>;
    if (lock.pid !== undefined) return lock as LockContent;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UnderWayError(
    `${file} does not say whose lock it is; if no update of the stack is under way, pulumi cancel clears it`,
  );
}

/** Milliseconds by which clocks of processes and of files may be off. */
const INACCURACY = 2000;

/** Whether the process of that id was there when the lock was taken. */
function isHolder({ pid, timestamp }: LockContent): boolean {
  if (!isThere(pid)) return false;
  try {
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
    });
    return !(Date.parse(started) > Date.parse(timestamp) + INACCURACY);
  } catch {
    return isThere(pid);
  }
}
