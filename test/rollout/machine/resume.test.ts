import assert from "node:assert/strict";
import { UserError } from "../../../base/user-error";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { resumeAt } from "../../../rollout/machine/resume";
import { plan, steps } from "./world";

const KEY = "myapp/canary";
const event = (untimed: object): RolloutEvent => ({ time: 0, ...untimed }) as RolloutEvent;
const begun = event({ type: "begun", id: "1", plan: plan({ steps: steps(5, 25, 100) }), from: { [KEY]: 1 } });
const shifting = (step: number, weight: number): RolloutEvent =>
  event({ type: "shifting", step, weights: { [KEY]: weight }, message: "" });
const awaited = (step: number): RolloutEvent => event({ type: "approval-awaited", step });
const rollingBack = event({ type: "rolling-back", weights: { [KEY]: 0 }, reason: "failed" });
const ended = (outcome: string): RolloutEvent => event({ type: "ended", outcome, reason: "" });
const at = (weight: number) => ({ [KEY]: weight });

describe("a rollout that is resumed", () => {
  it("begins with the first step where none was taken", () => {
    assert.deepEqual(resumeAt([begun], at(1), false), { at: "shift", step: 0 });
    assert.deepEqual(resumeAt([begun, awaited(0)], at(1), false), { at: "shift", step: 0 });
  });

  it("judges the last applied step anew", () => {
    assert.deepEqual(resumeAt([begun, shifting(0, 5)], at(5), false), { at: "bake", step: 0 });
    assert.deepEqual(resumeAt([begun, shifting(0, 5), awaited(1)], at(5), false), { at: "bake", step: 0 });
    assert.deepEqual(resumeAt([begun, shifting(0, 5), ended("stopped")], at(5), false), {
      at: "bake",
      step: 0,
    });
  });

  it("takes a step again that was cut off before the state had it", () => {
    assert.deepEqual(resumeAt([begun, shifting(0, 5), shifting(1, 25)], at(5), false), {
      at: "shift",
      step: 1,
    });
  });

  it("takes a step again that only some of the apps had taken", () => {
    const targets = [
      { app: "myapp", canary: "canary" },
      { app: "shop", canary: "canary" },
    ] as const;
    const both = event({
      type: "begun",
      id: "1",
      plan: plan({ targets }),
      from: { ...at(0), "shop/canary": 0 },
    });
    const events = [both, shifting(0, 5), shifting(1, 100)];
    assert.deepEqual(resumeAt(events, { ...at(100), "shop/canary": 5 }, false), { at: "shift", step: 1 });
  });

  it("goes back where it was going back, whatever is asked", () => {
    for (const weight of [5, 0]) {
      const position = resumeAt([begun, shifting(0, 5), rollingBack], at(weight), false);
      assert.deepEqual(position, { at: "roll-back", reason: "failed" });
    }
  });

  it("goes back as asked, whatever the weights are", () => {
    for (const weight of [1, 5, 30]) {
      assert.equal(resumeAt([begun, shifting(0, 5)], at(weight), true).at, "roll-back");
    }
  });

  it("is refused where the weights are none of its own", () => {
    const changed = "changed meanwhile: applied is myapp/canary 30 %, the rollout left myapp/canary 5 %";
    for (const [events, allowed] of [
      [[begun, shifting(0, 5)], "--resume --rollback"],
      [[begun, shifting(0, 5), ended("stopped")], "a new rollout, or --resume --rollback"],
    ] as const) {
      assert.throws(
        () => resumeAt(events, at(30), false),
        new UserError(`the weights were ${changed}; allowed: ${allowed}`),
      );
    }
    assert.throws(() => resumeAt([begun, shifting(0, 5), shifting(1, 25)], at(1), false), UserError);
  });

  it("is refused where it is over", () => {
    for (const events of [[], [begun, ended("done")], [begun, rollingBack, ended("rolled-back")]]) {
      assert.throws(() => resumeAt(events, at(0), true), UserError);
    }
  });
});
