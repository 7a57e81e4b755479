import assert from "node:assert/strict";
import type { GraphResource } from "../../policy/graph";
import { sideState } from "../../policy/sides";
import { resource, said, update } from "./graphs";

const FLEET = "canary-traffic:aws:CanaryFleet";
const EDGE = "canary-traffic:aws:EdgeNodes";

/** A resource below a component. */
function below(component: string, type: string, name: string, props: object = {}): GraphResource {
  const made = resource(type, name, props);
  return { ...made, urn: made.urn.replace(type, `${component}$${type}`) };
}

const record = (setIdentifier: "elb" | "kubernetes", name: string, weight: number): GraphResource =>
  below(setIdentifier === "elb" ? FLEET : EDGE, "aws:route53/record:Record", `${setIdentifier}-${name}`, {
    name,
    setIdentifier,
    weightedRoutingPolicies: [{ weight }],
  });
const fleet = below(FLEET, "aws:elb/loadBalancer:LoadBalancer", "myapp");
const nodes = below(EDGE, "aws:lb/loadBalancer:LoadBalancer", "edge");
const pods = resource("kubernetes:apps/v1:Deployment", "myapp");

/** Both sides' records of two hosts, by the weights of the fleets' and of the edge's. */
const records = (elb: number, kubernetes: number): GraphResource[] =>
  ["a.example.com", "b.example.com"].flatMap((host) => [
    record("elb", host, elb),
    record("kubernetes", host, kubernetes),
  ]);

describe("A side of a migration", () => {
  it("is drained where all its records have weight 0 beside records that take the requests", () => {
    assert.equal(sideState(fleet, records(0, 100)), "drained");
    for (const kubernetes of [nodes, pods]) assert.equal(sideState(kubernetes, records(100, 0)), "drained");
  });

  it("serves while one record has a weight, or nobody else takes the requests of one", () => {
    assert.equal(sideState(fleet, records(1, 99)), "serving");
    assert.equal(sideState(fleet, [...records(0, 100), record("elb", "c.example.com", 5)]), "serving");
    assert.equal(sideState(fleet, [...records(0, 100), record("elb", "c.example.com", 0)]), "serving");
    assert.equal(sideState(fleet, records(0, 0)), "serving");
  });

  it("is none where there is one side alone, or for what belongs to neither", () => {
    assert.equal(sideState(fleet, [record("elb", "a.example.com", 0)]), undefined);
    assert.equal(sideState(pods, []), undefined);
    assert.equal(sideState(resource("aws:s3/bucket:Bucket", "logs"), records(0, 100)), undefined);
  });

  it("is told by its component, whatever set identifier an adopted record has", () => {
    const adopted = (weight: number) =>
      records(weight, 100).map((one) =>
        one.props.setIdentifier === "elb" ? { ...one, props: { ...one.props, setIdentifier: "blue" } } : one,
      );
    assert.equal(sideState(fleet, adopted(0)), "drained");
    assert.equal(sideState(fleet, adopted(5)), "serving");
  });

  it("may be deleted once it was drained before the update, not by it", () => {
    const side = (elb: number, kubernetes: number) =>
      [[fleet, ...records(elb, kubernetes)], { canary: 10 }] as const;
    const gone = [
      records(0, 100).filter(({ props }) => props.setIdentifier !== "elb"),
      { canary: 10 },
    ] as const;
    assert.deepEqual(said("traffic-kept", update(side(0, 100), gone)), []);
    const refused = said("traffic-kept", update(side(5, 95), gone));
    assert.equal(refused.length, 3);
    for (const message of refused)
      assert.match(
        message,
        /; wait until the records of its side have had weight 0 for some times their TTL$/,
      );
  });

  it("may lose its protection once it was drained before the update", () => {
    const side = (elb: number, kubernetes: number) => {
      const shielded = records(elb, kubernetes).map((one) => ({ ...one, protect: true }));
      return [[fleet, ...shielded], { canary: 10 }] as const;
    };
    const inProduction = (...[before, after]: Parameters<typeof update>): string[] =>
      said("protected", { ...update(before, after), stack: "prod" });
    assert.deepEqual(inProduction(side(0, 100), side(0, 100)), []);
    assert.equal(inProduction(side(50, 50), side(0, 100)).length, 1);
    assert.equal(inProduction(side(0, 100), side(50, 50)).length, 1);
  });
});
