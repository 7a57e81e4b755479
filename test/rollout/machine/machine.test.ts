import assert from "node:assert/strict";
import type { Bake } from "../../../analysis/analyse";
import type { MetricVerdict } from "../../../analysis/verdict";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { OBSERVE_SECONDS, ROLLBACK_SECONDS } from "../../../rollout/machine/limits";
import type { Change } from "../../../rollout/machine/ports";
import type { Plan } from "../../../rollout/plan/plan";
import { UnderWayError } from "../../../rollout/shifters/errors";
import { plan, scene, steps, verdict } from "./world";

const KEY = "myapp/canary";

function find<T extends RolloutEvent["type"]>(
  events: readonly RolloutEvent[],
  type: T,
): Extract<RolloutEvent, { type: T }>[] {
  return events.filter((event): event is Extract<RolloutEvent, { type: T }> => event.type === type);
}

const never = (): Promise<never> => new Promise(() => {});

describe("a rollout", () => {
  it("takes each step, sees it arrive, judges it, and ends with what comes next", async () => {
    const it = scene();
    const { outcome, reason } = await it.run();
    assert.equal(outcome, "done");
    assert.equal(reason, "all steps passed: myapp/canary 100 %; canary promote -s prod makes it the primary");
    assert.deepEqual(it.shifter.calls, ['apply {"myapp/canary":5}', 'apply {"myapp/canary":100}']);
    const step = ["shifting", "shifted", "observed", "judged", "judged"];
    assert.deepEqual(it.types(), [...step, ...step, "ended"]);
  });

  it("says in each update's message the step and why it is taken", async () => {
    const it = scene();
    await it.run();
    assert.deepEqual(
      find(it.events, "shifting").map(({ message }) => message),
      [
        "canary rollout, step 1 of 2: myapp/canary 0 % -> 5 %",
        "canary rollout, step 2 of 2: myapp/canary 5 % -> 100 % after myapp/canary 5 % passed",
      ],
    );
  });

  it("does not name promotion where the canary does not have everything", async () => {
    const it = scene({ steps: steps(5) });
    assert.equal((await it.run()).reason, "all steps passed: myapp/canary 5 %");
  });

  it("begins a bake when the weight is observed, and judges nothing from before", async () => {
    const it = scene({ steps: steps(5) });
    const windows: { from: number; to: number }[] = [];
    it.judge = ({ from, to }) => {
      windows.push({ from, to });
      return "pass";
    };
    it.shifter.observedWeights = (now) => ({ [KEY]: now < 20_000 ? 0 : 5 });
    await it.run();
    assert.equal(find(it.events, "observed")[0]?.time, 20_000);
    assert.deepEqual(windows, [
      { from: 20_000, to: 50_000 },
      { from: 20_000, to: 80_000 },
    ]);
  });

  it("has each step judged by its number and its weights", async () => {
    const it = scene();
    const bakes: unknown[] = [];
    it.judge = ({ step, weights: judged }) => {
      bakes.push([step, judged]);
      return "pass";
    };
    await it.run();
    const [first, second] = [{ [KEY]: 5 }, { [KEY]: 100 }];
    assert.deepEqual(bakes, [
      [0, first],
      [0, first],
      [1, second],
      [1, second],
    ]);
  });

  it("does not judge where a bake has no time", async () => {
    const it = scene({ steps: [{ weight: 5, bakeSeconds: 0, approval: false }] });
    assert.equal((await it.run()).outcome, "done");
    assert.deepEqual(it.types(), ["shifting", "shifted", "observed", "ended"]);
  });

  it("goes back at the first judgement that fails, and says what failed and where to look", async () => {
    const it = scene();
    it.judge = () => "fail";
    const { outcome, reason } = await it.run();
    assert.equal(outcome, "rolled-back");
    assert.equal(
      reason,
      "myapp/canary success rate: canary 20 errors in 100 requests; 0 would be expected: 20 % worse " +
        "(sum(rate(requests)))",
    );
    assert.deepEqual(it.shifter.calls, ['apply {"myapp/canary":5}', 'roll back {"myapp/canary":0}']);
    assert.deepEqual(it.types().slice(-4), ["judged", "rolling-back", "rolled-back", "ended"]);
  });

  it("judges when the sources have counted more, and first of all soon", async () => {
    const metrics = [
      { name: "success rate", source: "prometheus", query: "success-rate", better: "higher", unit: "%" },
    ] as const;
    const it = scene({ steps: steps(5), analysis: { ...plan().analysis, metrics } });
    it.analysis = async (bake) => ({
      ...verdict("pass", bake.to),
      due: Math.floor(bake.to / 15_000) * 15_000 + 16_000,
    });
    await it.run();
    assert.deepEqual(
      find(it.events, "judged").map(({ time }) => time),
      [5000, 16_000, 31_000, 46_000, 60_000],
    );
  });

  it("raises no weight while evidence against the canary is under way, though it was approved", async () => {
    const it = scene({ steps: [...steps(5), { weight: 100, bakeSeconds: 60, approval: true }] });
    it.decide = async () => {
      await it.clock.sleep(100_000, new AbortController().signal);
      return { decision: "approve", by: "ann" };
    };
    it.judge = ({ to }) => (to > 100_000 && to < 400_000 ? "hold" : "pass");
    assert.equal((await it.run()).outcome, "done");
    assert.ok((find(it.events, "shifting")[1]?.time ?? 0) >= 400_000);
  });

  it("waits for an approval, the hours or a person for as long as it may, by default for ever", async () => {
    const approved = scene({ steps: [{ weight: 5, bakeSeconds: 60, approval: true }], maxWaitSeconds: 600 });
    approved.decide = never;
    const { outcome, reason } = await approved.run();
    assert.deepEqual(
      [outcome, reason],
      ["rolled-back", "waited 600 s for an approval, the hours or the end of a pause before step 1"],
    );

    const out = scene({
      steps: [...steps(5), { weight: 100, bakeSeconds: 60, approval: true }],
      maxWaitSeconds: 600,
    });
    out.decide = never;
    assert.match((await out.run()).reason, /^waited 600 s for an approval/);
    assert.deepEqual(out.types().slice(-3), ["rolling-back", "rolled-back", "ended"]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(out.types().at(-1), "ended");

    const judged = scene({ steps: steps(5), maxWaitSeconds: 600 });
    const unanswered = { ...verdict("fail").metrics[0], outcome: "unanswered" } as MetricVerdict;
    judged.analysis = async (bake) => ({ time: bake.to, outcome: "hold", metrics: [unanswered] });
    assert.match((await judged.run()).reason, /^waited 6\d\d s for a person's answer$/);
  });

  it("holds a step without traffic until there is some", async () => {
    const it = scene({ steps: steps(5) });
    it.judge = ({ to }) => (to < 3_500_000 ? "hold" : "pass");
    assert.equal((await it.run()).outcome, "done");
    assert.ok(it.clock.now() >= 3_500_000);
  });

  it("holds for an hour at most, for three times what is predicted if that is longer, or as long as it is told, and goes back", async () => {
    const ends = async (change: Partial<Plan>): Promise<number> => {
      const it = scene({ steps: steps(5), ...change });
      it.judge = () => "hold";
      const { outcome, reason } = await it.run();
      assert.equal(outcome, "rolled-back");
      assert.match(reason, /^held for \d+ s: /);
      return it.clock.now() / 1000;
    };
    const near = (seconds: number, expected: number): void =>
      assert.ok(seconds >= expected && seconds <= expected + 120, `${seconds} s, not ${expected}`);
    near(await ends({}), 3600);
    near(await ends({ steps: [{ weight: 5, bakeSeconds: 2000, approval: false }] }), 6000);
    const forecast = { seconds: 2000, rate: 0.015 };
    near(await ends({ steps: [{ weight: 5, bakeSeconds: 60, approval: false, forecast }] }), 6000);
    near(await ends({ maxHoldSeconds: 90 }), 90);
  });

  it("counts no wait for a person's answer as a hold", async () => {
    const it = scene({ steps: steps(5), maxHoldSeconds: 60 });
    const unanswered = { ...verdict("fail").metrics[0], outcome: "unanswered", reason: "nobody answered" };
    it.analysis = async (bake) =>
      bake.to < 7_200_000
        ? { time: bake.to, outcome: "hold", metrics: [unanswered as MetricVerdict] }
        : verdict("pass", bake.to);
    assert.equal((await it.run()).outcome, "done");
  });

  it("waits for its hours", async () => {
    // The epoch was a Thursday.
    const it = scene({
      steps: steps(5),
      hours: { days: ["fri"], from: "09:00", to: "17:00", timezone: "UTC" },
    });
    await it.run();
    const friday = (24 + 9) * 3_600_000;
    assert.equal(find(it.events, "window-awaited")[0]?.until, friday);
    assert.equal(find(it.events, "shifting")[0]?.time, friday);
  });

  it("waits for an approval, before anything of the step happens", async () => {
    const it = scene({ steps: [{ weight: 5, bakeSeconds: 60, approval: true }] });
    it.decide = async () => {
      assert.deepEqual(it.types(), ["approval-awaited"]);
      return { decision: "approve", by: "ann" };
    };
    assert.equal((await it.run()).outcome, "done");
    assert.equal(find(it.events, "approved")[0]?.by, "ann");
  });

  it("goes back where an approval is refused", async () => {
    const it = scene({ steps: [...steps(5), { weight: 100, bakeSeconds: 60, approval: true }] });
    it.decide = async () => ({ decision: "abort", by: "ann" });
    assert.deepEqual(await it.run(), { outcome: "rolled-back", reason: "aborted by ann" });
    assert.deepEqual(it.shifter.weights, { [KEY]: 0 });
  });

  it("goes back where the canary fails while nobody approves", async () => {
    const it = scene({ steps: [...steps(5), { weight: 100, bakeSeconds: 60, approval: true }] });
    it.decide = never;
    it.judge = ({ to }) => (to > 600_000 ? "fail" : "pass");
    assert.equal((await it.run()).outcome, "rolled-back");
  });

  it("takes no step while it is paused, and goes on with the hours in mind", async () => {
    const it = scene({ steps: steps(5, 100) });
    it.paused = () => (it.clock.elapsed() < 500_000 ? "ann" : undefined);
    assert.equal((await it.run()).outcome, "done");
    assert.deepEqual(it.types().slice(0, 3), ["paused", "unpaused", "shifting"]);
    assert.ok((find(it.events, "shifting")[0]?.time ?? 0) >= 500_000);
  });

  it("goes back where the canary fails while it is paused, where it is aborted, and where nobody ends the pause", async () => {
    const failing = scene({ steps: steps(5, 100) });
    failing.paused = () => (failing.types().includes("shifting") ? "ann" : undefined);
    failing.judge = ({ to }) => (to > 600_000 ? "fail" : "pass");
    assert.equal((await failing.run()).outcome, "rolled-back");
    assert.equal(find(failing.events, "paused")[0]?.step, 1);
    assert.equal(find(failing.events, "shifting").length, 1);

    const aborted = scene({ steps: steps(5, 100) });
    aborted.paused = () => (aborted.types().includes("shifting") ? "ann" : undefined);
    aborted.onEvent = ({ type }) => {
      if (type === "paused") aborted.abort.abort("aborted by ben");
    };
    assert.deepEqual(await aborted.run(), { outcome: "rolled-back", reason: "aborted by ben" });

    const forgotten = scene({ steps: steps(5), maxWaitSeconds: 600 });
    forgotten.paused = () => "ann";
    assert.match((await forgotten.run()).reason, /^waited 600 s for .* a pause before step 1$/);
  });

  it("goes on where nobody can tell whether it is paused", async () => {
    const it = scene();
    it.paused = () => {
      throw new Error("EIO");
    };
    assert.equal((await it.run()).outcome, "done");
  });

  it("stops where an update would change more than the routing, before it is applied", async () => {
    const it = scene();
    it.shifter.otherChanges = ["Deployment myapp-canary: update"];
    assert.deepEqual(await it.run(), {
      outcome: "stopped",
      reason: "the update would change more than the routing: Deployment myapp-canary: update",
    });
    assert.deepEqual(it.shifter.calls, []);
  });

  it("stops where the configuration was changed by hand", async () => {
    const it = scene();
    it.shifter.byHand = ["apps.myapp.replicas: 3 -> 5"];
    const { outcome, reason } = await it.run();
    assert.equal(outcome, "stopped");
    assert.match(reason, /configuration was changed meanwhile: apps\.myapp\.replicas: 3 -> 5/);
    assert.deepEqual(it.shifter.calls, []);
  });

  it("stops where somebody else shifted", async () => {
    const it = scene();
    it.judge = () => {
      it.shifter.weights = { [KEY]: 30 };
      return "pass";
    };
    const { outcome, reason } = await it.run();
    assert.equal(outcome, "stopped");
    assert.equal(reason, "somebody else shifted: applied is myapp/canary 30 %, not myapp/canary 5 %");
    assert.equal(it.shifter.calls.length, 1);
  });

  it("stops where an update fails", async () => {
    const it = scene();
    it.shifter.onApply = () => Promise.reject(new Error("the backend can't be reached"));
    assert.deepEqual(await it.run(), { outcome: "stopped", reason: "the backend can't be reached" });
    assert.deepEqual(it.types(), ["shifting", "ended"]);
  });

  it("goes back where a weight does not arrive", async () => {
    const it = scene();
    it.shifter.observedWeights = () => ({ [KEY]: 0 });
    const { outcome, reason } = await it.run();
    assert.equal(outcome, "rolled-back");
    assert.equal(
      reason,
      `myapp/canary 5 % was not observed within ${OBSERVE_SECONDS} s: observed is myapp/canary 0 %`,
    );
  });

  it("asks again where the weights can't be read for a while", async () => {
    const it = scene({ steps: steps(5) });
    it.shifter.observedWeights = (now) => {
      if (now < 5000) throw new Error("connection refused");
      return { [KEY]: 5 };
    };
    assert.equal((await it.run()).outcome, "done");
  });
});

describe("a rollout that goes on", () => {
  it("sees the last applied weight again and judges it anew, before the next step", async () => {
    const it = scene();
    it.shifter.weights = { [KEY]: 5 };
    assert.equal((await it.run({ at: "bake", step: 0 })).outcome, "done");
    assert.deepEqual(it.types().slice(0, 4), ["observed", "judged", "judged", "shifting"]);
    assert.deepEqual(it.shifter.calls, ['apply {"myapp/canary":100}']);
  });

  it("judges what is out while the step that was cut off waits for its approval", async () => {
    const it = scene({ steps: [...steps(5), { weight: 100, bakeSeconds: 60, approval: true }] });
    it.shifter.weights = { [KEY]: 5 };
    it.decide = never;
    it.judge = () => "fail";
    assert.equal((await it.run({ at: "shift", step: 1 })).outcome, "rolled-back");
    assert.deepEqual(it.shifter.calls, ['roll back {"myapp/canary":0}']);
  });

  it("takes a step again of which some apps had their weight", async () => {
    const targets = [
      { app: "shop", canary: "canary" },
      { app: "cart", canary: "beta" },
    ] as const;
    const it = scene({ targets }, { "shop/canary": 0, "cart/beta": 0 });
    it.shifter.weights = { "shop/canary": 100, "cart/beta": 5 };
    assert.equal((await it.run({ at: "shift", step: 1 })).outcome, "done");
    assert.deepEqual(it.shifter.calls, ['apply {"shop/canary":100,"cart/beta":100}']);
  });

  it("goes back at once where it was going back", async () => {
    const it = scene();
    it.shifter.weights = { [KEY]: 5 };
    assert.deepEqual(await it.run({ at: "roll-back", reason: "failed" }), {
      outcome: "rolled-back",
      reason: "failed",
    });
    assert.deepEqual(it.types(), ["rolling-back", "rolled-back", "ended"]);
  });
});

describe("a rollout that is interfered with", () => {
  it("stops during a bake, and leaves the weight", async () => {
    const it = scene();
    it.judge = () => {
      it.stop.abort("stopped by Ctrl-C");
      return "pass";
    };
    assert.deepEqual(await it.run(), { outcome: "stopped", reason: "stopped by Ctrl-C" });
    assert.deepEqual(it.shifter.weights, { [KEY]: 5 });
  });

  it("stops during an update only once that is applied", async () => {
    const it = scene();
    it.shifter.onApply = async (_weights, signal) => {
      it.stop.abort("stopped by Ctrl-C");
      assert.equal(signal.aborted, false);
      await it.clock.sleep(1000, signal);
    };
    assert.equal((await it.run()).outcome, "stopped");
    assert.deepEqual(it.types(), ["shifting", "shifted", "ended"]);
    assert.deepEqual(it.shifter.weights, { [KEY]: 5 });
  });

  it("goes back where it is aborted, without waiting for an update that hangs", async () => {
    const it = scene();
    it.shifter.onApply = (_weights, signal) => {
      const hanging = it.clock.sleep(600_000, signal);
      it.abort.abort("aborted by ann");
      return hanging;
    };
    assert.deepEqual(await it.run(), { outcome: "rolled-back", reason: "aborted by ann" });
    assert.ok(it.clock.now() < 10_000);
  });

  it("goes back though it is told to stop meanwhile", async () => {
    const it = scene();
    it.judge = () => "fail";
    it.shifter.onRollBack = async () => it.stop.abort("stopped by Ctrl-C");
    assert.equal((await it.run()).outcome, "rolled-back");
  });

  it("goes back once another person's update, of ten minutes, is over, and tells of each attempt", async () => {
    const it = scene();
    it.judge = () => "fail";
    it.shifter.recover = async () => {
      if (it.clock.now() < 690_000) throw new UnderWayError("somebody else's update is under way");
    };
    assert.equal((await it.run()).outcome, "rolled-back");
    const failures = find(it.events, "rollback-failed");
    assert.deepEqual(failures[0], {
      time: 30_000,
      type: "rollback-failed",
      attempt: 1,
      reason: "somebody else's update is under way",
    });
    assert.ok(failures.length < 30, `${failures.length} attempts`);
    assert.deepEqual(it.shifter.weights, { [KEY]: 0 });
  });

  it("tries a rollback again that fails", async () => {
    const it = scene();
    it.judge = () => "fail";
    let attempts = 0;
    it.shifter.onRollBack = async () => {
      if (++attempts < 3) throw new Error("conflict");
    };
    assert.equal((await it.run()).outcome, "rolled-back");
    assert.equal(attempts, 3);
  });

  it("says so where it can't go back, and leaves that to a resume", async () => {
    const it = scene();
    it.judge = () => "fail";
    it.shifter.onRollBack = () => Promise.reject(new Error("the cluster can't be reached"));
    const { outcome, reason } = await it.run();
    assert.equal(outcome, "stopped");
    assert.match(
      reason,
      /^NOT rolled back: the cluster can't be reached; myapp\/canary success rate: canary 20 errors/,
    );
    assert.equal(it.types().includes("rolled-back"), false);
  });

  it("does not claim a rollback that is not observed", async () => {
    const it = scene();
    it.judge = () => "fail";
    it.shifter.observedWeights = () => ({ [KEY]: 5 });
    const { outcome, reason } = await it.run();
    assert.equal(outcome, "stopped");
    assert.match(
      reason,
      new RegExp(`not observed within ${ROLLBACK_SECONDS} s: observed is myapp/canary 5 %`),
    );
  });
});

describe("a rollout's journal", () => {
  it("has each event before its effect", async () => {
    const it = scene();
    it.shifter.onApply = async (weights) => {
      const last = it.events.at(-1);
      assert.ok(last?.type === "shifting");
      assert.deepEqual(last.weights, weights);
    };
    it.shifter.onRollBack = async () => assert.equal(it.types().at(-1), "rolling-back");
    it.judge = ({ to }) => (to > 70_000 ? "fail" : "pass");
    assert.equal((await it.run()).outcome, "rolled-back");
    assert.equal(find(it.events, "shifted").length, 2);
  });

  it("that can't be written keeps it neither from its end nor from going back, and is told of", async () => {
    for (const [judge, outcome, weight] of [
      ["pass", "done", 100],
      ["fail", "rolled-back", 0],
    ] as const) {
      const it = scene();
      it.judge = () => judge;
      it.onEvent = () => {
        throw new Error("ENOSPC: no space left on device");
      };
      const ended = await it.run();
      assert.equal(ended.outcome, outcome);
      assert.match(ended.reason, /the journal could not be written: ENOSPC/);
      assert.deepEqual(it.shifter.weights, { [KEY]: weight });
    }
  });
});

describe("a rollout of several apps", () => {
  const targets = [
    { app: "shop", canary: "canary" },
    { app: "cart", canary: "beta" },
  ] as const;
  const zero = { "shop/canary": 0, "cart/beta": 0 };

  it("shifts them in one update", async () => {
    const it = scene({ targets, steps: steps(5) }, zero);
    assert.equal((await it.run()).outcome, "done");
    assert.deepEqual(it.shifter.calls, ['apply {"shop/canary":5,"cart/beta":5}']);
  });

  it("leaves one that is further on where it is, until the others have come", async () => {
    const it = scene({ targets, steps: steps(5, 25) }, { ...zero, "cart/beta": 10 });
    await it.run();
    assert.deepEqual(it.shifter.calls, [
      'apply {"shop/canary":5,"cart/beta":10}',
      'apply {"shop/canary":25,"cart/beta":25}',
    ]);
  });

  it("waits until all of them are observed, and goes back as one", async () => {
    const it = scene({ targets, steps: steps(5) }, zero);
    it.shifter.observedWeights = () => ({ ...it.shifter.weights, "cart/beta": 0 });
    assert.equal((await it.run()).outcome, "rolled-back");
    assert.deepEqual(it.shifter.calls.at(-1), 'roll back {"shop/canary":0,"cart/beta":0}');
  });
});

describe("a rollout whose users follow later, as DNS answers are kept", () => {
  /** Users follow so many seconds after a weight was observed. */
  const lagging = (it: ReturnType<typeof scene>, seconds: number, isThere = true): Change[] => {
    const changes: Change[] = [];
    it.follow = {
      why: "DNS answers are kept for 60 s",
      seconds: 600,
      until: async (change, signal) => {
        changes.push(change);
        await it.clock.sleep(seconds * 1000, signal);
        return { isThere, said: `users have followed after ${seconds} s` };
      },
    };
    return changes;
  };

  it("begins a bake once they have, and judges all since the weight was observed", async () => {
    const it = scene({ steps: steps(5) });
    const changes = lagging(it, 100);
    const bakes: Bake[] = [];
    it.judge = (bake) => {
      bakes.push(bake);
      return "pass";
    };
    assert.equal((await it.run()).outcome, "done");
    assert.deepEqual(changes, [{ from: { [KEY]: 0 }, to: { [KEY]: 5 }, since: 0 }]);
    assert.equal(find(it.events, "followed")[0]?.time, 100_000);
    assert.equal(find(it.events, "ended")[0]?.time, 160_000);
    assert.ok(bakes.every(({ from }) => from === 0));
    // What lacks may still come until the bake is over.
    for (const { to, bakeSeconds = 0 } of bakes) assert.equal(bakeSeconds, Math.min(to / 1000, 100) + 60);
  });

  it("goes on if they have not: who keeps answers for longer says nothing of what users come to", async () => {
    const it = scene({ steps: steps(5) });
    lagging(it, 100, false);
    assert.equal((await it.run()).outcome, "done");
    assert.equal(find(it.events, "followed")[0]?.isThere, false);
  });

  it("goes on if nobody can tell", async () => {
    const it = scene({ steps: steps(5) });
    it.follow = { why: "", seconds: 1, until: () => Promise.reject(new Error("the lights are off")) };
    assert.equal((await it.run()).outcome, "done");
    assert.match(find(it.events, "followed")[0]?.said ?? "", /nobody can tell .*: the lights are off$/);
  });

  it("goes back while they come, if those who have come suffer; then counts who is left", async () => {
    const it = scene();
    const changes = lagging(it, 100);
    it.judge = ({ to }) => (to >= 60_000 ? "fail" : "pass");
    const { outcome, reason } = await it.run();
    assert.equal(outcome, "rolled-back");
    assert.match(reason, /success rate.*; users have followed after 100 s$/);
    assert.deepEqual(it.shifter.calls, ['apply {"myapp/canary":5}', 'roll back {"myapp/canary":0}']);
    assert.deepEqual(
      changes.map(({ from, to }) => [from[KEY], to[KEY]]),
      [
        [0, 5],
        [5, 0],
      ],
    );
    assert.deepEqual(it.types().slice(-5), ["rolling-back", "rolled-back", "following", "followed", "ended"]);
  });

  it("is back at once for who stops it then: nobody has to wait until the last user has left", async () => {
    const it = scene();
    lagging(it, 100);
    it.judge = () => "fail";
    it.onEvent = (event) => {
      if (event.type === "following" && event.step === undefined) it.stop.abort("Ctrl-C");
    };
    const { outcome } = await it.run();
    assert.equal(outcome, "rolled-back");
    assert.equal(find(it.events, "followed").length, 0);
  });
});
