import assert from "node:assert/strict";
import { type Backend, type Manifest, type Route, routedWeights, routers } from "../../../components/routers";
import { routeTo } from "./route";

const { replicas } = routers;

/** A route whose app asks for so many pods together. */
function route(weights: readonly number[], total: number, changes: Partial<Route> = {}): Route {
  const { backends, ...rest } = routeTo("replicas", weights, changes);
  const [primary, ...canaries] = backends;
  return { ...rest, backends: [{ ...primary, replicas: total }, ...canaries] };
}

const podsOf = (weights: readonly number[], total: number): number[] | undefined =>
  replicas.replicas?.(route(weights, total));

const named = (manifests: readonly Manifest[]): string[] =>
  manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);

describe("router replicas", () => {
  it("divides the total by the split", () => {
    assert.deepEqual(podsOf([10], 10), [9, 1]);
    assert.deepEqual(podsOf([27], 100), [73, 27]);
    assert.deepEqual(podsOf([5, 2.5], 40), [37, 2, 1]);
    assert.deepEqual(podsOf([0], 10), [10, 0]);
    assert.deepEqual(podsOf([100], 10), [0, 10]);
  });

  it("gives a variant with a weight one pod at least", () => {
    assert.deepEqual(podsOf([0.01], 10), [9, 1]);
    assert.deepEqual(podsOf([99], 3), [1, 2]);
  });

  it("tells the effective weight, and the total that would be exact", () => {
    assert.deepEqual(routedWeights(replicas, route([27], 10)), [70, 30]);
    assert.deepEqual(replicas.warnings(route([27], 10)), [
      "myapp: primary gets 70 %, not 73 %, of 10 pods; replicas: 100 would be exact",
      "myapp: canary gets 30 %, not 27 %, of 10 pods; replicas: 100 would be exact",
    ]);
    assert.match(replicas.warnings(route([10], 3)).join(), /replicas: 10 would be exact/);
    assert.deepEqual(replicas.warnings(route([10], 10)), []);
    assert.deepEqual(replicas.warnings(route([26.5], 98)), []);
  });

  it("warns of a variant that has all pods", () => {
    assert.match(
      replicas.warnings(route([100], 10)).join(),
      /^myapp: all pods are canary's: .* a split between/,
    );
  });

  it("serves a host by a Service over the pods of every variant", () => {
    const manifests = replicas.manifests(route([10], 10));
    assert.deepEqual(named(manifests), ["Service/myapp-front", "IngressRoute/myapp-front"]);
    assert.deepEqual(manifests[0]?.spec, {
      selector: { "app.kubernetes.io/name": "myapp" },
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    });
    assert.deepEqual(manifests[1]?.spec, {
      routes: [
        {
          match: "Host(`myapp.example.com`)",
          kind: "Rule",
          priority: 20,
          services: [{ name: "myapp-front", port: 80 }],
        },
      ],
    });
  });

  it("serves an app without a host by that Service alone", () => {
    assert.deepEqual(named(replicas.manifests(route([10], 10, { host: undefined }))), [
      "Service/myapp-front",
    ]);
  });

  it("leads a canary's own host straight to it", () => {
    const { backends, ...rest } = route([10], 10);
    const [primary, canary] = backends as [Backend, Backend];
    const manifests = replicas.manifests({
      ...rest,
      backends: [primary, { ...canary, host: "canary.example.com" }],
    });
    assert.match(JSON.stringify(manifests.at(-1)?.spec), /canary\.example\.com.*"name":"myapp-canary"/);
  });

  it("changes none of its objects when the weight changes", () => {
    for (const weight of [0, 0.5, 100])
      assert.deepEqual(replicas.manifests(route([weight], 10)), replicas.manifests(route([10], 10)));
  });

  it("reads the weights from the variants' Deployments", () => {
    const deployment = (name: string, count: number): Manifest => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: { replicas: count },
    });
    const manifests = [
      ...replicas.manifests(route([10], 10)),
      deployment("myapp", 9),
      deployment("myapp-canary", 1),
    ];
    assert.deepEqual(replicas.readWeights(manifests), { myapp: 9, "myapp-canary": 1 });
  });

  it("refuses a total that has no pod for each variant, and a number of pods of a canary's own", () => {
    assert.deepEqual(replicas.problems(route([10], 10)), []);
    assert.match(replicas.problems(route([10, 10], 2)).join(), /^replicas of at least 3, .*not 2$/);
    const { backends, ...rest } = route([10], 10);
    const [primary, canary] = backends as [Backend, Backend];
    const problems = replicas.problems({ ...rest, backends: [primary, { ...canary, replicas: 4 }] });
    assert.deepEqual(problems, [
      "no number of pods for canary (4): it gets its share of the 10 that replicas asks for",
    ]);
  });

  it("refuses a canary by the name of its own Service", () => {
    const { backends, ...rest } = route([10], 10);
    const split = new (rest.split.constructor as new (canaries: object[]) => Route["split"])([
      { name: "front", weight: 10 },
    ]);
    assert.match(replicas.problems({ ...rest, backends, split }).join(), /other names than front/);
  });
});
