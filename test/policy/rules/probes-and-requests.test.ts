import assert from "node:assert/strict";
import { deployment, GOOD_CONTAINER, graph, resource, said } from "../graphs";

const check = (spec: Parameters<typeof deployment>[1]): string[] =>
  said("probes-and-requests", graph([deployment("myapp", spec)]));

describe("policy probes-and-requests", () => {
  it("holds for a container with all of them", () => {
    assert.deepEqual(check({}), []);
  });

  it("is broken by one without, and says what is missing", () => {
    assert.deepEqual(
      check({ container: { livenessProbe: undefined, resources: { requests: { cpu: "1" } } } }),
      ["Deployment myapp: container app has no livenessProbe, resources.requests.memory"],
    );
  });

  it("needs requests but no probes of a container beside, unless it listens", () => {
    const { resources, image } = GOOD_CONTAINER;
    const beside = (more: object) => ({
      pod: { containers: [GOOD_CONTAINER, { name: "beside", image, ...more }] },
    });
    assert.deepEqual(check(beside({ resources })), []);
    assert.match(check(beside({}))[0] ?? "", /container beside has no resources\.requests\.cpu/);
    assert.match(
      check(beside({ resources, ports: [{ containerPort: 1 }] }))[0] ?? "",
      /has no readinessProbe/,
    );
  });

  it("says nothing of jobs, which end", () => {
    const template = { spec: { containers: [{ name: "once", image: "once:1" }] } };
    const job = resource("kubernetes:batch/v1:Job", "once", { spec: { template } });
    assert.deepEqual(said("probes-and-requests", graph([job])), []);
  });
});
