import assert from "node:assert/strict";
import fc from "fast-check";
import { type Path, type Route, type RouterName, routers } from "../../../components/routers";
import { comparisons } from "../../../components/routers/path";
import { routeTo, specOf } from "./route";

const api: Path = { value: "/api", exact: false, strip: false };
const made = (name: RouterName, changes: Partial<Route>) => {
  const route = routeTo(name, [10], changes);
  assert.deepEqual(routers[name].problems(route), []);
  return routers[name].manifests(route);
};
const spec = <Spec>(name: RouterName, changes: Partial<Route>, object = "myapp"): Spec =>
  specOf<Spec>(
    made(name, changes).find(
      ({ kind, metadata }) =>
        kind !== "TraefikService" &&
        metadata.name === object &&
        kind !== "Gateway" &&
        kind !== "DestinationRule",
    ),
  );

interface Rule {
  readonly match: string;
  readonly priority: number;
  readonly middlewares?: unknown;
}
const rulesOf = (changes: Partial<Route>, object = "myapp"): readonly Rule[] =>
  spec<{ routes: Rule[] }>("traefik", changes, object).routes;

describe("a path", () => {
  it("takes itself and what is below it, by whole steps, or itself alone", () => {
    const takes = (path: Path | undefined, asked: string): boolean =>
      comparisons(path).some((one) => ("exact" in one ? asked === one.exact : asked.startsWith(one.prefix)));
    const exact = { ...api, exact: true };
    for (const [asked, ofPrefix, ofExact] of [
      ["/api", true, true],
      ["/api/", true, false],
      ["/api/users", true, false],
      ["/apix", false, false],
      ["/", false, false],
      ["/v1/api", false, false],
    ] as const) {
      assert.equal(takes(api, asked), ofPrefix, asked);
      assert.equal(takes(exact, asked), ofExact, asked);
      assert.ok(takes(undefined, asked));
    }
  });
});

describe("router traefik, of hosts and paths,", () => {
  it("asks for one of the hosts, and for the path by whole steps", () => {
    const [rule, ...others] = rulesOf({ alsoHosts: ["www.example.com"], path: api });
    assert.equal(
      rule?.match,
      "(Host(`myapp.example.com`) || Host(`www.example.com`)) && (Path(`/api`) || PathPrefix(`/api/`))",
    );
    assert.deepEqual(others, []);
    assert.equal(
      rulesOf({ path: { ...api, exact: true } })[0]?.match,
      "Host(`myapp.example.com`) && Path(`/api`)",
    );
  });

  it("takes the path away, on every route that leads to pods", () => {
    const objects = made("traefik", {
      path: { ...api, strip: true },
      matches: [{ kind: "header", name: "x", value: "y", variant: "canary" }],
    });
    const middleware = objects.find(({ kind }) => kind === "Middleware");
    assert.deepEqual(middleware?.spec, { stripPrefix: { prefixes: ["/api"] } });
    const routes = objects.filter(({ kind }) => kind === "IngressRoute");
    assert.equal(routes.length, 3);
    for (const { spec } of routes)
      for (const rule of (spec as { routes: Rule[] }).routes)
        assert.deepEqual(rule.middlewares, [{ name: middleware?.metadata.name }]);
  });

  it("has a wildcard's requests asked for after all names in full", () => {
    const [full, wildcard] = rulesOf({ alsoHosts: ["*.example.com"] });
    assert.equal(wildcard?.match, "HostRegexp(`^[^.]+\\.example\\.com$`)");
    assert.ok((wildcard?.priority ?? 0) < (full?.priority ?? 0));
  });

  it("is never answered by an app with a shorter path or a wildcard, whatever that one matches", () => {
    const prioritiesOf = (changes: Partial<Route>): number[] =>
      made("traefik", changes)
        .filter(({ kind }) => kind === "IngressRoute")
        .flatMap(({ spec }) => (spec as { routes: Rule[] }).routes.map(({ priority }) => priority));
    const match = { kind: "header", name: "x", value: "y", variant: "canary" } as const;
    const step = fc.stringMatching(/^[a-z]{1,4}$/);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4 }), step, fc.boolean(), (steps, last, exact) => {
        const outer = steps.length === 0 ? undefined : { ...api, value: `/${steps.join("/")}` };
        const inner = { ...api, value: `${outer?.value ?? ""}/${last}`, exact };
        const shorter = prioritiesOf({
          ...(outer && { path: outer }),
          matches: Array(50).fill(match),
          shield: true,
        });
        const longer = prioritiesOf({ path: inner, tlsSecret: "tls" });
        assert.ok(Math.min(...longer) > Math.max(...shorter));
        const wild = prioritiesOf({ host: "*.example.com", path: inner, matches: Array(50).fill(match) });
        assert.ok(Math.max(...wild) < Math.min(...prioritiesOf({ tlsSecret: "tls" })));
        for (const priority of [...wild, ...longer])
          assert.ok(Number.isSafeInteger(priority) && priority !== 0);
      }),
    );
  });

  it("keeps the objects of an app without a path as they were", () => {
    const [rule] = rulesOf({});
    assert.deepEqual(Object.entries(rule ?? {}).slice(0, 3), [
      ["match", "Host(`myapp.example.com`)"],
      ["kind", "Rule"],
      ["priority", 20],
    ]);
  });
});

describe("hosts and paths by other routers", () => {
  const strip = { ...api, strip: true };

  it("gateway", () => {
    const { hostnames, rules } = spec<{ hostnames: unknown; rules: object[] }>("gateway", {
      alsoHosts: ["*.example.com"],
      path: strip,
    });
    assert.deepEqual(hostnames, ["myapp.example.com", "*.example.com"]);
    assert.deepEqual((rules[0] as { matches: unknown }).matches, [
      { path: { type: "PathPrefix", value: "/api" } },
    ]);
    assert.deepEqual((rules[0] as { filters: unknown }).filters, [
      { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } } },
    ]);
  });

  it("istio", () => {
    const { hosts, http } = spec<{ hosts: unknown; http: { match: unknown; rewrite: unknown }[] }>("istio", {
      alsoHosts: ["www.example.com"],
      path: strip,
      matches: [{ kind: "header", name: "x", value: "y", variant: "canary" }],
    });
    assert.deepEqual(hosts, ["myapp.example.com", "www.example.com"]);
    const headers = { x: { exact: "y" } };
    assert.deepEqual(
      http.map(({ match }) => match),
      [
        [
          { uri: { exact: "/api" }, headers },
          { uri: { prefix: "/api/" }, headers },
        ],
        [{ uri: { exact: "/api" } }, { uri: { prefix: "/api/" } }],
      ],
    );
    for (const { rewrite } of http) assert.deepEqual(rewrite, { uri: "/" });
  });

  it("nginx", () => {
    const paths = (changes: Partial<Route>, object = "myapp") =>
      spec<{ rules: { host: string; http: { paths: { path: string; pathType: string }[] } }[] }>(
        "nginx",
        changes,
        object,
      ).rules.map(
        ({
          host,
          http: {
            paths: [one],
          },
        }) => `${host} ${one?.pathType} ${one?.path}`,
      );
    assert.deepEqual(paths({ path: api, alsoHosts: ["*.example.com"] }), [
      "myapp.example.com Prefix /api",
      "*.example.com Prefix /api",
    ]);
    assert.deepEqual(paths({ path: { ...api, exact: true } }), ["myapp.example.com Exact /api"]);
    const dotted = { ...strip, value: "/v1.0" };
    assert.deepEqual(paths({ path: dotted }), ["myapp.example.com ImplementationSpecific /v1\\.0(/|$)(.*)"]);
    assert.deepEqual(paths({ path: dotted }, "myapp-canary"), paths({ path: dotted }));
    const [{ metadata } = { metadata: undefined }] = made("nginx", { path: dotted });
    assert.equal(metadata?.annotations?.["nginx.ingress.kubernetes.io/rewrite-target"], "/$2");
    assert.equal(metadata?.annotations?.["nginx.ingress.kubernetes.io/use-regex"], "true");
  });

  it("openshift and contour, with an object for each host", () => {
    for (const name of ["openshift", "contour"] as const) {
      const objects = made(name, { alsoHosts: ["www.example.com"], path: api });
      assert.deepEqual(
        objects.map(({ metadata }) => metadata.name),
        ["myapp", "myapp-host-2"],
      );
    }
    const { path } = spec<{ path: unknown }>("openshift", { path: strip });
    assert.equal(path, "/api");
    const { routes } = spec<{ routes: { conditions: unknown }[] }>("contour", { path: api });
    assert.deepEqual(
      routes.map(({ conditions }) => conditions),
      [[{ exact: "/api" }], [{ prefix: "/api/" }]],
    );
  });

  it("alb-ingress, longer paths first among the apps of a group", () => {
    const settings = routers["alb-ingress"].settings.parse({ group: "shop" });
    const order = (changes: Partial<Route>): number => {
      const [ingress] = made("alb-ingress", { settings, ...changes });
      return Number(ingress?.metadata.annotations?.["alb.ingress.kubernetes.io/group.order"] ?? 0);
    };
    const orders = [
      order({ path: { ...api, value: "/api/v1" } }),
      order({ path: { ...api, exact: true } }),
      order({ path: api }),
      order({}),
      order({ host: "*.example.com", path: api }),
      order({ host: "*.example.com" }),
    ];
    assert.deepEqual(
      orders,
      [...orders].sort((a, b) => a - b),
    );
    assert.equal(new Set(orders).size, orders.length);
    assert.ok(
      Math.max(...orders) <= 1000 &&
        Math.min(...orders, order({ path: { ...api, value: `/${"a".repeat(199)}` } })) >= -1000,
    );
  });

  it("apisix", () => {
    const { http } = spec<{ http: { match: { paths: unknown }; plugins: unknown }[] }>("apisix", {
      path: { ...strip, value: "/v1.0" },
    });
    assert.deepEqual(http[0]?.match.paths, ["/v1.0", "/v1.0/*"]);
    assert.deepEqual(http[0]?.plugins, [
      { name: "proxy-rewrite", enable: true, config: { regex_uri: ["^/v1\\.0/?(.*)$", "/$1"] } },
    ]);
  });

  it("those behind a Service, on Traefik's way to it", () => {
    for (const name of ["replicas", "proxy"] as const) {
      const objects = made(name, { path: strip, split: routeTo(name, [10]).split });
      const routes = objects.filter(({ kind }) => kind === "IngressRoute");
      assert.ok(routes.length > 0);
      for (const { spec } of routes)
        for (const rule of (spec as { routes: Rule[] }).routes) {
          assert.match(rule.match, /\(Path\(`\/api`\) \|\| PathPrefix\(`\/api\/`\)\)/);
          assert.deepEqual(rule.middlewares, [{ name: "myapp-front-strip" }]);
        }
    }
  });
});
