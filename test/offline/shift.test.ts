import assert from "node:assert/strict";
import { run } from "../cli/run";

interface Step {
  op: string;
  urn: string;
  oldState: { inputs: Record<string, unknown> };
  newState: { inputs: Record<string, unknown> };
  detailedDiff: Record<string, { kind: string }>;
}

const changed = async (...words: string[]): Promise<Step[]> => {
  const { code, stdout, stderr } = await run("preview", "--json", ...words);
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { steps: Step[] }).steps.filter(({ op }) => op !== "same");
};

describe("a shift of myapp from 10 to 25 percent", () => {
  it("is on Kubernetes one update, of the TraefikService from 90/10 to 75/25", async () => {
    const [step, ...others] = await changed("-c", "canaryWeight=25");
    assert.ok(step);
    assert.deepEqual([step.op, others], ["update", []]);
    assert.match(step.urn, /traefik\.io\/v1alpha1:TraefikService::myapp$/);
    const weights = (state: Step["oldState"]) =>
      (state.inputs.spec as { weighted: { services: { weight: number }[] } }).weighted.services.map(
        ({ weight }) => weight,
      );
    assert.deepEqual(
      [weights(step.oldState), weights(step.newState)],
      [
        [90, 10],
        [75, 25],
      ],
    );
  });

  it("touches on AWS nothing but sizes of groups", async () => {
    const steps = await changed("-s", "prod", "-c", "canaryWeight=25");
    assert.ok(steps.length > 0);
    for (const { op, urn, detailedDiff } of steps) {
      assert.equal(op, "update");
      assert.match(urn, /aws:autoscaling\/group:Group::/);
      const sizes = ["desiredCapacity", "maxSize", "minSize", "waitForElbCapacity"];
      assert.deepEqual(
        Object.keys(detailedDiff).filter((path) => !sizes.includes(path)),
        [],
      );
    }
  });

  it("is no change where the weight is 25 already", async () => {
    assert.deepEqual(await changed(), []);
  });
});
