import assert from "node:assert/strict";
import { MetricError } from "../../analysis/source";
import { fronts } from "../../components/aws/fronts";
import type { ResourceState } from "../../offline/state";
import { placesOf } from "../../rollout/places";
import { parseSettings } from "../../stacks/settings";
import { dev, onBoth, prod } from "../stacks/raw";

function resource(
  type: string,
  name: string,
  outputs: Record<string, string>,
  parents = FLEET,
): ResourceState {
  return {
    urn: `urn:pulumi:prod::canary-traffic::${parents}$${type}::${name}`,
    type,
    name,
    custom: true,
    inputs: {},
    outputs,
    dependencies: [],
    propertyDependencies: {},
  };
}
const FLEET = "canary-traffic:aws:CanaryFleet";

const STATE = [
  resource(
    "aws:lb/loadBalancer:LoadBalancer",
    "myapp",
    { arnSuffix: "net/edge/0" },
    "canary-traffic:aws:EdgeNodes",
  ),
  resource("aws:elb/loadBalancer:LoadBalancer", "myapp", { name: "myapp-0a1b2c3" }),
  resource("aws:elb/loadBalancer:LoadBalancer", "myapp-canary", { name: "myapp-canary-4d5e6f7" }),
  resource("aws:lb/loadBalancer:LoadBalancer", "myapp", { arnSuffix: "app/myapp-0a1b2c3/0c1d" }),
  resource("aws:lb/targetGroup:TargetGroup", "myapp", { arnSuffix: "targetgroup/myapp-1/0a1b" }),
  resource("aws:lb/targetGroup:TargetGroup", "myapp-canary", {
    arnSuffix: "targetgroup/myapp-canary-2/2c3d",
  }),
];

const places = (
  raw: Record<string, unknown>,
  state: () => Promise<readonly ResourceState[]> = async () => STATE,
) => placesOf(parseSettings(raw), state);

describe("the places where a rollout's metrics are counted", () => {
  it("are a variant's namespace and Service on Kubernetes, for which nobody needs the state", async () => {
    const { place } = places(dev({ apps: { myapp: { namespace: "web" } } }), () => assert.fail("not asked"));
    assert.deepEqual(await place("myapp", "primary"), { namespace: "web", service: "myapp" });
    assert.deepEqual(await place("myapp", "canary"), { namespace: "web", service: "myapp-canary" });
  });

  it("are the Services and the port of an app of others", async () => {
    const myapp = {
      image: undefined,
      canaryImage: undefined,
      service: "shop-stable",
      canaryService: "shop-next",
      servicePort: 8080,
    };
    const { place } = places(dev({ apps: { myapp } }));
    assert.deepEqual(await place("myapp", "canary"), {
      namespace: "myapp",
      service: "shop-next",
      primary: "shop-stable",
      port: 8080,
    });
    assert.deepEqual(await place("myapp", "primary"), {
      namespace: "myapp",
      service: "shop-stable",
      primary: "shop-stable",
      port: 8080,
    });
  });

  it("are a variant's target group and its load balancer behind an ALB, by the names that AWS gave them", async () => {
    const { place } = places(prod({ aws: { loadBalancer: "alb" } }));
    assert.deepEqual((await place("myapp", "canary")).balancer, {
      metrics: fronts.alb.metrics,
      dimensions: { TargetGroup: "targetgroup/myapp-canary-2/2c3d", LoadBalancer: "app/myapp-0a1b2c3/0c1d" },
    });
  });

  it("are the app's one classic load balancer for all variants, by the name that the engine made up", async () => {
    const { place } = places(prod({}));
    const balancer = { metrics: fronts.classic.metrics, dimensions: { LoadBalancerName: "myapp-0a1b2c3" } };
    assert.deepEqual((await place("myapp", "primary")).balancer, balancer);
    assert.deepEqual((await place("myapp", "canary")).balancer, balancer);
  });

  it("are both in a migration", async () => {
    assert.deepEqual(await places(onBoth({})).place("myapp", "canary"), {
      namespace: "myapp",
      service: "myapp-canary",
      balancer: { metrics: fronts.classic.metrics, dimensions: { LoadBalancerName: "myapp-0a1b2c3" } },
    });
  });

  it("are read from the state once, but again after it could not be read", async () => {
    let asked = 0;
    const { place } = places(prod({}), async () => {
      if (asked++ === 0) throw new Error("the backend is away");
      return STATE;
    });
    await assert.rejects(
      async () => place("myapp", "canary"),
      (error) =>
        error instanceof MetricError && error.message === "the state can't be read: the backend is away",
    );
    await place("myapp", "canary");
    await place("myapp", "primary");
    assert.equal(asked, 2);
  });

  it("are missing from a state of before", async () => {
    const { place } = places(prod({ aws: { loadBalancer: "nlb" } }), async () => STATE.slice(0, 3));
    await assert.rejects(
      async () => place("myapp", "canary"),
      /^Error: the state has no arnSuffix of .*TargetGroup myapp-canary/,
    );
  });

  it("count nothing of a variant that the weights leave nothing", () => {
    const { idle } = places(dev({}));
    const at = (weight: number) => idle("myapp", "primary", "prometheus", { "myapp/canary": weight });
    assert.equal(at(100), "the weights leave the primary no requests");
    assert.equal(at(99.99), undefined);
    assert.equal(idle("myapp", "canary", "prometheus", { "myapp/canary": 100 }), undefined);
  });

  it("are compared with the primary, or with fresh pods of its version that have their share by the canary's", async () => {
    assert.equal(places(dev({})).baselineOf({ app: "myapp", canary: "canary" }), "primary");
    const { baselineOf, idle, place } = places(dev({ rollout: { baseline: "fresh" } }));
    assert.equal(baselineOf({ app: "myapp", canary: "canary" }), "baseline");
    assert.equal((await place("myapp", "baseline")).service, "myapp-baseline");
    const at = (weight: number) => idle("myapp", "baseline", "prometheus", { "myapp/canary": weight });
    assert.deepEqual([at(75), at(100)], [undefined, "the weights leave the baseline no requests"]);
  });

  it("count nothing on the side of a migration that DNS leads nobody to", () => {
    const weights = { "myapp/canary": 10 };
    const at = (kubernetesWeight: number, source: string) =>
      places(onBoth({ dns: { kubernetesWeight } })).idle("myapp", "canary", source, weights);
    assert.equal(at(0, "prometheus"), "DNS leads nobody to the Kubernetes side");
    assert.equal(at(0, "cloudwatch"), undefined);
    assert.equal(at(100, "cloudwatch"), "DNS leads nobody to the AWS side");
    assert.equal(at(10, "prometheus"), undefined);
    assert.equal(at(0, "http"), undefined);
  });

  it("are all variants of either side together while users move, as far as a load balancer tells them apart", () => {
    const target = { app: "myapp", canary: "Kubernetes" };
    const { partsOf, baselineOf, idle } = places(onBoth({}));
    assert.equal(baselineOf(target), "AWS");
    assert.deepEqual(partsOf("myapp", "Kubernetes"), ["primary", "canary"]);
    assert.deepEqual(partsOf("myapp", "AWS"), ["primary"]);
    assert.deepEqual(partsOf("myapp", "canary"), ["canary"]);
    const alb = places(onBoth({ aws: { loadBalancer: "alb" } }));
    assert.deepEqual(alb.partsOf("myapp", "AWS"), ["primary", "canary"]);
    // Whatever the stack file said when the rollout began.
    const at = (weight: number) =>
      ["Kubernetes", "AWS"].map((side) => idle("myapp", side, "prometheus", { "myapp/Kubernetes": weight }));
    assert.deepEqual(at(0), ["DNS leads nobody to the Kubernetes side", undefined]);
    assert.deepEqual(at(1), [undefined, undefined]);
    assert.deepEqual(at(100), [undefined, "DNS leads nobody to the AWS side"]);
  });
});
