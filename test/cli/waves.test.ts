import assert from "node:assert/strict";
import { waves } from "../../cli/waves";
import type { Ended } from "../../rollout/machine/world";
import { dev } from "../stacks/raw";
import { Project } from "./project";
import { captured, run } from "./run";

const STACKS = ["eu", "us", "asia"];

describe("a rollout over several stacks", () => {
  /** What was done, in order, if rollouts end so. */
  async function done(
    endings: Record<string, Ended["outcome"]>,
    isStuck: (stack: string) => boolean = () => false,
  ) {
    const calls: string[] = [];
    const rolled = async (stack: string): Promise<Ended> => {
      calls.push(`out ${stack}`);
      return { outcome: endings[stack] ?? "done", reason: "" };
    };
    const takenBack = async (stack: string, why: string): Promise<number> => {
      calls.push(`back ${stack}: ${why}`);
      if (isStuck(stack)) throw new Error("no cluster");
      return 0;
    };
    let outcome: Ended["outcome"] | undefined;
    const { stdout } = await captured(async () => {
      ({ outcome } = await waves(STACKS, rolled, takenBack));
      return 0;
    });
    return { calls, outcome, last: stdout.trimEnd().split("\n").at(-1) };
  }

  it("goes from one to the next", async () => {
    assert.deepEqual(await done({}), {
      calls: ["out eu", "out us", "out asia"],
      outcome: "done",
      last: "done: eu, us, asia",
    });
  });

  it("takes back all that have shifted where one fails, and begins no other", async () => {
    assert.deepEqual(await done({ us: "rolled-back" }), {
      calls: ["out eu", "out us", "back eu: canary rollout, us failed"],
      outcome: "rolled-back",
      last: "rolled back: eu, us",
    });
  });

  it("takes the others back where one can't be, and names it", async () => {
    const { calls, last } = await done({ asia: "rolled-back" }, (stack) => stack === "us");
    assert.deepEqual(calls.slice(-2), [
      "back us: canary rollout, asia failed",
      "back eu: canary rollout, asia failed",
    ]);
    assert.equal(last, "NOT rolled back: us; canary rollback -s us");
  });

  it("leaves the others as they are where one stops", async () => {
    const { calls, outcome, last } = await done({ us: "stopped" });
    assert.deepEqual([calls, outcome], [["out eu", "out us"], "stopped"]);
    assert.equal(
      last,
      "stopped at us; done: eu; once us is done or back, the same command goes on with us, asia",
    );
  });

  it("says all that keeps any stack from it, before one begins", async () => {
    const project = new Project();
    project.stackFile("eu", dev({ apps: { myapp: {} } }));
    project.stackFile("us", dev({ apps: { myapp: { canaryWeight: 101 }, shop: { host: 7 } } }));
    const { code, stderr } = await run("rollout", "-s", "eu", "-s", "us", "--to", "50").finally(() =>
      project.remove(),
    );
    assert.equal(code, 2);
    const lines = stderr.trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^eu: rollout\.analysis\.metrics is missing/);
    assert.match(lines[1] ?? "", /^us: apps\.myapp\.canaryWeight is 101; allowed: /);
    assert.ok(lines.slice(2).every((line) => line.startsWith("us: ")) && lines.length > 2);
  });

  it("is asked for each stack once, and not to resume", async () => {
    const twice = await run("rollout", "-s", "eu", "-s", "eu", "--to", "50");
    assert.match(twice.stderr, /allowed: each stack once/);
    const resumed = await run("rollout", "-s", "eu", "-s", "us", "--resume");
    assert.match(resumed.stderr, /^--resume, --image-from, --ui, --report: allowed with one -s only$/m);
    assert.deepEqual([twice.code, resumed.code], [2, 2]);
  });
});
