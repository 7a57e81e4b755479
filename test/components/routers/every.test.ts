import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { type Manifest, type Route, routedWeights, routerNames, routers } from "../../../components/routers";
import { routeTo } from "./route";

/** Canaries' weights of at most two decimals and at most 100 together; often enough all or nothing, as some routers want it. */
const anyWeights = fc.oneof(
  fc
    .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 4 })
    .map((shares) => shares.map((share) => Math.floor(share / shares.length) / 100)),
  fc.constantFrom([0], [100], [0, 100], [100, 0, 0]),
);

/** The app's objects that weights are read from: a router's own, and the Deployments of the app's pods. */
function objectsOf(name: (typeof routerNames)[number], route: Route): Manifest[] {
  const pods = routers[name].replicas?.(route) ?? route.backends.map(({ replicas }) => replicas);
  const deployments = route.backends.map(({ service, namespace }, i) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: service, namespace },
    spec: { replicas: pods[i] },
  }));
  return [...routers[name].manifests(route), ...deployments];
}

const idOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;

for (const name of routerNames) {
  const router = routers[name];
  const able = (weights: readonly number[], changes: Partial<Route> = {}): Route => {
    const route = routeTo(name, weights, changes);
    fc.pre(router.problems(route).length === 0);
    return route;
  };

  describe(`router ${name}, as every router,`, () => {
    it("writes, for any split, objects that read back as that split", () => {
      fc.assert(
        fc.property(anyWeights, (weights) => {
          const route = able(weights);
          const read = router.readWeights(objectsOf(name, route));
          const parts = route.backends.map(({ service }) => read[service] ?? Number.NaN);
          assert.deepEqual(parts, router.weights(route));
          assert.ok(parts.every((part) => Number.isInteger(part) && part >= 0));
        }),
      );
    });

    it("warns of a weight of a canary without pods if its users get 503 for it", () => {
      const isWarned = (weight: number): boolean => {
        const { backends, ...route } = routeTo(name, [weight]);
        const [primary, ...canaries] = backends;
        const none = canaries.map((canary) => ({ ...canary, replicas: 0 }));
        const warnings = router.warnings({ ...route, backends: [primary, ...none] });
        return warnings.some((warning) => /canary takes .* no pods: its users get 503$/.test(warning));
      };
      assert.equal(isWarned(10), /^503|503 without pods/.test(router.traits.missingCanary));
      assert.equal(isWarned(0), false);
    });

    it("gives no canary a request at weight 0, and each some above it", () => {
      fc.assert(
        fc.property(anyWeights, (weights) => {
          const route = able(weights);
          const routed = routedWeights(router, route);
          route.split.variants.forEach(({ weight }, i) => {
            assert.equal((routed[i] ?? 0) > 0, weight > 0, `${weight} % is ${routed[i]} %`);
          });
          assert.ok(Math.abs(routed.reduce((sum, weight) => sum + weight, 0) - 100) < 1e-9);
        }),
      );
    });

    it("touches, when weights change, what it says and nothing else", () => {
      fc.assert(
        fc.property(
          anyWeights,
          fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.constantFrom(0, 10_000)),
          (weights, other) => {
            const before = objectsOf(name, able(weights));
            const after = objectsOf(name, able(weights.map(() => Math.floor(other / weights.length) / 100)));
            const made = (objects: readonly Manifest[]): string[] =>
              objects.filter(({ kind }) => !router.traits.touches.includes(kind)).map(idOf);
            assert.deepEqual(made(after), made(before));
            for (const object of after) {
              const was = before.find((one) => idOf(one) === idOf(object));
              if (was !== undefined && !isDeepStrictEqual(was, object))
                assert.ok(router.traits.touches.includes(object.kind), idOf(object));
            }
          },
        ),
      );
    });

    it("makes all of its objects in the app's namespace, with the app's labels and names", () => {
      const [weights] = [[0], [10]].filter((one) => router.problems(routeTo(name, one)).length === 0);
      const manifests = router.manifests(routeTo(name, weights ?? []));
      assert.ok(manifests.length > 0);
      for (const { metadata } of manifests) {
        assert.match(metadata.name, /^myapp(-|$)/);
        assert.equal(metadata.namespace, "shop");
        assert.ok("app.kubernetes.io/name" in (metadata.labels ?? {}), metadata.name);
      }
      assert.equal(new Set(manifests.map(idOf)).size, manifests.length);
    });

    it("refuses a Service of another namespace in one sentence that names both", () => {
      const { backends, ...rest } = routeTo(name, [0]);
      const [primary, canary] = backends;
      assert.ok(canary !== undefined);
      const problems = router.problems({ ...rest, backends: [primary, { ...canary, namespace: "lab" }] });
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", /myapp-canary is in namespace lab: .*\(shop\)/);
    });

    it("leads the canary's own host to the canary alone, if it says so", () => {
      if (!router.traits.canaryHost) return;
      const { backends, ...rest } = routeTo(name, [0]);
      const [primary, canary] = backends;
      assert.ok(canary !== undefined);
      const host = "canary.myapp.example.com";
      const without = router.manifests({ ...rest, backends });
      const hosted = router.manifests({ ...rest, backends: [primary, { ...canary, host }] });
      const changed = hosted.filter((object) => !without.some((one) => isDeepStrictEqual(one, object)));
      assert.ok(changed.length > 0);
      assert.match(JSON.stringify(changed), /canary\.myapp\.example\.com/);
    });

    it("sends what matches to the matched canary, by every kind that it says it can", () => {
      for (const kind of router.traits.match) {
        const match = { kind, name: "x-canary", value: "always", variant: "canary" };
        const plain = router.manifests(routeTo(name, [0]));
        const matched = router.manifests(routeTo(name, [0], { matches: [match] }));
        const changed = matched.filter((object) => !plain.some((one) => isDeepStrictEqual(one, object)));
        assert.match(JSON.stringify(changed), /x-canary/i, kind);
      }
    });
  });
}
