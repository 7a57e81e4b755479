import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastRollout } from "../../../rollout/journal/journal";
import { interrupted } from "../../../rollout/machine/resume";
import { beginRollout, resumeRollout } from "../../../rollout/machine/session";
import { compiled } from "../../compiled";
import { sidesOf } from "./sides";
import { STEPS, StackOnDisk, sessionOf, TARGETS } from "./stack-on-disk";

const KILLS = 50;
/** A process may end before its time, the sooner the busier this one was when it took the time of a whole rollout. */
const MOST_TRIES = 250;
const BY_WAY = [undefined, 25] as const;

/** A rollout as a process of its own, and its end. */
async function started(
  program: string,
  folder: string,
  failsAt?: number,
): Promise<{ child: ChildProcess; exit: Promise<unknown> }> {
  const words = failsAt === undefined ? [folder] : [folder, String(failsAt)];
  const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  await once(child.stdout, "data");
  return { child, exit };
}

/** Kills a rollout after so many milliseconds, and answers whether it still ran. */
async function kill(
  program: string,
  folder: string,
  failsAt: number | undefined,
  after: number,
): Promise<boolean> {
  const { child, exit } = await started(program, folder, failsAt);
  await sleep(after);
  const running = child.exitCode === null;
  child.kill("SIGKILL");
  await exit;
  return running;
}

/** Milliseconds that it takes when nobody kills it. */
async function timeOf(program: string, folder: string): Promise<number> {
  const { exit } = await started(program, folder);
  const begun = performance.now();
  await exit;
  return performance.now() - begun;
}

describe("a rollout that is killed", function () {
  this.timeout(180_000);
  const program = compiled(join(__dirname, "to-be-killed.ts"));
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rollout-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  after(() => rmSync(dirname(program), { recursive: true }));

  it(`leaves each routing object at its old or its new value, at ${KILLS} moments, and a resume gets to an end`, async () => {
    new StackOnDisk(folder).create();
    const whole = await timeOf(program, folder);
    const seen = { killed: 0, between: 0, types: new Set<string>() };
    for (let i = 0; seen.killed < KILLS; i++) {
      assert.ok(i < MOST_TRIES, `only ${seen.killed} of ${i} still ran when they were killed`);
      const stack = new StackOnDisk(folder).create();
      rmSync(join(folder, ".canary"), { recursive: true });
      const failsAt = BY_WAY[i % 2];
      const after = Math.random() * whole * 1.1;
      const moment = `kill ${i} after ${after.toFixed(1)} ms`;
      const running = await kill(program, folder, failsAt, after);

      const session = sessionOf(folder, failsAt);
      const events = lastRollout(session.files.journal);
      const sides = sidesOf(events);
      for (const [key, weight] of Object.entries(stack.objects)) {
        const values = sides.length === 0 ? [0] : sides.map((side) => side[key]);
        assert.ok(values.includes(weight), `${moment}: ${key} is ${weight}, not one of ${values}`);
      }
      seen.killed += Number(running);
      seen.between += Number(stack.state.pending);
      seen.types.add(events.at(-1)?.type ?? "nothing");
      if (events.length === 0) {
        assert.equal(
          (await beginRollout(session, TARGETS, { to: 100, unjudged: true })).outcome !== "stopped",
          true,
          moment,
        );
      } else if (interrupted(events) !== undefined) {
        const rollback = i % 3 === 0;
        const isBack = rollback || failsAt !== undefined;
        const { outcome, reason } = await resumeRollout(session, rollback);
        assert.equal(outcome, isBack ? "rolled-back" : "done", `${moment}: ${reason}`);
      }
      const end = lastRollout(session.files.journal).at(-1);
      assert.ok(end?.type === "ended" && end.outcome !== "stopped", moment);
      const weight = end.outcome === "done" ? STEPS.at(-1) : 0;
      const final = { "myapp/canary": weight, "shop/canary": weight };
      assert.deepEqual(stack.objects, final, moment);
      assert.deepEqual(stack.state, { weights: final, pending: false }, moment);
    }
    assert.ok(seen.between > 0, "no update was killed midway");
    assert.ok(seen.types.size >= 4, [...seen.types].join(", "));
  });
});
