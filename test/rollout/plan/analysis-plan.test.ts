import assert from "node:assert/strict";
import { analysisOf, unusedKeys } from "../../../rollout/plan/analysis-plan";
import { parseSettings } from "../../../stacks/settings";
import { dev, type Raw } from "../../stacks/raw";

const success = { name: "success", source: "prometheus", query: "success-rate", better: "higher" };
const settings = (metrics: readonly Raw[], more: Raw = {}) =>
  parseSettings(
    dev({ rollout: { sources: { prometheus: { url: "http://p" } }, analysis: { metrics, ...more } } }),
  );
const queries = (metrics: readonly Raw[]): string[] =>
  analysisOf(settings(metrics)).metrics.map(({ query }) => query);

describe("how a stack's rollouts are judged", () => {
  it("watches answers 4xx where errors are compared, unless a metric of one's own does", () => {
    const compared = { ...success, minEffectPercent: 0.5 };
    assert.deepEqual(queries([compared]), ["success-rate", "client-error-rate"]);
    assert.deepEqual(queries([{ ...success, threshold: 99 }]), ["success-rate"]);
    const own = {
      ...compared,
      name: "mine",
      query: "client-error-rate",
      better: "lower",
      minEffectPercent: 50,
    };
    assert.deepEqual(queries([compared, own]), ["success-rate", "client-error-rate"]);
    const names = analysisOf(settings([{ ...compared, name: "not 4xx" }])).metrics.map(({ name }) => name);
    assert.deepEqual(names, ["not 4xx", "client-error-rate"]);
  });

  it("takes 30 requests of the canary, unless it is told otherwise", () => {
    assert.equal(analysisOf(settings([])).minRequests, 30);
    assert.equal(analysisOf(settings([], { minRequests: 7 })).minRequests, 7);
  });

  it("says what is of no use any more, and what has taken its place", () => {
    const { rollout } = settings([], { failures: 2, significance: 0.01 });
    const [first, second, ...others] = unusedKeys(rollout);
    assert.match(first ?? "", /^rollout\.analysis\.failures is 2: of no use any more; .*falseAlarm/);
    assert.match(second ?? "", /^rollout\.analysis\.significance is 0\.01: of no use any more; .*falseAlarm/);
    assert.deepEqual([others, unusedKeys(settings([]).rollout)], [[], []]);
  });
});
