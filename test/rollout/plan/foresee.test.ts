import assert from "node:assert/strict";
import { forecast } from "../../../analysis/forecast";
import type { MetricPlan } from "../../../analysis/plan";
import { MetricError, type Window } from "../../../analysis/source";
import type { AnalysisWorld } from "../../../analysis/world";
import { foresee } from "../../../rollout/plan/foresee";
import type { Plan } from "../../../rollout/plan/plan";
import { FakeClock, plan, steps } from "../machine/world";

const metric = {
  name: "success",
  source: "prometheus",
  query: "success-rate",
  better: "higher",
  unit: "%",
  threshold: 99,
  minEffectPercent: 0.5,
} as const satisfies MetricPlan;
const HOUR = 3_600_000;

/** A primary with so many requests a second in the last hour, of which 0.1 % fail. */
function world(rate: number, isDown = false): AnalysisWorld {
  const clock = new FakeClock();
  clock.set = 10 * HOUR;
  const read = async (_metric: unknown, { variant, from, to }: Window) => {
    if (isDown) throw new MetricError("down");
    const ends = Array.from({ length: (to - from) / 15_000 }, (_, i) => from + (i + 1) * 15_000);
    const requests = variant === "primary" ? 15 * rate : 0;
    const intervals = ends.map((time) => ({ time, requests, bad: [requests / 1000] }));
    return { samples: [], look: "", counts: { intervals } };
  };
  const place = () => ({ namespace: "n", service: "s" });
  return { sources: { prometheus: { read } }, clock, place };
}

const asked = (change: Partial<Plan> = {}): Plan =>
  plan({
    steps: steps(1, 25),
    analysis: { ...plan().analysis, minRequests: 30, metrics: [metric] },
    ...change,
  });
const NEVER = new AbortController().signal;

describe("what the last hour's traffic makes of a plan", () => {
  it("is how long each step takes, and from which errors on it finds them", async () => {
    const { steps } = await foresee(asked(), world(1), NEVER);
    const [first, second] = steps.map(({ forecast }) => forecast);
    assert.ok(Math.abs((first?.seconds ?? 0) - 3000) < 10, JSON.stringify(first));
    assert.ok(Math.abs((second?.seconds ?? 0) - 120) < 1, JSON.stringify(second));
    assert.ok(Math.abs((second?.rate ?? 0) - 0.25) < 0.01);
    assert.ok((first?.findsPercent ?? 0) > 3 && (first?.findsPercent ?? 0) < 40, JSON.stringify(first));
  });

  it("finds less, the more requests there are, and never less than what is tolerated", () => {
    const found = (rate: number, weight: number) =>
      forecast(weight, 300, { metric, rate, errors: 0.001 }, asked().analysis, { targets: 1, steps: 5 })
        .findsPercent ?? 100;
    const [few, some, many] = [found(1, 1), found(10, 5), found(100_000, 50)];
    assert.ok(few > some && some > many, `${few}, ${some}, ${many}`);
    assert.ok(Math.abs(many - 0.5995) < 0.01, String(many));
    assert.ok(found(100, 100) > 1 && found(100, 100) < 3);
  });

  it("refuses a step that would take longer than it may hold, and names the first one that would do", async () => {
    await assert.rejects(foresee(asked({ maxHoldSeconds: 600 }), world(1), NEVER), {
      message:
        "step to 1 %: 30 requests of the canary take 3000 s by the last hour's traffic, longer than " +
        "rollout.maxHoldSeconds, which is 600 s; allowed: a first step of 5 % or more",
    });
    await assert.rejects(
      foresee(asked(), world(0.001), NEVER),
      /longer than a week; allowed: a first step of 4\.97 %/,
    );
  });

  it("is nothing where nobody can tell", async () => {
    for (const unknown of [world(0), world(1, true)])
      assert.deepEqual(
        await foresee(asked({ maxHoldSeconds: 1 }), unknown, NEVER),
        asked({ maxHoldSeconds: 1 }),
      );
  });
});
