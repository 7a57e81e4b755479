import assert from "node:assert/strict";
import fs, {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../base/user-error";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { Journal, lastRollout } from "../../../rollout/journal/journal";
import { holderOf, takeLock } from "../../../rollout/journal/lock";
import { plan } from "../machine/world";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollout-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("the journal of rollouts", () => {
  const file = (): string => join(folder, ".canary", "dev.jsonl");
  const begun = (id: string): RolloutEvent => ({
    time: 1,
    type: "begun",
    id,
    plan: plan(),
    from: { "myapp/canary": 0 },
  });
  const ended: RolloutEvent = { time: 2, type: "ended", outcome: "done", reason: "all steps passed" };

  function write(...events: RolloutEvent[]): void {
    const journal = new Journal(file());
    for (const event of events) journal.write(event);
    journal.close();
  }

  it("is empty where there was none", () => assert.deepEqual(lastRollout(file()), []));

  it("answers the last rollout, and keeps those before", () => {
    write(begun("first"), ended);
    write(begun("second"));
    assert.deepEqual(lastRollout(file()), [begun("second")]);
    assert.equal(readFileSync(file(), "utf8").split("\n").length, 4);
  });

  it("is whole again after a crash in the middle of any line", () => {
    write(begun("first"), ended);
    const { length } = readFileSync(file());
    for (let cut = 1; cut < Buffer.byteLength(JSON.stringify(ended)) + 1; cut += 7) {
      truncateSync(file(), length - cut);
      assert.deepEqual(lastRollout(file()), [begun("first")], `cut ${cut}`);
      write(ended);
      assert.deepEqual(lastRollout(file()), [begun("first"), ended], `cut ${cut}`);
    }
  });

  it("drops a last line of zeros, as a loss of power leaves one", () => {
    write(begun("first"));
    appendFileSync(file(), "\0\0\0\0\n");
    write(ended);
    assert.deepEqual(lastRollout(file()), [begun("first"), ended]);
  });

  it("has what could not be written as soon as it can be, and before what follows", () => {
    const journal = new Journal(file());
    const { writeSync } = fs;
    const full = (): never => {
      throw new Error("ENOSPC: no space left on device, write");
    };
    Object.assign(fs, { writeSync: full });
    try {
      assert.throws(() => journal.write(begun("first")), /ENOSPC/);
    } finally {
      Object.assign(fs, { writeSync });
    }
    journal.write(ended);
    journal.close();
    assert.deepEqual(lastRollout(file()), [begun("first"), ended]);
  });

  it("is refused where a line of the last rollout is no event, and only there", () => {
    write(begun("first"));
    const text = readFileSync(file(), "utf8");
    writeFileSync(file(), `${text}not JSON\n${JSON.stringify(ended)}\n`);
    assert.throws(() => lastRollout(file()), UserError);
    assert.throws(() => lastRollout(file()), /dev\.jsonl: line 2 is no event of a rollout/);
    writeFileSync(file(), `not JSON\n${text}`);
    assert.deepEqual(lastRollout(file()), [begun("first")]);
  });

  it("names an event, or a version, that a later program wrote, in one line", () => {
    write(begun("first"), ended);
    const text = readFileSync(file(), "utf8");
    for (const [line, what] of [
      [{ type: "moon-phase", time: 1 }, "moon-phase"],
      [{ ...begun("second"), version: 2 }, "2"],
      [{ type: "constructor", time: 1 }, "constructor"],
      [{ type: "begun", time: 1 }, "begun"],
    ] as const) {
      writeFileSync(file(), `${text}${JSON.stringify(line)}\n`);
      assert.throws(
        () => lastRollout(file()),
        (error: Error) => {
          assert.ok(error instanceof UserError);
          assert.match(
            error.message,
            new RegExp(`^[^\n]*dev\\.jsonl: line 3 is of a later version \\(${what}\\); [^\n]*$`),
          );
          return true;
        },
      );
    }
    for (const line of ["[]", "7", '"begun"', "{}"]) {
      writeFileSync(file(), `${text}${line}\n`);
      assert.throws(() => lastRollout(file()), /line 3 is no event of a rollout/);
    }
  });

  it("is read whatever its size, without the first of very many judgements, and put aside by the next rollout", () => {
    write(begun("first"));
    const judged = JSON.stringify({
      type: "judged",
      time: 1,
      step: 0,
      failuresInARow: 0,
      verdict: "x".repeat(2 ** 20),
    });
    for (let i = 0; i < 80; i++) appendFileSync(file(), `${judged}\n`);
    write({ time: 3, type: "shifting", step: 1, weights: {}, message: "" });
    const begin = performance.now();
    const events = lastRollout(file());
    assert.ok(performance.now() - begin < 3000);
    assert.equal(events[0]?.type, "begun");
    assert.equal(events.at(-1)?.type, "shifting");
    assert.ok(events.length > 10 && events.length < 40);
    write(begun("second"), ended);
    assert.deepEqual(lastRollout(file()), [begun("second"), ended]);
    assert.ok(readFileSync(file()).length < 10_000);
    assert.ok(existsSync(`${file()}.old`));
  });

  it("is refused in one line where a line has no end", () => {
    write(begun("first"));
    appendFileSync(file(), "x".repeat(6 * 2 ** 20));
    assert.throws(() => lastRollout(file()), /dev\.jsonl: has a line of more than 4 MiB/);
  });
});

describe("the lock of rollouts", () => {
  const file = (): string => join(folder, "dev.lock");

  it("is one process's at a time", () => {
    const lock = takeLock(file(), "dev", "rollout");
    assert.throws(
      () => takeLock(file(), "dev", "rollout"),
      new RegExp(`stack dev: canary rollout is under way, process ${process.pid}`),
    );
    assert.equal(holderOf(file())?.pid, process.pid);
    lock.release();
    assert.equal(existsSync(file()), false);
    takeLock(file(), "dev", "rollout").release();
  });

  it("says what holds it, and how to end that", () => {
    for (const [command, wayOut] of [
      ["rollout", "canary abort -s dev rolls it back"],
      ["up", `wait until it has ended; Ctrl-C there or kill ${process.pid} ends it`],
      ["promote", `wait until it has ended; Ctrl-C there or kill ${process.pid} ends it`],
      ["rollback", "wait until it has ended"],
    ] as const) {
      const lock = takeLock(file(), "dev", command);
      assert.throws(
        () => takeLock(file(), "dev", "rollout"),
        new UserError(`stack dev: canary ${command} is under way, process ${process.pid}; ${wayOut}`),
      );
      lock.release();
    }
  });

  it("is cleared where its process is gone, though another has its number now", () => {
    for (const gone of [
      { command: "rollout", host: hostname(), pid: 2 ** 22 + 1, started: "1" },
      { command: "rollout", host: hostname(), pid: process.pid, started: "1" },
    ]) {
      writeFileSync(file(), JSON.stringify(gone));
      assert.equal(holderOf(file()), undefined);
      takeLock(file(), "dev", "rollout").release();
    }
  });

  it("is cleared where a crash left half of it", () => {
    writeFileSync(file(), '{"host":');
    takeLock(file(), "dev", "rollout").release();
  });

  it("of another machine is reported, and stays", () => {
    writeFileSync(file(), JSON.stringify({ command: "rollout", host: "elsewhere", pid: 1, started: "1" }));
    assert.throws(
      () => takeLock(file(), "dev", "rollout"),
      (error: Error) =>
        error instanceof UserError && /on elsewhere, process 1, .*delete .*dev\.lock$/.test(error.message),
    );
    assert.ok(existsSync(file()));
  });

  it("knows when it was taken away, and then leaves it to its new holder", () => {
    const lock = takeLock(file(), "dev", "rollout");
    assert.ok(lock.isHeld());
    writeFileSync(file(), JSON.stringify({ command: "rollout", host: "elsewhere", pid: 1, started: "1" }));
    assert.equal(lock.isHeld(), false);
    lock.release();
    assert.ok(existsSync(file()));
  });
});
