/** Settings of rollouts that are refused. */

import { dev, prod, type Raw } from "../raw";
import type { BadSettings } from ".";

const errors = { name: "errors", better: "lower" };

/** A rollout with one metric, of any source. */
const judged = (metric: Raw): Raw => ({
  rollout: {
    sources: {
      ...(metric.source === "prometheus" && { prometheus: { url: "http://prometheus:9090" } }),
      ...(metric.source === "cloudwatch" && { cloudwatch: { region: "eu-west-1" } }),
      ...(metric.source === "command" && { command: { argv: ["errors.sh"] } }),
    },
    analysis: { metrics: [metric] },
  },
});

export const badRollouts: BadSettings = [
  {
    title: "steps of a rollout that fall",
    raw: dev({ rollout: { steps: [25, 5] } }),
    line: /^rollout\.steps is \[25,5\]; allowed: a list of weights that rises, such as \[1, 5, 25, 50, 100\]$/,
  },
  {
    title: "a step of a rollout to 0",
    raw: dev({ rollout: { steps: [0, 5] } }),
    line: /^rollout\.steps\[0\] is 0; allowed: a number above 0, up to 100 \(percent\) with at most two decimals$/,
  },
  {
    title: "steps of a rollout in two ways",
    raw: dev({ rollout: { steps: [5, 100], exponential: { from: 1, factor: 2 } } }),
    line: /^rollout\.exponential is \{"from":1,"factor":2,"to":100\}; allowed: no such key beside steps$/,
  },
  {
    title: "a rollout that does not grow",
    raw: dev({ rollout: { exponential: { from: 1, factor: 1 } } }),
    line: /^rollout\.exponential\.factor is 1; allowed: a number from 1\.01 to 100$/,
  },
  {
    title: "a rollout that ends where it begins",
    raw: dev({ rollout: { exponential: { from: 20, factor: 2, to: 20 } } }),
    line: /^rollout\.exponential\.to is 20; allowed: more than rollout\.exponential\.from, which is 20$/,
  },
  {
    title: "an approval of a step that a rollout does not have",
    raw: dev({ rollout: { approvals: [10] } }),
    line: /^rollout\.approvals\[0\] is 10; allowed: one of the steps 1, 5, 25, 50, 100$/,
  },
  {
    title: "a rollout's window without time",
    raw: dev({ rollout: { window: { from: "09:00", to: "09:00" } } }),
    line: /^rollout\.window\.to is "09:00"; allowed: another time than rollout\.window\.from$/,
  },
  {
    title: "a time of day that there is not",
    raw: dev({ rollout: { window: { from: "9:00", to: "17:00" } } }),
    line: /^rollout\.window\.from is "9:00"; allowed: a time such as 09:30, in quotes$/,
  },
  {
    title: "an unknown time zone",
    raw: dev({ rollout: { window: { from: "09:00", to: "17:00", timezone: "Europe/Bonn" } } }),
    line: /^rollout\.window\.timezone is "Europe\/Bonn"; allowed: a time zone such as Europe\/Berlin$/,
  },
  {
    title: "a day that is none",
    raw: dev({ rollout: { window: { days: ["monday"], from: "09:00", to: "17:00" } } }),
    line: /^rollout\.window\.days\[0\] is "monday"; allowed: one of mon, tue, wed, thu, fri, sat, sun$/,
  },
  {
    title: "a metric of a source that is not set up",
    raw: dev({
      rollout: {
        analysis: {
          metrics: [{ name: "errors", source: "nowhere", query: "errors", better: "lower", threshold: 1 }],
        },
      },
    }),
    line: /^rollout\.analysis\.metrics\[0\]\.source is "nowhere"; allowed: person, or a key of rollout\.sources, which has none$/,
  },
  {
    title: "a fresh baseline where instances would make it",
    raw: prod({ rollout: { baseline: "fresh" } }),
    line: /^rollout\.baseline is "fresh"; allowed: primary; fresh on platform kubernetes only$/,
  },
  {
    title: "a fresh baseline beside several canaries",
    raw: dev({
      rollout: { baseline: "fresh" },
      apps: { myapp: { canaries: { beta: { image: "myapp:2.0.0", weight: 2 } } } },
    }),
    line: /^rollout\.baseline is "fresh"; allowed: primary, with myapp: it has several canaries, canary, beta, and/,
  },
  {
    title: "a metric that does not say which values are good",
    raw: dev(judged({ name: "errors", source: "prometheus", query: "error-rate", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.better is missing: set it to one of higher, lower$/,
  },
  {
    title: "a threshold of a person's judgement",
    raw: dev(judged({ name: "checkout", source: "person", query: "Can you buy something?", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.threshold is 1; allowed: no such key with source person$/,
  },
  {
    title: "a built-in query about routers where there are none",
    raw: prod(judged({ ...errors, source: "prometheus", query: "error-rate", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.query is "error-rate"; allowed: a query of your own, as the built-in ones/,
  },
  {
    title: "metrics of load balancers where there are none",
    raw: dev({ rollout: { sources: { cloudwatch: { region: "eu-west-1" } } } }),
    line: /^rollout\.sources\.cloudwatch is \{"region":"eu-west-1"\}; allowed: on platform elb, migration only/,
  },
  {
    title: "a comparison at a load balancer that counts all variants together",
    raw: prod(judged({ ...errors, source: "cloudwatch", query: "error-rate", minEffectPercent: 10 })),
    line: /^rollout\.analysis\.metrics\[0\]\.minEffectPercent is 10; allowed: a threshold alone with aws\.loadBalancer classic/,
  },
  {
    title: "a query of a command that is no JSONPath",
    raw: dev(judged({ ...errors, source: "command", query: "errors.rate", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.query is "errors\.rate"; allowed: a JSONPath such as \$\.errors\.rate$/,
  },
  {
    title: "a query with a placeholder that stands for nothing",
    raw: dev(judged({ ...errors, source: "prometheus", query: "errors{pod='{{pod}}'}", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.query is ".*"; allowed: of placeholders \{\{app\}\}, .*, \{\{window\}\}$/,
  },
  {
    title: "a command with a placeholder that stands for nothing",
    raw: dev({ rollout: { sources: { command: { argv: ["errors.sh", "{{pod}}"] } } } }),
    line: /^rollout\.sources\.command\.argv is \["errors\.sh","\{\{pod\}\}"\]; allowed: of placeholders \{\{app\}\}, .*, \{\{to\}\}$/,
  },
  {
    title: "a query that the kind of load balancer has no answer to",
    raw: prod({
      ...judged({ ...errors, source: "cloudwatch", query: "error-rate", threshold: 1 }),
      aws: { loadBalancer: "nlb" },
    }),
    line: /^rollout\.analysis\.metrics\[0\]\.query is "error-rate"; allowed: METRIC:STATISTIC, or a built-in query for aws\.loadBalancer nlb$/,
  },
  {
    title: "a site that Datadog does not have",
    raw: dev({ rollout: { sources: { datadog: { site: "app.datadoghq.com" } } } }),
    line: /^rollout\.sources\.datadog\.site is "app\.datadoghq\.com"; allowed: one of datadoghq\.com, us3\.datadoghq\.com/,
  },
  {
    title: "a database without an organization",
    raw: dev({ rollout: { sources: { influxdb: { url: "https://influx.example.com" } } } }),
    line: /^rollout\.sources\.influxdb\.org is missing: set it to an organization's name or id$/,
  },
  {
    title: "a database's token among the settings",
    raw: dev({
      rollout: { sources: { influxdb: { url: "https://i.example.com", org: "ops", token: "s3cret" } } },
    }),
    line: /^rollout\.sources\.influxdb\.token: no such key; allowed: org, url$/,
  },
  {
    title: "a source's address with a password in it",
    raw: dev({ rollout: { sources: { prometheus: { url: "https://me:s3cret@metrics.example.com" } } } }),
    line: /^rollout\.sources\.prometheus\.url is \[secret\]; allowed: an address .* without a name or password in it$/,
  },
  {
    title: "a header's value in place of its variable's name",
    raw: dev({
      rollout: {
        sources: { http: { url: "https://a.example.com", headers: { Authorization: "Bearer x" } } },
      },
    }),
    line: /^rollout\.sources\.http\.headers\.Authorization is \[secret\]; allowed: the name of an environment variable/,
  },
  {
    title: "metrics of a router that has no built-in queries",
    raw: dev({ rollout: { sources: { prometheus: { url: "http://p:9090", metrics: "haproxy" } } } }),
    line: /^rollout\.sources\.prometheus\.metrics is "haproxy"; allowed: one of traefik, nginx, istio$/,
  },
  {
    title: "a source that is a command line",
    raw: dev({ rollout: { sources: { command: { argv: "errors.sh myapp" } } } }),
    line: /^rollout\.sources\.command\.argv is "errors\.sh myapp"; allowed: a list of a program and its arguments$/,
  },
  {
    title: "a notice's address in place of its variable's name",
    raw: dev({
      rollout: { notices: [{ kind: "slack", urlFrom: "https://hooks.slack.com/services/T/B/s3cret" }] },
    }),
    line: /^rollout\.notices\[0\]\.urlFrom is \[secret\]; allowed: the name of an environment variable, not the value itself$/,
  },
  {
    title: "a notice that is but an address",
    raw: dev({ rollout: { notices: ["https://hooks.slack.com/services/T/B/s3cret"] } }),
    line: /^rollout\.notices\[0\] is \[secret\]; allowed: an object with kind, urlFrom, on$/,
  },
  {
    title: "a notice to nobody known",
    raw: dev({ rollout: { notices: [{ kind: "irc", urlFrom: "HOOK" }] } }),
    line: /^rollout\.notices\[0\]\.kind is "irc"; allowed: one of slack, teams, webhook$/,
  },
  {
    title: "a notice on an occasion that there is not",
    raw: dev({ rollout: { notices: [{ kind: "slack", urlFrom: "HOOK", on: ["judged"] }] } }),
    line: /^rollout\.notices\[0\]\.on\[0\] is "judged"; allowed: one of start, step, verdict$/,
  },
  {
    title: "a source in no region",
    raw: dev({ rollout: { sources: { cloudwatch: { region: "Ireland" } } } }),
    line: /^rollout\.sources\.cloudwatch\.region is "Ireland"; allowed: a region such as eu-central-1$/,
  },
];
