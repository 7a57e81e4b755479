import assert from "node:assert/strict";
import { resolve } from "node:path";
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

function assertSizesOfGroup({ op, urn, detailedDiff }: Step): void {
  assert.equal(op, "update");
  assert.match(urn, /aws:autoscaling\/group:Group::/);
  const sizes = ["desiredCapacity", "maxSize", "minSize", "waitForElbCapacity"];
  assert.deepEqual(
    Object.keys(detailedDiff).filter((path) => !sizes.includes(path)),
    [],
  );
}

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
    const before = process.cwd();
    process.chdir(resolve(__dirname, "../fixtures/elb"));
    try {
      const steps = await changed("-s", "prod", "-c", "canaryWeight=25");
      assert.ok(steps.length > 0);
      for (const step of steps) assertSizesOfGroup(step);
    } finally {
      process.chdir(before);
    }
  });

  it("touches in a migration nothing but sizes of groups and the TraefikService", async () => {
    const steps = await changed("-s", "prod", "-c", "canaryWeight=25");
    const [groups, routes] = [
      /autoscaling\/group:Group::/,
      /traefik\.io\/v1alpha1:TraefikService::myapp$/,
    ].map((type) => steps.filter(({ urn }) => type.test(urn)));
    assert.equal(routes?.length, 1);
    assert.ok(groups !== undefined && groups.length > 0 && groups.length + 1 === steps.length);
    for (const step of groups) assertSizesOfGroup(step);
    assert.deepEqual(Object.keys(routes[0]?.detailedDiff ?? {}), [
      "spec.weighted.services[0].weight",
      "spec.weighted.services[1].weight",
    ]);
  });

  it("is no change where the weight is 25 already", async () => {
    assert.deepEqual(await changed(), []);
  });
});
