import assert from "node:assert/strict";
import fc from "fast-check";
import { type Manifest, type Route, routedWeights, routers } from "../../../components/routers";
import { routeTo } from "./route";

const { traefik } = routers;

const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("traefik", weights, changes);

interface IngressRouteRule {
  readonly match: string;
  readonly priority: number;
  readonly services: readonly unknown[];
}

const ofKind = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter((manifest) => manifest.kind === kind);

/** The rules that serve a host, the one that is asked first first. */
function rulesOf(manifests: readonly Manifest[], host: string): IngressRouteRule[] {
  return ofKind(manifests, "IngressRoute")
    .flatMap((manifest) => (manifest.spec as { routes: IngressRouteRule[] }).routes)
    .filter(({ match }) => match === `Host(\`${host}\`)`)
    .sort((a, b) => b.priority - a.priority);
}

const anyWeights = fc
  .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 5 })
  .map((shares) => shares.map((share) => Math.floor(share / shares.length) / 100));

describe("router traefik", () => {
  it("serves the host by the weighted service first, and by the primary alone when that can't be built", () => {
    const manifests = traefik.manifests(route([10]));
    const [weighted, fallback, ...more] = rulesOf(manifests, "myapp.example.com");
    assert.deepEqual(weighted?.services, [{ kind: "TraefikService", name: "myapp" }]);
    assert.deepEqual(fallback?.services, [{ name: "myapp", port: 80 }]);
    assert.ok((weighted?.priority ?? 0) > (fallback?.priority ?? 0));
    assert.deepEqual(more, []);
  });

  it("keeps whole percents as they are", () => {
    assert.deepEqual(traefik.readWeights(traefik.manifests(route([10]))), { myapp: 90, "myapp-canary": 10 });
    assert.deepEqual(traefik.readWeights(traefik.manifests(route([0]))), { myapp: 100, "myapp-canary": 0 });
    assert.deepEqual(traefik.readWeights(traefik.manifests(route([100]))), { myapp: 0, "myapp-canary": 100 });
  });

  it("expresses a hundredth of a percent exactly", () => {
    const weights = traefik.readWeights(traefik.manifests(route([0.01])));
    assert.deepEqual(weights, { myapp: 9999, "myapp-canary": 1 });
  });

  it("splits between three variants and more", () => {
    const weights = traefik.readWeights(traefik.manifests(route([5, 2.5])));
    assert.deepEqual(weights, { myapp: 37, "myapp-canary": 2, "myapp-canary2": 1 });
  });

  it("writes, for any split, weights that are that split when read back", () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const asked = route(weights);
        const read = traefik.readWeights(traefik.manifests(asked));
        const parts = asked.backends.map(({ service }) => read[service] ?? Number.NaN);
        const total = parts.reduce((sum, part) => sum + part, 0);
        asked.split.variants.forEach(({ weight }, i) => {
          assert.ok(parts.every(Number.isInteger));
          assert.ok(Math.abs(((parts[i] ?? Number.NaN) / total) * 100 - weight) < 1e-9);
        });
        assert.deepEqual(
          routedWeights(traefik, asked),
          parts.map((part) => (part / total) * 100),
        );
      }),
    );
  });

  it("changes the TraefikService alone when the weight changes", () => {
    const others = (weight: number): Manifest[] =>
      traefik.manifests(route([weight])).filter((manifest) => manifest.kind !== "TraefikService");
    for (const weight of [0, 0.5, 25, 100]) assert.deepEqual(others(weight), others(10));
  });

  it("limits how long a variant with a time limit may take, and no other", () => {
    const { backends, ...rest } = route([10]);
    const [primary, canary] = backends;
    assert.ok(canary !== undefined);
    const host = "canary.myapp.example.com";
    const limited = { ...canary, host, timeoutSeconds: 30 };
    const manifests = traefik.manifests({ ...rest, backends: [primary, limited] });
    const [transport, ...more] = ofKind(manifests, "ServersTransport");
    assert.equal(transport?.metadata.name, "myapp-canary");
    const forwardingTimeouts = { dialTimeout: "30s", responseHeaderTimeout: "30s" };
    assert.deepEqual(transport?.spec, { forwardingTimeouts });
    assert.deepEqual(more, []);
    const [weighted] = ofKind(manifests, "TraefikService");
    assert.deepEqual(weighted?.spec, {
      weighted: {
        services: [
          { name: "myapp", port: 80, weight: 90 },
          { name: "myapp-canary", port: 80, serversTransport: "myapp-canary", weight: 10 },
        ],
      },
    });
    const services = rulesOf(manifests, host).map((rule) => rule.services);
    assert.deepEqual(services, [[{ name: "myapp-canary", port: 80, serversTransport: "myapp-canary" }]]);
  });

  it("warns of canaries so small that configuration reloads can leave them without a request", () => {
    const warnings = (weights: number[]): string[] => traefik.warnings(route(weights));
    assert.deepEqual(warnings([0]), []);
    assert.deepEqual(warnings([1.01, 100 / 4]), []);
    const [one, ...more] = warnings([1, 10]);
    assert.match(
      one ?? "",
      /^myapp: canary at 1 % gets the first of about 100 requests after every .* reload/,
    );
    assert.match(one ?? "", /fewer than 50 requests a second/);
    assert.deepEqual(more, []);
    assert.match(warnings([0.01]).join(), /about 10000 requests .* fewer than 5000 requests a second/);
  });

  it("leads a canary's own host straight to that canary", () => {
    const { backends, ...rest } = route([10, 0]);
    const host = "canary.myapp.example.com";
    const [primary, canary, ...others] = backends;
    assert.ok(canary !== undefined);
    const manifests = traefik.manifests({ ...rest, backends: [primary, { ...canary, host }, ...others] });
    assert.deepEqual(
      rulesOf(manifests, host).map(({ services }) => services),
      [[{ name: "myapp-canary", port: 80 }]],
    );
  });

  it("makes every object for the app's namespace, labels and ingress class, on no entry point by name", () => {
    const manifests = traefik.manifests(route([10, 5]));
    const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    assert.deepEqual(names, ["TraefikService/myapp", "IngressRoute/myapp", "IngressRoute/myapp-fallback"]);
    for (const { metadata } of manifests) {
      assert.equal(metadata.namespace, "shop");
      assert.deepEqual(metadata.labels, { "app.kubernetes.io/name": "myapp" });
    }
    for (const { metadata, spec } of ofKind(manifests, "IngressRoute")) {
      assert.deepEqual(metadata.annotations, { "kubernetes.io/ingress.class": "edge" });
      assert.ok(spec !== undefined && !("entryPoints" in spec));
    }
  });

  it("refuses Services of another namespace by name", () => {
    const { backends, ...rest } = route([10, 5]);
    const [primary, canary, ...others] = backends;
    assert.ok(canary !== undefined);
    assert.deepEqual(traefik.problems({ ...rest, backends }), []);
    const problems = traefik.problems({
      ...rest,
      backends: [primary, { ...canary, namespace: "lab" }, ...others],
    });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /myapp-canary is in namespace lab: .*\(shop\).*issues\/4043/);
  });
});
