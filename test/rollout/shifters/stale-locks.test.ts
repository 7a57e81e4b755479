import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../../../rollout/shifters/errors";
import { freeLocks } from "../../../rollout/shifters/stale-locks";

describe("locks in a backend that is a folder", () => {
  let folder: string;
  let lock: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "locks-"));
    const locks = join(folder, ".pulumi", "locks", "organization", "canary-traffic", "dev");
    mkdirSync(locks, { recursive: true });
    lock = join(locks, "lock.json");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const free = (): void => freeLocks(`file://${folder}`, "canary-traffic", "dev");
  const lockedBy = (holder: { pid: number; hostname: string }): void =>
    writeFileSync(lock, JSON.stringify({ ...holder, username: "ann", timestamp: new Date().toISOString() }));

  it("are removed once their process is gone", () => {
    lockedBy({ pid: 2 ** 22 + 1, hostname: hostname() });
    free();
    assert.ok(!existsSync(lock));
  });

  it("of a process that lives, or of another machine, stay, and are what the engine says no for", () => {
    for (const holder of [
      { pid: process.pid, hostname: hostname() },
      { pid: 2 ** 22 + 1, hostname: "elsewhere" },
    ]) {
      lockedBy(holder);
      assert.throws(
        free,
        (error) =>
          error instanceof EngineError && /^somebody else's update is under way: ann@/.test(error.message),
      );
      assert.ok(existsSync(lock));
    }
  });

  it("that do not say whose they are, stay, and are named", () => {
    for (const text of ["", "null", "{}"]) {
      writeFileSync(lock, text);
      assert.throws(free, {
        message: /lock\.json does not say whose lock it is; .* pulumi cancel clears it$/,
      });
      assert.ok(existsSync(lock));
    }
  });
});
