import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../../analysis/clock";
import { type Answer, Answers, clearAnswers, leaveAnswer } from "../../../rollout/journal/answers";

describe("answers to a rollout", () => {
  let folder: string;
  let over: AbortController;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "answers-"));
    over = new AbortController();
  });

  afterEach(() => {
    mock.restoreAll();
    over.abort();
    rmSync(folder, { recursive: true });
  });

  const file = (): string => join(folder, "dev.answer");
  /** Answers to rollout `1`, which looks for them every few milliseconds. */
  const answers = (): Answers => {
    const hasty = (milliseconds: number, signal: AbortSignal) => systemClock.sleep(milliseconds / 50, signal);
    return new Answers(file(), "1", { ...systemClock, sleep: hasty }, "dev");
  };
  const abort: Answer = { id: "1", decision: "abort", by: "ann" };
  const approval: Answer = { id: "1", decision: "approve", step: 2, by: "bob" };

  it("are heard each, whatever is said next", async () => {
    for (const answer of [abort, approval]) leaveAnswer(file(), answer);
    leaveAnswer(file(), {
      id: "1",
      decision: "judge",
      step: 1,
      metric: "checkout",
      outcome: "pass",
      by: "cleo",
    });
    const heard = answers();
    heard.collect(over.signal).catch(() => {});
    assert.deepEqual(await heard.aborted(over.signal), abort);
    assert.deepEqual(await heard.decision(2, over.signal), approval);
    assert.equal(heard.of(1, "checkout")?.by, "cleo");
    assert.deepEqual(readdirSync(folder), []);
  });

  it("to another rollout or an earlier step are none", async () => {
    for (const answer of [
      { ...abort, id: "0" },
      { ...approval, step: 1 },
    ] as Answer[])
      leaveAnswer(file(), answer);
    const heard = answers();
    const none = sleep(40, "none");
    assert.equal(
      await Promise.race([none, heard.aborted(over.signal), heard.decision(2, over.signal)]),
      "none",
    );
    clearAnswers(file());
    assert.deepEqual(readdirSync(folder), []);
  });

  it("that can't be read are a warning, once, and the next one is heard", async () => {
    const written: string[] = [];
    mock.method(process.stderr, "write", (text: string) => written.push(text) > 0);
    mkdirSync(`${file()}.abort`);
    const aborted = answers().aborted(over.signal);
    await sleep(40);
    rmSync(`${file()}.abort`, { recursive: true });
    leaveAnswer(file(), abort);
    assert.deepEqual(await aborted, abort);
    assert.equal(written.length, 1);
    assert.match(written[0] ?? "", /^warning: \S+dev\.answer\.abort can't be read: EISDIR.*\n$/);
  });

  it("can be read by the rollout's user, whoever gives them", () => {
    const before = process.umask(0o077);
    try {
      leaveAnswer(file(), abort);
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(`${file()}.abort`).mode & 0o777, 0o644);
  });
});
