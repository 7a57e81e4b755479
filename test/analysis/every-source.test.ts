import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import type { SourceKind } from "../../analysis/source";
import { type SourceName, sourceKinds } from "../../analysis/sources";
import { unfilled } from "../../analysis/sources/placeholders";
import type { ControllerName } from "../../components/hand-over";
import { analysisOf } from "../../rollout/plan/analysis-plan";
import type { RolloutSettings } from "../../stacks/schema/rollout";
import { anew } from "../anew";
import { FakeClock, plan } from "../rollout/machine/world";
import { dev, onBoth, prod, type Raw } from "../stacks/raw";

/** A source that this test alone has. */
const settings = z.strictObject({ url: z.string(), path: z.string().default("/") });
const graphite: SourceKind<z.output<typeof settings>> = {
  settings,
  side: "elb",
  variables: () => ["GRAPHITE_TOKEN"],
  problems: ({ path }) => unfilled("path", path, ["app"]),
  metricProblems: ({ query }) => unfilled("query", query, ["service"]),
  handOver: {
    flagger: {
      problems: ({ url }, { by }) => (url === "http://far" ? [["url", url, `another ${by}`]] : []),
      query: ({ query }, { url }, { service }) => ({
        provider: { type: "graphite", address: url },
        query: query.replace("{{service}}", service),
      }),
    },
    "argo-rollouts": undefined,
  },
  open: ({ url }) => ({
    read: async ({ query }, { from }) => ({
      samples: [{ time: from, value: 1 }],
      look: `${query} at ${url}`,
    }),
  }),
};

interface Example {
  readonly settings: Raw;
  readonly query: string;
  /** A query that the source can make nothing of. */
  readonly wrong: string;
}

const examples: Readonly<Record<SourceName | "graphite", Example>> = {
  prometheus: {
    settings: { url: "http://127.0.0.1:9", headers: { Authorization: "PROMETHEUS_TOKEN" } },
    query: "up{s='{{service}}'}",
    wrong: "up{s='{{from}}'}",
  },
  cloudwatch: { settings: { region: "eu-west-1" }, query: "error-rate", wrong: "unhealthy-hosts" },
  datadog: { settings: {}, query: "errors{s:{{service}}}", wrong: "errors{s:{{window}}}" },
  influxdb: { settings: { url: "http://127.0.0.1:9", org: "ops" }, query: "{{to}}", wrong: "{{window}}" },
  http: { settings: { url: "http://127.0.0.1:9/{{app}}" }, query: "$.rate", wrong: "rate" },
  command: { settings: { argv: ["/nowhere/errors", "{{service}}"] }, query: "$", wrong: "rate" },
  graphite: { settings: { url: "http://graphite" }, query: "{{service}}.errors", wrong: "{{pod}}" },
};

const extended = anew(() => {
  const { sourceKinds, metricSources }: typeof import("../../analysis/sources") =
    require("../../analysis/sources");
  (sourceKinds as Record<string, SourceKind>).graphite = graphite;
  const { analyser }: typeof import("../../analysis/analyse") = require("../../analysis/analyse");
  const { controllers }: typeof import("../../components/hand-over") = require("../../components/hand-over");
  const { parseSettings }: typeof import("../../stacks/settings") = require("../../stacks/settings");
  const { managed }: typeof import("../../stacks/hand-over") = require("../../stacks/hand-over");
  const { placesOf }: typeof import("../../rollout/places") = require("../../rollout/places");
  const { refuseMissingVariables }: typeof import("../../rollout/plan/missing-variables") =
    require("../../rollout/plan/missing-variables");
  return {
    sourceKinds,
    metricSources,
    analyser,
    controllers,
    parseSettings,
    managed,
    placesOf,
    refuseMissingVariables,
  };
});

/** A rollout that asks one source, and further settings of it. */
const asking = (source: string, change: Raw = {}, more: Raw = {}): Raw => {
  const { settings, query } = examples[source as SourceName];
  const metric = { name: "m", source, query, better: "lower", threshold: 5, ...change };
  return { sources: { [source]: { ...settings, ...more } }, analysis: { metrics: [metric] } };
};

/** The stack that a source counts on. */
const stack = (name: string, rollout: Raw) =>
  extended.sourceKinds[name as SourceName].side === "elb"
    ? prod({ rollout, aws: { loadBalancer: "alb" } })
    : dev({ rollout });

const parsed = (name: string, rollout: Raw) => extended.parseSettings(stack(name, rollout)).rollout;

it("The analysis needs no Pulumi", () => {
  const program =
    'require("./analysis/analyse"); require("./analysis/sources");' +
    "console.log(Object.keys(require.cache).filter((file) => /@pulumi|[/](rollout|stacks)[/]/.test(file)).length)";
  const root = join(__dirname, "../..");
  const out = execFileSync(process.execPath, ["--require", "tsx/cjs", "--eval", program], { cwd: root });
  assert.equal(String(out).trim(), "0");
});

it("What a test adds to the sources is gone with it", () => {
  assert.ok("graphite" in extended.sourceKinds);
  assert.ok(!("graphite" in sourceKinds));
});

it("A source refuses settings that contradict the stack, or a controller that is to ask it", () => {
  assert.throws(() => parsed("graphite", asking("graphite", {}, { path: "/{{pod}}" })), {
    message: 'rollout.sources.graphite.path is "/{{pod}}"; allowed: of placeholders {{app}}',
  });
  const { analysis, ...rollout } = asking("graphite", {}, { url: "http://far" });
  const byFlagger = {
    ...rollout,
    engine: "flagger",
    analysis: { ...(analysis as Raw), onNoTraffic: "fail" },
  };
  const apps = { myapp: { host: "myapp.example.com", image: "myapp:1.0.0" } };
  assert.throws(() => extended.parseSettings({ apps, rollout: byFlagger }), {
    message: /^rollout\.sources\.graphite\.url is .*; allowed: another with rollout\.engine flagger$/,
  });
});

for (const [name, kind] of Object.entries(extended.sourceKinds)) {
  describe(`source ${name}, as every source,`, () => {
    it("has the settings that rollout.sources takes, and no others", () => {
      const { sources } = parsed(name, asking(name));
      assert.deepEqual(sources, { [name]: kind.settings.parse(examples[name as SourceName].settings) });
      assert.throws(() => parsed(name, asking(name, {}, { nonsense: 1 })), {
        message: new RegExp(`^rollout\\.sources\\.${name}\\.nonsense: no such key`),
      });
    });

    it("refuses a rollout without its variables, and none that does not ask it", () => {
      const rollout = parsed(name, asking(name));
      const variables = kind.variables(kind.settings.parse(examples[name as SourceName].settings));
      const env = Object.fromEntries(variables.map((variable) => [variable, "s3cret"]));
      extended.refuseMissingVariables(rollout, env);
      extended.refuseMissingVariables({ ...rollout, analysis: { ...rollout.analysis, metrics: [] } }, {});
      for (const variable of variables) {
        assert.throws(() => extended.refuseMissingVariables(rollout, { ...env, [variable]: "" }), {
          message: `environment variable ${variable}, of rollout.sources.${name}, is not set; set it to the secret`,
        });
      }
    });

    it("refuses a query that it can make nothing of", () => {
      const { wrong: query } = examples[name as SourceName];
      assert.throws(() => parsed(name, asking(name, { query })), {
        message: /^rollout\.analysis\.metrics\[0\]\.query is /,
      });
    });

    it("counts on its side of a migration, and is not judged while DNS leads nobody there", () => {
      const idleAt = (kubernetesWeight: number): boolean => {
        const settings = extended.parseSettings(
          onBoth({ rollout: asking(name), dns: { kubernetesWeight }, aws: { loadBalancer: "alb" } }),
        );
        const { idle } = extended.placesOf(settings, async () => []);
        return idle("myapp", "canary", name, { "myapp/canary": 10 }) !== undefined;
      };
      assert.deepEqual([idleAt(0), idleAt(100)], [kind.side === "kubernetes", kind.side === "elb"]);
    });

    it("is opened, and is no verdict on a canary where it can't be asked", async () => {
      const { sources, analysis } = parsed(name, asking(name));
      const opened = extended.metricSources(sources, {});
      assert.deepEqual(Object.keys(opened), [name]);
      const analyse = extended.analyser(analysisOf({ rollout: { analysis } as RolloutSettings }), {
        sources: opened,
        clock: new FakeClock(),
        place: () => ({ namespace: "shop", service: "myapp-canary" }),
      });
      const bake = { step: 0, weights: {}, from: 0, to: 600_000 };
      const { outcome, metrics } = await analyse(plan().targets, bake, new AbortController().signal);
      const expected = name === "graphite" ? ["pass", "pass"] : ["hold", "source-failed"];
      assert.deepEqual([outcome, metrics[0]?.outcome], expected);
    });

    for (const engine of Object.keys(extended.controllers) as ControllerName[]) {
      const way = kind.handOver?.[engine];
      const { settings, query } = examples[name as SourceName];
      const { headers: _variables, ...inCluster } = settings;
      const controlled = () =>
        extended.parseSettings({
          apps: { myapp: { host: "myapp.example.com", image: "myapp:1.0.0" } },
          rollout: {
            engine,
            sources: { [name]: inCluster },
            analysis: {
              onNoTraffic: "fail",
              metrics: [{ name: "m", source: name, query, better: "lower", threshold: 5 }],
            },
          },
        });

      if (way === undefined) {
        it(`is refused beside ${engine}, which can't ask it`, () => {
          assert.throws(controlled, {
            message:
              /^rollout\.(analysis\.metrics\[0\]\.source is .*; allowed: one of|sources\.cloudwatch is)/,
          });
        });
      } else {
        it(`is asked by ${engine} about the new version`, () => {
          const settings = controlled();
          const [app] = settings.apps;
          assert.ok(app !== undefined && settings.platform === "kubernetes");
          const managed = extended.managed(engine, app, settings);
          const [metric] = managed.metrics as readonly { query: { provider: object } }[];
          const text = JSON.stringify(extended.controllers[engine].objects(managed));
          assert.ok(text.includes(JSON.stringify(metric?.query.provider)), text);
        });
      }
    }
  });
}
