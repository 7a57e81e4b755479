import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { type Manifest, type Match, type Route, routedWeights, routers } from "../../../components/routers";
import { routeTo } from "./route";

const { traefik } = routers;

const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("traefik", weights, changes);

interface IngressRouteRule {
  readonly match: string;
  readonly priority: number;
  readonly services: readonly unknown[];
}

const HEADER: Match = { kind: "header", name: "x-version", value: "always", variant: "canary" };
const COOKIE: Match = { kind: "cookie", name: "a.b", value: "1+1", variant: "canary2" };
const QUERY: Match = { kind: "query", name: "try", value: "canary", variant: "canary" };

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

/** Settings beside the weights, in combinations that the router takes. */
const anyChanges: fc.Arbitrary<Partial<Route>> = fc
  .record({
    matches: fc.constantFrom<Route["matches"]>([], [HEADER], [COOKIE, HEADER]),
    mirror: fc.constantFrom(undefined, { variant: "canary", percent: 50 }),
    sticky: fc.constantFrom(undefined, { cookie: "variant", seconds: 0 }),
    shield: fc.boolean(),
    splitBy: fc.constantFrom<Route["splitBy"]>("requests", "clients"),
  })
  .filter((changes) => traefik.problems(route([10], changes)).length === 0);

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

  it("writes, for any split and any other settings, weights that are that split when read back", () => {
    fc.assert(
      fc.property(anyWeights, anyChanges, (weights, changes) => {
        const asked = route(weights, changes);
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

  it("changes TraefikServices alone when the weight changes, and with a mirror none but the one that splits", () => {
    const changed = (changes: Partial<Route>): string[] => {
      const [before, after] = [10, 25].map((weight) => traefik.manifests(route([weight], changes)));
      return (before ?? [])
        .filter((manifest, i) => !isDeepStrictEqual(manifest, after?.[i]))
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    };
    const mirror = { variant: "canary", percent: 50 };
    const split = ["TraefikService/myapp"];
    assert.deepEqual(changed({ mirror, matches: [HEADER] }), split);
    assert.deepEqual(changed({ sticky: { cookie: "variant", seconds: 0 } }), split);
    assert.deepEqual(changed({ splitBy: "clients" }), split);
    assert.deepEqual(changed({ shield: true, mirror }), [...split, "TraefikService/myapp-shield"]);
  });

  it("keeps a user at a variant by a cookie that scripts can't read and, over TLS, is sent over TLS alone", () => {
    const cookie = (changes: Partial<Route>): unknown => {
      const [service] = ofKind(traefik.manifests(route([10], changes)), "TraefikService");
      const spec = service?.spec as { weighted: { sticky: { cookie: unknown } } } | undefined;
      return spec?.weighted.sticky.cookie;
    };
    const session = { name: "variant", httpOnly: true, sameSite: "lax" };
    assert.deepEqual(cookie({ sticky: { cookie: "variant", seconds: 0 } }), session);
    assert.deepEqual(cookie({ sticky: { cookie: "variant", seconds: 60 }, tlsSecret: "certificate" }), {
      ...session,
      maxAge: 60,
      secure: true,
    });
  });

  it("asks matches first, in their order, each by an object of its own", () => {
    const manifests = traefik.manifests(route([0, 0], { matches: [HEADER, COOKIE, QUERY] }));
    const matching = ofKind(manifests, "IngressRoute").filter(({ metadata }) => /match/.test(metadata.name));
    assert.deepEqual(
      matching.map(({ metadata }) => metadata.name),
      ["myapp-match-1", "myapp-match-2", "myapp-match-3"],
    );
    const rules = matching.flatMap(({ spec }) => (spec as { routes: IngressRouteRule[] }).routes);
    const host = "Host(`myapp.example.com`)";
    assert.deepEqual(
      rules.map(({ match, services }) => [match, services]),
      [
        [`${host} && Header(\`x-version\`, \`always\`)`, [{ name: "myapp-canary", port: 80 }]],
        [
          `${host} && HeaderRegexp(\`Cookie\`, \`^(.*;\\s*)?a\\.b=1\\+1(\\s*;.*)?$\`)`,
          [{ name: "myapp-canary2", port: 80 }],
        ],
        [`${host} && Query(\`try\`, \`canary\`)`, [{ name: "myapp-canary", port: 80 }]],
      ],
    );
    const priorities = rules.map(({ priority }) => priority);
    assert.deepEqual(
      priorities,
      [...priorities].sort((a, b) => b - a),
    );
    const [weighted] = rulesOf(manifests, "myapp.example.com");
    assert.ok(Math.min(...priorities) > (weighted?.priority ?? 0));
  });

  it("mirrors before the split, and limits the bodies that it keeps for that", () => {
    const settings = traefik.settings.parse({ mirrorBodyBytes: 1000 });
    const manifests = traefik.manifests(route([10], { mirror: { variant: "canary", percent: 5 }, settings }));
    const [weighted] = rulesOf(manifests, "myapp.example.com");
    assert.deepEqual(weighted?.services, [{ kind: "TraefikService", name: "myapp-mirror" }]);
    const mirroring = ofKind(manifests, "TraefikService").find(
      ({ metadata }) => metadata.name === "myapp-mirror",
    );
    assert.deepEqual(mirroring?.spec, {
      mirroring: {
        kind: "TraefikService",
        name: "myapp",
        maxBodySize: 1000,
        mirrors: [{ name: "myapp-canary", port: 80, percent: 5 }],
      },
    });
  });

  it("splits clients by highest random weight", () => {
    const [service] = ofKind(traefik.manifests(route([10], { splitBy: "clients" })), "TraefikService");
    assert.deepEqual(service?.spec, {
      highestRandomWeight: {
        services: [
          { name: "myapp", port: 80, weight: 90 },
          { name: "myapp-canary", port: 80, weight: 10 },
        ],
      },
    });
  });

  describe("with a shield", () => {
    const settings = traefik.settings.parse({ shieldRequests: 7 });
    const manifests = traefik.manifests(route([10], { shield: true, matches: [HEADER], settings }));
    const specOf = (kind: string, name: string): unknown =>
      ofKind(manifests, kind).find(({ metadata }) => metadata.name === name)?.spec;

    it("sends GET and HEAD without a body through a failover to the primary, and nothing else", () => {
      const shielded =
        "Host(`myapp.example.com`) && (Method(`GET`) || Method(`HEAD`)) && !HeaderRegexp(`Content-Length`, `[1-9]`)";
      const rules = ofKind(manifests, "IngressRoute")
        .flatMap(({ spec }) => (spec as { routes: IngressRouteRule[] }).routes)
        .sort((a, b) => b.priority - a.priority);
      const failover = { kind: "TraefikService", name: "myapp-canary-shield" };
      assert.equal(rules.length, 5);
      const [match, plainMatch, weighted, plain, fallback] = rules;
      assert.deepEqual(match?.services, [failover]);
      assert.match(match?.match ?? "", /x-version.*Method/);
      assert.deepEqual(plainMatch?.services, [{ name: "myapp-canary", port: 80 }]);
      assert.equal(weighted?.match, shielded);
      assert.deepEqual(weighted?.services, [{ kind: "TraefikService", name: "myapp-shield" }]);
      assert.deepEqual(plain?.services, [{ kind: "TraefikService", name: "myapp" }]);
      assert.deepEqual(fallback?.services, [{ name: "myapp", port: 80 }]);
      assert.deepEqual(specOf("TraefikService", "myapp-shield"), {
        weighted: {
          services: [
            { name: "myapp", port: 80, weight: 90 },
            { ...failover, weight: 10 },
          ],
        },
      });
    });

    it("takes the canary's 5xx to its end before the primary is asked, within a budget", () => {
      // By the port's name: by its number, Traefik would take the Service without middlewares for the same one.
      assert.deepEqual(specOf("TraefikService", "myapp-canary-shield"), {
        failover: {
          service: { name: "myapp-canary", port: "http", middlewares: [{ name: "myapp-shield" }] },
          fallback: { name: "myapp", port: "http", middlewares: [{ name: "myapp-shield-budget" }] },
          errors: { status: ["500-599"], maxRequestBodyBytes: 65_536 },
        },
      });
      assert.deepEqual(specOf("Middleware", "myapp-shield"), {
        errors: { status: ["500-599"], service: { kind: "TraefikService", name: "noop@internal" } },
      });
      assert.deepEqual(specOf("Middleware", "myapp-shield-budget"), {
        inFlightReq: { amount: 7, sourceCriterion: { requestHost: true } },
      });
    });

    it("makes nothing of it for an app without a canary", () => {
      assert.deepEqual(traefik.manifests(route([], { shield: true })), traefik.manifests(route([])));
    });
  });

  it("refuses by name what can't be had together", () => {
    const sticky = { cookie: "variant", seconds: 0 };
    const problems = (changes: Partial<Route>): string => traefik.problems(route([10], changes)).join("\n");
    assert.match(problems({ sticky, splitBy: "clients" }), /sticky or split: clients, not both$/);
    assert.match(problems({ sticky, shield: true }), /shield or sticky, not both/);
    assert.match(problems({ splitBy: "clients", shield: true }), /shield or split: clients, not both/);
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

  it("warns of what users may not expect of sticky, mirror, shield and split: clients", () => {
    const warnings = (weight: number, changes: Partial<Route>): string[] =>
      traefik.warnings(route([weight], changes));
    const sticky = { cookie: "variant", seconds: 0 };
    const mirror = { variant: "canary", percent: 50 };
    assert.deepEqual(warnings(0, { sticky }), []);
    assert.match(
      warnings(10, { sticky }).join(),
      /^myapp: who has the cookie variant stays .* until it is 0/,
    );
    assert.match(
      warnings(0, { mirror }).join("\n"),
      /^myapp: mirror holds .* 65536 bytes .* gRPC, may stand still$/,
    );
    assert.match(
      warnings(10, { mirror }).join("\n"),
      /canary at 10 % gets copies of what it has answered itself/,
    );
    assert.match(
      warnings(0.5, { splitBy: "clients" }).join("\n"),
      /^myapp: split: clients goes by the address/,
    );
    const { backends, ...rest } = route([10]);
    const [primary, ...canaries] = backends;
    const limited = canaries.map((backend) => ({ ...backend, timeoutSeconds: 30 }));
    const shielded = traefik.warnings({ ...rest, shield: true, backends: [primary, ...limited] });
    assert.deepEqual(shielded, [
      "myapp: shield: users of a canary that hangs wait 30 s for the primary's answer",
    ]);
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
    assert.deepEqual(names, ["IngressRoute/myapp-fallback", "TraefikService/myapp", "IngressRoute/myapp"]);
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

  it("brings the host's certificate by a route of its own, so that no other leaves port 80", () => {
    const plain = traefik.manifests(route([10]));
    const secured = traefik.manifests(route([10], { tlsSecret: "certificate" }));
    const [added, ...more] = secured.filter(({ metadata }) => metadata.name === "myapp-tls");
    assert.deepEqual(added?.spec, {
      entryPoints: ["websecure"],
      routes: [
        {
          match: "Host(`myapp.example.com`)",
          kind: "Rule",
          priority: 1,
          services: [{ name: "myapp", port: 80 }],
        },
      ],
      tls: { secretName: "certificate" },
    });
    assert.deepEqual(more, []);
    assert.deepEqual(
      secured.filter(({ metadata }) => metadata.name !== "myapp-tls"),
      plain,
    );
  });
});
