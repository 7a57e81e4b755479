import assert from "node:assert/strict";
import { holdAgainstBoth, isRefusal } from "../../policy/evaluate";
import { loosenedPolicies } from "../../policy/loosened";
import { parsePolicies } from "../../policy/settings";
import { deployment, graph, resource, update } from "./graphs";

const TODAY = "2026-06-15";
const policies = (settings: object = {}) => parsePolicies(JSON.stringify(settings));
const waiver = (until: string) => ({ rule: "max-step", resource: "myapp", reason: "a launch", until });

/** Each way to loosen a stack's policies, and what is said of it. */
const LOOSER: readonly (readonly [before: object, after: object, said: string])[] = [
  [{}, { rules: { "max-step": "off" } }, "rule max-step: mandatory -> off"],
  [{}, { rules: { "public-ports": "advisory" } }, "rule public-ports: mandatory -> advisory"],
  [{ rules: { "effective-weight": "mandatory" } }, {}, "rule effective-weight: mandatory -> advisory"],
  [{}, { maxStep: 90 }, "maxStep: 25 -> 90 points"],
  [{}, { drainTtls: 1 }, "drainTtls: 10 -> 1"],
  [{}, { productionStacks: ["prod"] }, "productionStacks: without production"],
  [{}, { sandboxedRuntimeClasses: ["kata*", "gvisor", "runc"] }, "sandboxedRuntimeClasses: with runc"],
  [{}, { debugHostPaths: ["/run/out", "/srv"] }, "debugHostPaths: with /srv"],
  [{ admission: true }, {}, "admission: true -> false"],
  [{}, { waivers: [waiver("2027-01-01")] }, "waiver of max-step for myapp, until 2027-01-01: a launch"],
  [
    { waivers: [waiver("2026-07-01")] },
    { waivers: [waiver("2027-01-01")] },
    "waiver of max-step for myapp, until 2027-01-01: a launch",
  ],
];

describe("policies that are loosened", () => {
  for (const [before, after, said] of LOOSER) {
    it(`say ${said}`, () => {
      assert.deepEqual(loosenedPolicies(policies(before), policies(after)), [said]);
    });

    it(`say nothing of the way back: ${said}`, () => {
      const back = loosenedPolicies(policies(after), policies(before));
      assert.deepEqual(
        back.filter((line) => line.includes(said)),
        [],
      );
    });
  }
});

describe("a change under its own policies and its base's", () => {
  const app = resource("canary-traffic:kubernetes:CanaryApp", "myapp");
  const step = update([[app], { canary: 10 }], [[app], { canary: 90 }]);
  const refused = (own: object, base: object = {}) =>
    holdAgainstBoth(step, policies(own), policies(base), TODAY).filter(isRefusal);

  it("is refused by the base's, whatever it switches off, waives, or raises", () => {
    for (const own of [
      { rules: { "max-step": "off" } },
      { rules: { "max-step": "advisory" } },
      { maxStep: 100 },
      { waivers: [waiver("2027-01-01")] },
    ]) {
      const [finding, ...others] = refused(own);
      assert.deepEqual(others, []);
      assert.equal(finding?.ofBase, true);
      assert.match(finding?.message ?? "", /is a step of 80 points; allowed: 25 points/);
    }
  });

  it("is refused by its own where those are stricter, and said once where both agree", () => {
    assert.match(refused({ maxStep: 5 }, { maxStep: 100 })[0]?.message ?? "", /allowed: 5 points/);
    assert.equal(refused({}).length, 1);
    assert.equal(refused({})[0]?.ofBase, undefined);
  });

  it("passes by a waiver that the base has already", () => {
    const both = { waivers: [waiver("2027-01-01")] };
    assert.deepEqual(refused(both, both), []);
  });

  it("may take away a waiver that ran out", () => {
    const base = policies({ waivers: [waiver("2026-01-01")], rules: { "expired-waivers": "mandatory" } });
    assert.deepEqual(holdAgainstBoth(graph([deployment("myapp")]), policies(), base, TODAY), []);
  });
});
