import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Manifest, type Match, type Route, routers } from "../../../components/routers";
import { programsFolder } from "../../../lab/build";
import { envoyPart } from "../../../lab/parts";
import { needing } from "../../needing";
import { routeTo } from "./route";

const { proxy } = routers;
const programs = ["haproxy", "nginx", "envoy"] as const;
type Program = (typeof programs)[number];

const route = (program: Program, weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("proxy", weights, { settings: proxy.settings.parse({ implementation: program }), ...changes });

/** The configuration file. */
function configuration(of: Route): string {
  const [configMap] = proxy.manifests(of);
  return Object.values(configMap?.data ?? {}).join();
}

const shares = (of: Route): number[] => {
  const read = Object.values(proxy.readWeights(proxy.manifests(of)));
  const total = read.reduce((sum, part) => sum + part, 0);
  return read.map((part) => Number(((part / total) * 100).toFixed(6)));
};

const match = (kind: Match["kind"], name: string): Match => ({
  kind,
  name,
  value: "always",
  variant: "canary",
});
const everyMatch = [match("header", "x-canary"), match("cookie", "a-b.c"), match("query", "v")];
const sticky = { cookie: "variant", seconds: 60 };

const checks: Record<Program, (file: string, folder: string) => string[]> = {
  haproxy: (file) => ["haproxy", "-c", "-f", file],
  nginx: (file, folder) => ["nginx", "-t", "-p", folder, "-c", file],
  envoy: (file) => [envoy, "--mode", "validate", "-c", file],
};
/** The lab's, once it has fetched it. */
const envoy = join(programsFolder(envoyPart) ?? "", "envoy");
const installed = (program: Program): boolean =>
  (program === "envoy" ? spawnSync(envoy, ["--version"]) : spawnSync(program, ["-v"])).status === 0;

describe("router proxy", () => {
  for (const program of programs) {
    describe(`with ${program}`, () => {
      it("writes the split into its configuration", () => {
        assert.deepEqual(shares(route(program, [10])), [90, 10]);
        assert.deepEqual(shares(route(program, [0])), [100, 0]);
        assert.deepEqual(shares(route(program, [100])), [0, 100]);
        assert.deepEqual(shares(route(program, [5, 2.5])), [92.5, 5, 2.5]);
        if (program !== "haproxy") assert.deepEqual(shares(route(program, [0.01])), [99.99, 0.01]);
      });

      const lacking = installed(program) ? undefined : `${program} on PATH`;
      it(needing(lacking, "has its configuration accepted by the program itself"), function () {
        if (lacking !== undefined) this.skip();
        this.timeout(60_000);
        const changes: Partial<Route>[] = [{}, { matches: everyMatch }];
        if (program !== "envoy")
          changes.push({ sticky }, { sticky, matches: everyMatch }, { splitBy: "clients" });
        for (const weight of [0, 10, 100]) {
          for (const change of changes) accepts(program, configuration(route(program, [weight], change)));
        }
      });
    });
  }

  it("tells what HAProxy's integers make of a small weight", () => {
    assert.deepEqual(shares(route("haproxy", [0.01])), [99.610895, 0.389105]);
    assert.deepEqual(proxy.warnings(route("haproxy", [0.01])), [
      "myapp: canary gets 0.39 %, not 0.01 %, of HAProxy's integers to 256",
    ]);
    assert.deepEqual(proxy.warnings(route("nginx", [0.01])), []);
    assert.deepEqual(shares(route("haproxy", [0.01], { splitBy: "clients" })), [99.99, 0.01]);
  });

  it("has clients of its own for each of several canaries", () => {
    for (const program of ["haproxy", "nginx"] as const) {
      assert.deepEqual(shares(route(program, [5, 2.5], { splitBy: "clients" })), [92.5, 5, 2.5]);
    }
  });

  it("has the primary stand in for a canary that takes everything", () => {
    assert.match(configuration(route("haproxy", [100])), /server myapp \S+ weight 100 backup\n/);
  });

  it("keeps the time limit of a canary with nginx, and of no other variant", () => {
    const { backends, ...rest } = route("nginx", [10]);
    const [primary, canary, ...others] = backends;
    assert.ok(canary !== undefined);
    const text = configuration({ ...rest, backends: [primary, { ...canary, timeoutSeconds: 7 }, ...others] });
    assert.equal(text.match(/proxy_read_timeout 7s;/g)?.length, 1);
    assert.match(text, /location @myapp-canary \{[^}]*proxy_read_timeout 7s;/);
  });

  it("closes kept connections by an answer, before the proxy ends and cuts them", () => {
    assert.match(configuration(route("haproxy", [10])), /option idle-close-on-response\n/);
    assert.match(configuration(route("nginx", [10])), /keepalive_time 4s;/);
    assert.match(configuration(route("envoy", [10])), /"max_connection_duration": "4s"/);
  });

  it("with envoy has no limit of requests or of tries again, beyond which it would answer 503", () => {
    const { static_resources } = JSON.parse(configuration(route("envoy", [10]))) as {
      static_resources: { clusters: { circuit_breakers: { thresholds: Record<string, number>[] } }[] };
    };
    const limits = ["max_connections", "max_pending_requests", "max_requests", "max_retries"];
    assert.equal(static_resources.clusters.length, 3);
    for (const { circuit_breakers } of static_resources.clusters)
      for (const limit of limits) assert.ok((circuit_breakers.thresholds[0]?.[limit] ?? 0) > 1e9, limit);
  });

  it("refuses by name what a program can't do", () => {
    for (const program of ["haproxy", "nginx"] as const) {
      assert.deepEqual(proxy.problems(route(program, [10], { sticky })), []);
      assert.deepEqual(proxy.problems(route(program, [10], { splitBy: "clients" })), []);
    }
    assert.match(proxy.problems(route("envoy", [10], { sticky })).join(), /envoy keeps no cookie/);
    assert.match(
      proxy.problems(route("envoy", [10], { splitBy: "clients" })).join(),
      /envoy tells no clients apart/,
    );
    const both = proxy.problems(route("haproxy", [10], { splitBy: "clients", sticky }));
    assert.match(both.join(), /^sticky or split: clients, not both/);
    const dotted = proxy.problems(route("nginx", [10], { matches: [match("header", "x.canary")] }));
    assert.match(dotted.join(), /x\.canary/);
  });

  it("names the ConfigMap by its content, and changes it and the Deployment alone when the weight changes", () => {
    const names = (weight: number): string[] =>
      proxy.manifests(route("haproxy", [weight])).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    assert.notEqual(names(10)[0], names(20)[0]);
    assert.match(names(10)[0] ?? "", /^ConfigMap\/myapp-proxy-[0-9a-f]{10}$/);
    assert.deepEqual(names(10), names(10));
    const others = (weight: number): Manifest[] =>
      proxy.manifests(route("haproxy", [weight])).filter(({ kind }) => !proxy.traits.touches.includes(kind));
    assert.deepEqual(others(20), others(10));
    assert.deepEqual(
      others(10).map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      [
        "PodDisruptionBudget/myapp-proxy",
        "Service/myapp-front",
        "IngressRoute/myapp-front",
        "IngressRoute/myapp-front-fallback",
      ],
    );
  });

  it("runs proxies that are no user of the node's, can write nowhere and are replaced without a gap", () => {
    const [configMap, deployment] = proxy.manifests(route("haproxy", [10]));
    const spec = deployment?.spec as {
      replicas: number;
      strategy: object;
      template: { metadata: { labels: Record<string, string> }; spec: Record<string, unknown> };
    };
    assert.equal(spec.replicas, 2);
    assert.deepEqual(spec.strategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 },
    });
    const { containers, volumes, securityContext } = spec.template.spec;
    assert.deepEqual((volumes as object[])[0], {
      name: "config",
      configMap: { name: configMap?.metadata.name },
    });
    assert.deepEqual(securityContext, {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    const [container] = containers as [Record<string, unknown>];
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(container.lifecycle, { preStop: { sleep: { seconds: 10 } } });
    // Router replicas selects pods by the app's name.
    assert.equal(spec.template.metadata.labels["app.kubernetes.io/name"], "myapp-proxy");
  });

  it("serves an app without a host by the front Service alone", () => {
    const kinds = proxy.manifests(route("haproxy", [10], { host: undefined })).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["ConfigMap", "Deployment", "PodDisruptionBudget", "Service"]);
  });
});

function accepts(program: Program, text: string): void {
  const folder = mkdtempSync(join(tmpdir(), "canary-proxy-"));
  try {
    const file = join(folder, `proxy.${program === "envoy" ? "json" : "cfg"}`);
    writeFileSync(join(folder, "resolver.conf"), "resolver 127.0.0.1;\n");
    writeFileSync(file, text.replaceAll("/tmp/", `${folder}/`));
    const [command = "", ...args] = checks[program](file, folder);
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
