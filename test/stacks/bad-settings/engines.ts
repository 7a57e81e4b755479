/** Configurations with a controller in the cluster that must be refused, with the line that says so. */

import type { Raw } from "../raw";
import type { BadSettings } from ".";

const myapp = { host: "myapp.example.com", image: "registry.example.com/myapp:1.0.0" };
const metric = { name: "errors", source: "prometheus", query: "error-rate", better: "lower", threshold: 1 };
const sources = { prometheus: { url: "http://prometheus:9090" } };

/** With keys of `rollout`, of the app and of the stack replaced. */
const on = (engine: string, rollout: Raw, app: Raw = {}, stack: Raw = {}): Raw => ({
  platform: "kubernetes",
  apps: { myapp: { ...myapp, ...app } },
  ...stack,
  rollout: { engine, ...rollout },
});
const flagger = (rollout: Raw, app: Raw = {}, stack: Raw = {}): Raw => on("flagger", rollout, app, stack);
const argo = (rollout: Raw, app: Raw = {}): Raw => on("argo-rollouts", rollout, app);
/** One metric, with keys replaced. */
const judged = (change: Raw, more: Raw = {}): Raw => ({
  sources,
  ...more,
  analysis: { onNoTraffic: "fail", metrics: [{ ...metric, ...change }] },
});

export const badEngines: BadSettings = [
  {
    title: "an engine that there is not",
    raw: on("spinnaker", {}),
    line: /^rollout\.engine is "spinnaker"; allowed: one of pulumi, flagger, argo-rollouts$/,
  },
  {
    title: "a controller without a cluster",
    raw: {
      platform: "elb",
      apps: { myapp: { host: "myapp.example.com" } },
      aws: {
        vpcId: "vpc-0a1b2c3d4e5f60718",
        publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
        amiId: "ami-0a1b2c3d4e5f60718",
        zoneId: "Z0123456789ABCDEFGHIJ",
      },
      rollout: { engine: "flagger" },
    },
    line: /^rollout\.engine is "flagger"; allowed: pulumi, or another on platform kubernetes only$/,
  },
  {
    title: "a weight beside a controller",
    raw: flagger({}, {}, { canaryWeight: 10 }),
    line: /^canaryWeight is 10; allowed: 0 with rollout\.engine flagger, whose the weights are$/,
  },
  {
    title: "a canary's image beside a controller",
    raw: argo({}, { canaryImage: "registry.example.com/myapp:1.1.0" }),
    line: /^apps\.myapp\.canaryImage is .*; allowed: no such key with rollout\.engine argo-rollouts: image is what Argo Rollouts rolls out$/,
  },
  {
    title: "several canaries beside a controller",
    raw: flagger({}, { canaries: { blue: { image: "registry.example.com/myapp:1.2.0", weight: 0 } } }),
    line: /^apps\.myapp\.canaries is .*; allowed: no such key with rollout\.engine flagger: Flagger has two versions at a time$/,
  },
  {
    title: "a shield beside a controller",
    raw: argo({}, { shield: true }),
    line: /^apps\.myapp\.shield is true; allowed: no such key with rollout\.engine argo-rollouts: the shield is made of weights/,
  },
  {
    title: "requests by header beside a controller",
    raw: flagger({}, { branches: { images: { fix: "registry.example.com/myapp:fix" } } }),
    line: /^apps\.myapp\.branches is .*; allowed: no such key with rollout\.engine flagger: Flagger has no header steps on Traefik$/,
  },
  {
    title: "a cookie that Flagger would drop",
    raw: flagger({}, { sticky: { cookie: "variant" } }),
    line: /^apps\.myapp\.sticky is .*; allowed: no such key with rollout\.engine flagger: Flagger writes the TraefikService's list anew/,
  },
  {
    title: "a router that no controller shifts here",
    raw: argo({}, { router: "nginx" }),
    line: /^apps\.myapp\.router is "nginx"; allowed: traefik with rollout\.engine argo-rollouts$/,
  },
  {
    title: "an app by the name of what Flagger makes of another",
    raw: {
      platform: "kubernetes",
      apps: {
        myapp,
        "myapp-primary": { host: "primary.example.com", image: "registry.example.com/other:1" },
      },
      rollout: { engine: "flagger" },
    },
    line: /^apps\.myapp-primary is "myapp-primary"; allowed: a name that no object of myapp has with rollout\.engine flagger$/,
  },
  {
    title: "apps whose names and metrics come to the same",
    raw: flagger(
      {
        ...judged({}),
        analysis: { onNoTraffic: "fail", metrics: [metric, { ...metric, name: "slow-errors" }] },
      },
      {},
      { apps: { myapp, "myapp-slow": { ...myapp, host: "slow.example.com" } } },
    ),
    line: /^apps\.myapp-slow is "myapp-slow"; allowed: a name whose objects .* app myapp: both have MetricTemplate myapp-slow-errors$/,
  },
  {
    title: "a controller's step with decimals",
    raw: flagger({ steps: [0.5, 5, 100] }),
    line: /^rollout\.steps is \[0\.5,5,100\]; allowed: whole percents with rollout\.engine flagger, not 0\.5 %$/,
  },
  {
    title: "a controller's steps that grow to decimals",
    raw: argo({ exponential: { from: 1, factor: 1.5 } }),
    line: /^rollout\.exponential is .*; allowed: whole percents with rollout\.engine argo-rollouts, not 1\.5 %$/,
  },
  {
    title: "hours that no controller keeps",
    raw: flagger({ window: { from: "09:00", to: "17:00" } }),
    line: /^rollout\.window is .*; allowed: no such key with rollout\.engine flagger$/,
  },
  {
    title: "an interval of judgements that Flagger does not have",
    raw: flagger({ analysis: { intervalSeconds: 10 } }),
    line: /^rollout\.analysis\.intervalSeconds is 10; allowed: no such key with rollout\.engine flagger$/,
  },
  {
    title: "an interval that Flagger does not take",
    raw: flagger({ bakeSeconds: 5 }),
    line: /^rollout\.bakeSeconds is 5; allowed: 10 or more, Flagger's least interval$/,
  },
  {
    title: "approvals of Flagger",
    raw: flagger({ approvals: [25] }),
    line: /^rollout\.approvals is \[25\]; allowed: none: Flagger asks a webhook, which the program has none of$/,
  },
  {
    title: "patience that Flagger does not have",
    raw: flagger({ sources, analysis: { metrics: [metric] } }),
    line: /^rollout\.analysis\.onNoTraffic is "hold"; allowed: fail: to Flagger a check without values failed$/,
  },
  {
    title: "a bake that no number of Argo Rollouts' judgements makes",
    raw: argo({ ...judged({}), bakeSeconds: 100 }),
    line: /^rollout\.bakeSeconds is 100; allowed: a multiple of rollout\.analysis\.intervalSeconds, which is 30:/,
  },
  {
    title: "a controller's metric that is only compared",
    raw: argo(judged({ threshold: 1, minEffectPercent: 5 })),
    line: /^rollout\.analysis\.metrics\[0\]\.minEffectPercent is 5; allowed: no such key with rollout\.engine argo-rollouts$/,
  },
  {
    title: "a source that Flagger does not have",
    raw: flagger(judged({ source: "command", query: "$" }, { sources: { command: { argv: ["errors"] } } })),
    line: /^rollout\.analysis\.metrics\[0\]\.source is "command"; allowed: one of prometheus, datadog with rollout\.engine flagger$/,
  },
  {
    title: "a controller's headers out of variables of this machine",
    raw: argo(
      judged({}, { sources: { prometheus: { url: "http://p:9090", headers: { Authorization: "TOKEN" } } } }),
    ),
    line: /^rollout\.sources\.prometheus\.headers is \[secret\]; allowed: none with rollout\.engine argo-rollouts, which has no variables of this machine$/,
  },
  {
    title: "a controller's address with times in it",
    raw: argo(
      judged(
        { source: "http", query: "$.rate" },
        { sources: { http: { url: "http://quality/?from={{from}}" } } },
      ),
    ),
    line: /^rollout\.sources\.http\.url is \[secret\]; allowed: no \{\{from\}\} and \{\{to\}\} with rollout\.engine argo-rollouts$/,
  },
  {
    title: "a site that Argo Rollouts has from elsewhere",
    raw: argo(
      judged(
        { source: "datadog", query: "avg:errors{*}" },
        { sources: { datadog: { site: "datadoghq.eu" } } },
      ),
    ),
    line: /^rollout\.sources\.datadog\.site is "datadoghq\.eu"; allowed: no such key: Secret datadog has the address$/,
  },
  {
    title: "a path that only the standard's JSONPath has",
    raw: argo(
      judged({ source: "http", query: "$..rate" }, { sources: { http: { url: "http://quality/" } } }),
    ),
    line: /^rollout\.analysis\.metrics\[0\]\.query is "\$\.\.rate"; allowed: a path such as \$\.errors\.rate with rollout\.engine argo-rollouts$/,
  },
  {
    title: "a controller's judgement of less than two scrapes",
    raw: flagger({
      ...judged({}, { sources: { prometheus: { url: "http://p:9090", scrapeSeconds: 15 } } }),
      bakeSeconds: 20,
    }),
    line: /^rollout\.sources\.prometheus\.scrapeSeconds is 15; allowed: at most half of the 20 s that a judgement looks back over/,
  },
  {
    title: "a controller's metric whose name is no object's",
    raw: flagger(judged({ name: "%" })),
    line: /^rollout\.analysis\.metrics\[0\]\.name is "%"; allowed: letters or digits that no other metric's name has, with rollout\.engine flagger$/,
  },
];
