import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { z } from "zod";
import {
  elsewhere,
  hostOf,
  routers as known,
  type Manifest,
  metadata,
  podless,
  type Route,
  type Router,
  type RouterName,
  routedWeights,
  upTo,
} from "../../../components/routers";
import type { Op } from "../../../offline/step";
import type { GraphResource } from "../../../policy/graph";
import { anew } from "../../anew";
import { dev } from "../../stacks/raw";
import { routeTo as routeFor } from "./route";

/** Canaries' weights of at most two decimals and at most 100 together; often enough all or nothing, as some routers want it. */
const anyWeights = fc.oneof(
  fc
    .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 4 })
    .map((shares) => shares.map((share) => Math.floor(share / shares.length) / 100)),
  fc.constantFrom([0], [100], [0, 100], [100, 0, 0]),
);

/** Hosts and paths that a router takes by its traits. */
function anyPlace({ traits }: Router): fc.Arbitrary<Partial<Route>> {
  const hosts = ["www.example.com", "shop.example.org", ...(traits.wildcards ? ["*.example.net"] : [])];
  const alsoHosts = fc.subarray(hosts);
  if (traits.paths.length === 0) return fc.record({ alsoHosts });
  const step = fc.stringMatching(/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,8}$/);
  const path = fc.record({
    value: fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => `/${steps.join("/")}`),
    exact: fc.constantFrom(...traits.paths.map((kind) => kind === "exact")),
    strip: traits.strip ? fc.boolean() : fc.constant(false),
  });
  return fc.record({ alsoHosts, path }, { requiredKeys: [] });
}

/** Limits and changes of headers that a router takes by its traits. */
function anyLimits({ traits }: Router): fc.Arbitrary<Partial<Route>> {
  const name = fc.stringMatching(/^x-[a-z0-9]{1,8}$/);
  const header = fc
    .record({ set: fc.dictionary(name, fc.stringMatching(/^[a-z0-9;=]{1,9}$/)), remove: fc.array(name) })
    .filter(({ set, remove }) => Object.keys(set).length + remove.length > 0);
  return fc.record(
    {
      ...(traits.requestTimeout !== undefined && {
        requestTimeoutSeconds: fc.integer({ min: 1, max: 86_400 }),
      }),
      ...(traits.maxBody !== undefined && { maxBodyBytes: fc.integer({ min: 1, max: 2 ** 40 }) }),
      ...(traits.headers && { requestHeaders: header, responseHeaders: header }),
    },
    { requiredKeys: [] },
  );
}

/** Kinds that every cluster has, and Istio's of logs: no routes. */
const BUILT_IN =
  /^(v1|(apps|policy|autoscaling|rbac\.authorization\.k8s\.io)\/v\d|telemetry\.istio\.io\/.*)$/;

/** A router that this test alone has. */
const settings = z.strictObject({ mesh: z.string().default("main") });
const mesh: Router<z.output<typeof settings>> = {
  traits: {
    summary: "a MeshRoute",
    resolution: "1 of 100,000",
    match: [],
    mirror: false,
    internal: false,
    canaryHost: false,
    missingCanary: "503",
    timeToEmpty: "1 s",
    touches: ["MeshRoute"],
    ...{
      needs: "a mesh",
      routed: false,
      testedOn: "nothing",
      setUps: ["none"],
      wildcards: false,
      paths: [],
      strip: false,
      protocols: ["http"],
      headers: false,
      webSockets: "1 s",
    },
  },
  settings,
  routes: ["mesh.example.com/*"],
  weights: upTo(100_000),
  problems: (route) => elsewhere(route, "a MeshRoute leads to Services"),
  warnings: podless,
  manifests: (route) => [
    {
      apiVersion: "mesh.example.com/v1",
      kind: "MeshRoute",
      metadata: metadata(route, route.app),
      spec: {
        host: hostOf(route),
        mesh: route.settings.mesh,
        to: mesh.weights(route).map((weight, i) => ({ name: route.backends[i]?.service ?? "", weight })),
      },
    },
  ],
  readWeights: (manifests) =>
    Object.fromEntries(
      manifests
        .filter(({ kind }) => kind === "MeshRoute")
        .flatMap(({ spec }) => (spec as { to: { name: string; weight: number }[] }).to)
        .map(({ name, weight }) => [name, weight]),
    ),
};

const extended = anew(() => {
  const { routers }: typeof import("../../../components/routers") = require("../../../components/routers");
  (routers as Record<string, Router>).mesh = mesh as Router;
  const { parseSettings }: typeof import("../../../stacks/settings") = require("../../../stacks/settings");
  const { routeOf }: typeof import("../../../stacks/apps") = require("../../../stacks/apps");
  const { holdAgainst }: typeof import("../../../policy/evaluate") = require("../../../policy/evaluate");
  const { parsePolicies }: typeof import("../../../policy/settings") = require("../../../policy/settings");
  const { routingOf }: typeof import("../../../rollout/shifters/routing-objects") =
    require("../../../rollout/shifters/routing-objects");
  const { observeKubernetes }: typeof import("../../../status/kubernetes") =
    require("../../../status/kubernetes");
  return { routers, parseSettings, routeOf, holdAgainst, parsePolicies, routingOf, observeKubernetes };
});
const { routers } = extended;

it("What a test adds to the routers is gone with it", () => {
  assert.ok("mesh" in routers);
  assert.ok(!("mesh" in known));
});

/** The app's objects that weights are read from: a router's own, and the Deployments of the app's pods. */
function objectsOf(name: RouterName, route: Route): Manifest[] {
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

for (const name of Object.keys(routers) as RouterName[]) {
  const router = routers[name];
  const routeTo = (weights: readonly number[], changes?: Partial<Route>) =>
    routeFor(name in known ? name : router, weights, changes);
  const able = (weights: readonly number[], changes: Partial<Route> = {}): Route => {
    const route = routeTo(weights, changes);
    fc.pre(router.problems(route).length === 0);
    return route;
  };

  describe(`router ${name}, as every router,`, () => {
    it("writes, for any split, hosts, path and limits, objects that read back as that split", () => {
      fc.assert(
        fc.property(anyWeights, anyPlace(router), anyLimits(router), (weights, place, limits) => {
          const route = able(weights, { ...place, ...limits });
          const read = router.readWeights(objectsOf(name, route));
          const parts = route.backends.map(({ service }) => read[service] ?? Number.NaN);
          assert.deepEqual(parts, router.weights(route));
          assert.ok(parts.every((part) => Number.isInteger(part) && part >= 0));
        }),
      );
    });

    it("warns of a weight of a canary without pods if its users get 503 for it", () => {
      const isWarned = (weight: number): boolean => {
        const { backends, ...route } = routeTo([weight]);
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
      const [weights] = [[0], [10]].filter((one) => router.problems(routeTo(one)).length === 0);
      const manifests = router.manifests(routeTo(weights ?? []));
      assert.ok(manifests.length > 0);
      for (const { metadata } of manifests) {
        assert.match(metadata.name, /^myapp(-|$)/);
        assert.equal(metadata.namespace, "shop");
        assert.ok("app.kubernetes.io/name" in (metadata.labels ?? {}), metadata.name);
      }
      assert.equal(new Set(manifests.map(idOf)).size, manifests.length);
    });

    it("refuses a Service of another namespace in one sentence that names both", () => {
      const { backends, ...rest } = routeTo([0]);
      const [primary, canary] = backends;
      assert.ok(canary !== undefined);
      const problems = router.problems({ ...rest, backends: [primary, { ...canary, namespace: "lab" }] });
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", /myapp-canary is in namespace lab: .*\(shop\)/);
    });

    it("leads the canary's own host to the canary alone, if it says so", () => {
      if (!router.traits.canaryHost) return;
      const { backends, ...rest } = routeTo([0]);
      const [primary, canary] = backends;
      assert.ok(canary !== undefined);
      const host = "canary.myapp.example.com";
      const without = router.manifests({ ...rest, backends });
      const hosted = router.manifests({ ...rest, backends: [primary, { ...canary, host }] });
      const changed = hosted.filter((object) => !without.some((one) => isDeepStrictEqual(one, object)));
      assert.ok(changed.length > 0);
      assert.match(JSON.stringify(changed), /canary\.myapp\.example\.com/);
    });

    it("takes each of an app's hosts, and its path, on the canary's host, too", () => {
      if (!(name in known)) return;
      const [weights = []] = [[0], [10]].filter((one) => router.problems(routeTo(one)).length === 0);
      const { backends, ...rest } = routeTo(weights);
      const [primary, canary] = backends;
      assert.ok(canary !== undefined);
      const hosted = { ...rest, backends: [primary, { ...canary, host: "c.example.com" }] } as Route;
      const text = (changes: Partial<Route>): string =>
        JSON.stringify(router.manifests({ ...hosted, ...changes }));
      const alsoHosts = ["www.example.com", ...(router.traits.wildcards ? ["*.example.net"] : [])];
      assert.match(text({ alsoHosts }), /www\.example\.com/);
      if (router.traits.wildcards) assert.match(text({ alsoHosts }), /example(\\+)?\.net/);
      for (const kind of router.traits.paths) {
        for (const strip of router.traits.strip ? [false, true] : [false]) {
          const path = { value: "/v9", exact: kind === "exact", strip };
          const plain = router.manifests(hosted);
          const pathed = router.manifests({ ...hosted, path });
          // Whatever names a host names the path, too.
          for (const object of pathed) {
            const isRoute = /"(c|myapp)\.example\.com|`(c|myapp)\.example\.com/.test(
              JSON.stringify(object.spec ?? {}),
            );
            const isGate = object.kind === "Gateway" || object.kind === "ApisixTls";
            if (isRoute && !isGate) assert.match(JSON.stringify(object), /\/v9/, idOf(object));
          }
          const stripped = router.manifests({ ...hosted, path: { ...path, strip: false } });
          assert.notDeepEqual(pathed, plain);
          assert.equal(isDeepStrictEqual(pathed, stripped), !strip, `${kind}, strip ${strip}`);
        }
      }
    });

    it("limits and changes all of an app's requests, by each setting that it says it can, and by no other", () => {
      const [weights = []] = [[0], [10]].filter((one) => router.problems(routeTo(one)).length === 0);
      const { backends, ...rest } = routeTo(weights);
      const [primary, canary] = backends;
      assert.ok(canary !== undefined);
      const settings = name === "gateway" ? router.settings.parse({ gatewayClass: "other" }) : rest.settings;
      const match = router.traits.match.map((kind) => ({
        kind,
        name: "x-c",
        value: "always",
        variant: "canary",
      }));
      const own = { backends: [primary, { ...canary, host: "c.example.com" }] } as Partial<Route>;
      const plain = { ...rest, ...own, settings, matches: match.slice(0, 1) } as Route;
      const { traits } = router;
      const set = { "X-Kept": "7531" };
      const cases: [boolean, Partial<Route>, RegExp][] = [
        [traits.requestTimeout !== undefined, { requestTimeoutSeconds: 7531 }, /7531/g],
        [traits.maxBody !== undefined, { maxBodyBytes: 7531 }, /7531/g],
        [traits.headers, { requestHeaders: { set, remove: ["X-Gone"] } }, /X-Kept.*7531.*X-Gone/g],
        [traits.headers, { responseHeaders: { set, remove: ["X-Gone"] } }, /X-Kept.*7531.*X-Gone/g],
      ];
      const made = new Set<string>();
      for (const [can, limit, sign] of cases) {
        const route = { ...plain, ...limit } as Route;
        const text = JSON.stringify(router.manifests(route));
        assert.equal(sign.test(text), can, `${name}: ${JSON.stringify(limit)}`);
        if (!can) continue;
        made.add(text);
        assert.deepEqual(router.problems(route), []);
        // What leads requests on does so with the limit, the canary's own host and matches among them.
        const before = router.manifests(plain);
        const unchanged = router
          .manifests(route)
          .filter((object) => before.some((one) => isDeepStrictEqual(one, object)))
          .filter(({ kind }) =>
            [
              "IngressRoute",
              "HTTPRoute",
              "VirtualService",
              "HTTPProxy",
              "ApisixRoute",
              "Route",
              "Ingress",
            ].includes(kind),
          );
        if (limit.requestTimeoutSeconds === undefined || !router.routes.includes("traefik.io/*"))
          assert.deepEqual(unchanged.map(idOf), []);
      }
      assert.equal(made.size, cases.filter(([can]) => can).length);
    });

    it("sends what matches to the matched canary, by every kind that it says it can", () => {
      for (const kind of router.traits.match) {
        const match = { kind, name: "x-canary", value: "always", variant: "canary" };
        const plain = router.manifests(routeTo([0]));
        const matched = router.manifests(routeTo([0], { matches: [match] }));
        const changed = matched.filter((object) => !plain.some((one) => isDeepStrictEqual(one, object)));
        assert.match(JSON.stringify(changed), /x-canary/i, kind);
      }
    });

    describe("with its kinds", () => {
      const [weights = []] = [[0], [10]].filter((one) => router.problems(routeTo(one)).length === 0);
      const manifests = router.manifests(routeTo(weights));
      const app = "urn:pulumi:prod::canary-traffic::canary-traffic:kubernetes:CanaryApp::myapp";
      const resourceOf = ({ apiVersion, kind, ...manifest }: Manifest): GraphResource => {
        const [type, name] = [`kubernetes:${apiVersion}:${kind}`, manifest.metadata.name];
        const props = { kind, ...manifest } as unknown as GraphResource["props"];
        return { urn: `${app}$${type}::${name}`, type, name, props, protect: false, parent: app };
      };
      const routes = manifests.filter(({ apiVersion }) => !BUILT_IN.test(apiVersion)).map(resourceOf);

      const foundBy = (
        rule: string,
        before: readonly GraphResource[],
        after: readonly GraphResource[],
      ): string[] => {
        const step = (op: Op, sides: { before?: GraphResource; after?: GraphResource }) => ({
          op,
          ...sides,
          retained: false,
          replaceReasons: [],
          changed: [],
          besideWeights: false,
        });
        const steps = [
          ...before.map((one) => step("delete", { before: one })),
          ...after.map((one) => step("create", { after: one })),
        ];
        const changes = { steps, weights: {}, apps: [], routers: {}, expired: [] };
        const graph = { stack: "prod", resources: after, weights: {}, changes };
        return extended
          .holdAgainst(graph, extended.parsePolicies(undefined))
          .flatMap((finding) => (finding.rule === rule ? (finding.urn ?? "") : []));
      };
      const urns = routes.map(({ urn }) => urn).sort();

      it("is seen by policy traffic-kept", () => {
        assert.ok(routes.length > 0);
        assert.deepEqual(foundBy("traffic-kept", routes, []).sort(), urns);
      });

      it("is seen by policy router-switch, once, as routes of a router that goes and of one that comes", () => {
        const object = { apiVersion: "other.io/v1", kind: "Route", metadata: { name: "myapp" } };
        const [group] = (routes[0]?.type ?? "").split("/");
        const others = [
          { ...object, apiVersion: "projectcontour.io/v1", kind: "HTTPProxy" },
          { ...object, apiVersion: "route.openshift.io/v1" },
        ].map(resourceOf);
        const [other] = others.filter(({ type }) => !type.startsWith(`${group}/`));
        assert.ok(other !== undefined);
        assert.equal(foundBy("router-switch", routes, [other]).length, 1);
        assert.deepEqual(foundBy("router-switch", [other], routes), [other.urn]);
      });

      it("is seen by policy protected", () => {
        assert.deepEqual(foundBy("protected", [], routes).sort(), urns);
      });

      it("is seen by policy same-namespace", () => {
        const pods = resourceOf({
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "myapp", namespace: "elsewhere", labels: { "app.kubernetes.io/name": "myapp" } },
        });
        const found = foundBy("same-namespace", [], [pods, ...routes]);
        assert.deepEqual(found.filter((urn) => urn !== pods.urn).sort(), urns);
      });

      it("is what a rollout's update may change, and what status reads back", async () => {
        if (name in known) return;
        const raw = dev({ router: name, routers: { [name]: { mesh: "other" } } });
        const parsed = extended.parseSettings(raw);
        const [settings] = parsed.apps;
        assert.ok(settings !== undefined && "traefik" in parsed);
        const made = router.manifests(extended.routeOf(settings, parsed.traefik));
        assert.match(JSON.stringify(made), /"mesh":"other"/);
        const isRouting = extended.routingOf(parsed, ["myapp"]);
        const states = made.map(resourceOf).map(({ props, ...rest }, i) => ({
          ...rest,
          inputs: { ...props, ...made[i] } as GraphResource["props"],
          outputs: {},
          custom: true,
          dependencies: [],
          propertyDependencies: {},
        }));
        for (const state of states) assert.ok(isRouting(state), state.name);
        const component = { type: "canary-traffic:kubernetes:CanaryApp", name: "myapp", urn: app };
        const resources = [...states, { ...states[0], ...component, parent: "" }] as typeof states;
        const variants = [
          ["primary", { asked: 90, effective: 90 }],
          ["canary", { asked: 10, effective: 10 }],
        ] as const;
        const observed = await extended.observeKubernetes(
          { stack: "dev", resources, apps: [{ name: "myapp", router: name, weights: variants }] },
          { find: async (manifest) => manifest },
        );
        assert.deepEqual(observed.weights, { myapp: { primary: 90, canary: 10 } });
      });
    });
  });
}
