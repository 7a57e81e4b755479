import assert from "node:assert/strict";
import { deployment, GOOD_CONTAINER, graph, said } from "../graphs";

const privileged = { ...GOOD_CONTAINER, name: "perf", securityContext: { privileged: true } };
const check = (spec: Parameters<typeof deployment>[1], policies = {}): string[] =>
  said("privileged-pods", graph([deployment("myapp-canary", spec)]), policies);
const debug = { "canary-traffic/debug": "true" };

describe("policy privileged-pods", () => {
  it("holds for ordinary pods", () => {
    assert.deepEqual(check({ container: { securityContext: { privileged: false } } }), []);
  });

  for (const list of ["containers", "initContainers", "ephemeralContainers"]) {
    it(`is broken by one of a pod's ${list}`, () => {
      assert.deepEqual(check({ pod: { [list]: [privileged] } }), [
        'Deployment myapp-canary: container perf is privileged; allowed: with label canary-traffic/debug: "true" and ' +
          "a runtimeClassName of kata*, gvisor",
      ]);
    });
  }

  it("lets the debug canary in, under a sandboxed RuntimeClass only", () => {
    const under = (runtimeClassName: string) => ({ runtimeClassName, containers: [privileged] });
    assert.deepEqual(check({ labels: debug, pod: under("kata-qemu") }), []);
    assert.deepEqual(check({ labels: debug, pod: under("gvisor") }), []);
    assert.equal(check({ labels: debug, pod: under("my-kata") }).length, 1);
    assert.equal(check({ labels: debug, pod: { containers: [privileged] } }).length, 1);
    assert.equal(check({ pod: under("kata") }).length, 1);
  });

  it("takes the sandboxed RuntimeClasses from the settings", () => {
    const pod = { runtimeClassName: "firecracker", containers: [privileged] };
    assert.deepEqual(check({ labels: debug, pod }, { sandboxedRuntimeClasses: ["fire*"] }), []);
  });
});
