import type { Manifest } from "../../components/routers";
import { service } from "../../components/routers/front";
import { splitSpec } from "../../components/routers/traefik";
import { traefikService } from "../../components/routers/traefik-objects";
import { stepsOf } from "../../stacks/schema/rollout";
import { filled } from "../sources/placeholders";
import {
  type Controller,
  type Managed,
  type ManagedObject,
  object,
  progressDeadline,
  routesTo,
  seconds,
} from "./controller";
import { DATADOG_SECRET, type Metric, placeholders, promQl } from "./metrics";

const API_VERSION = "argoproj.io/v1alpha1";
const ROLLOUT = { apiVersion: API_VERSION, kind: "Rollout" };

/** Names of what only Argo Rollouts uses: no other engine's objects have them, so an app can come from another engine. */
const splitOf = (app: string): string => `${app}-argo`;
const canaryOf = (app: string): string => `${app}-argo-canary`;

/** The default of `sources.datadog.site`. */
const DATADOG_SITE = "datadoghq.com";

const HEADERS = "Argo Rollouts has no header steps on Traefik";

/**
 * Argo Rollouts runs the pods itself, after the Deployment of the app's name, which it scales to 0. Two Services tell versions
 * apart by a label that it puts into their selectors, and it finds them by name in the TraefikService, whose weights it writes.
 *
 * https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/traefik/
 */
export const argoRollouts: Controller = {
  title: "Argo Rollouts",
  scaled: ROLLOUT,
  beyond: {
    canaryImage: "image is what Argo Rollouts rolls out",
    canaryHost: "Argo Rollouts' canary Service leads to all users' version between rollouts",
    canaryReplicas: "Argo Rollouts' canary has its weight's share of the pods",
    canaryTimeoutSeconds: "the TraefikService that Argo Rollouts shifts has no time limits",
    canaries: "Argo Rollouts has two versions at a time",
    branches: HEADERS,
    debug: HEADERS,
    match: HEADERS,
    split: "Argo Rollouts shifts requests on Traefik",
    mirror: "Argo Rollouts has no mirror on Traefik",
    shield: "the shield is made of weights, which are Argo Rollouts'",
    alsoRoutedBy: "Argo Rollouts shifts the weights of one router here",
  },
  analysisKeys: ["intervalSeconds", "failures", "onNoTraffic", "minRequests", "metrics"],
  sources: ["prometheus", "datadog", "http"],

  judgementSeconds: ({ analysis }) => analysis.intervalSeconds,

  problems({ bakeSeconds, analysis: { intervalSeconds, metrics }, sources: { datadog } }) {
    const isMultiple = bakeSeconds > 0 && bakeSeconds % intervalSeconds === 0;
    const many = `a multiple of rollout.analysis.intervalSeconds, which is ${intervalSeconds}: so many judgements has a step`;
    const noSite = `no such key: Secret ${DATADOG_SECRET} has the address`;
    return [
      ...(metrics.length === 0 || isMultiple ? [] : ([["bakeSeconds", bakeSeconds, many]] as const)),
      ...(datadog === undefined || datadog.site === DATADOG_SITE
        ? []
        : ([["sources.datadog.site", datadog.site, noSite]] as const)),
    ];
  },

  objects(managed) {
    const { app, route } = managed;
    const hasMetrics = managed.rollout.analysis.metrics.length > 0;
    return [
      ...(hasMetrics ? [{ manifest: analysisTemplate(managed) }] : []),
      canaryService(managed),
      split(managed),
      // While there is none, the Deployment has no pods: without Pulumi's deletion it serves until somebody has seen to that.
      { manifest: rolloutObject(managed), kept: true },
      ...routesTo(route, splitOf(app.name)).map((manifest) => ({ manifest })),
    ];
  },

  names: (app) => [splitOf(app), canaryOf(app)],

  owns: ({ name }) => [
    `${name}: Argo Rollouts makes and owns the ReplicaSets with the pods: none of them is in this preview`,
    `${name}: of this stack's objects Argo Rollouts writes the weights of TraefikService ${splitOf(name)}, the selectors of ` +
      `Services ${name} and ${canaryOf(name)}, and the replicas of Deployment ${name}, which become 0; a changed image is a rollout`,
  ],

  instead: {
    rollout: ({ name }) => `change apps.${name}.image and update the stack`,
    rollback: ({ name, namespace }) =>
      `kubectl argo rollouts abort ${name} -n ${namespace}, then set apps.${name}.image back and update the stack`,
    promote: ({ name, namespace }) => `kubectl argo rollouts promote ${name} -n ${namespace}`,
  },
};

/** Leads to the pods of all versions until Argo Rollouts puts its label into the selector. */
function canaryService({ app, route }: Managed): ManagedObject {
  const [{ selector }] = route.backends;
  return { manifest: service(route, canaryOf(app.name), selector), theirs: ["spec.selector"] };
}

/** Without weights both Services have as many requests, and lead to the same pods until Argo Rollouts has come. */
function split({ app, route }: Managed): ManagedObject {
  const [{ port }] = route.backends;
  const services = [app.name, canaryOf(app.name)].map((name) => ({ name, port }));
  const manifest = traefikService(route, splitOf(app.name), splitSpec(route, services));
  return { manifest, theirs: ["spec.weighted.services"] };
}

function rolloutObject({ app, route, rollout }: Managed): Manifest {
  const { name, replicas, autoscaling } = app;
  const [{ selector }] = route.backends;
  const hasMetrics = rollout.analysis.metrics.length > 0;
  return object(ROLLOUT.apiVersion, ROLLOUT.kind, route, name, {
    ...(autoscaling === undefined && { replicas }),
    selector: { matchLabels: selector },
    workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name, scaleDown: "onsuccess" },
    progressDeadlineSeconds: progressDeadline(app),
    progressDeadlineAbort: true,
    strategy: {
      canary: {
        stableService: name,
        canaryService: canaryOf(name),
        trafficRouting: { traefik: { weightedTraefikServiceName: splitOf(name) } },
        steps: stepsOf(rollout).flatMap((weight) => [
          ...(rollout.approvals.includes(weight) ? [{ pause: {} }] : []),
          { setWeight: weight },
          ...(hasMetrics ? [{ analysis: { templates: [{ templateName: name }] } }] : bake(rollout)),
        ]),
      },
    },
  });
}

/** A pause of no time would last until somebody ends it. */
const bake = ({ bakeSeconds }: Managed["rollout"]): object[] =>
  bakeSeconds === 0 ? [] : [{ pause: { duration: seconds(bakeSeconds) } }];

/** What is judged at each step, which an analysis makes as long as its bake. */
function analysisTemplate(managed: Managed): Manifest {
  const { app, route, rollout } = managed;
  const { analysis, bakeSeconds } = rollout;
  const count = bakeSeconds / analysis.intervalSeconds;
  return object(API_VERSION, "AnalysisTemplate", route, app.name, {
    metrics: analysis.metrics.map((metric) => ({
      name: metric.name,
      initialDelay: seconds(analysis.intervalSeconds),
      interval: seconds(analysis.intervalSeconds),
      count,
      // A step whose judgements all failed has not passed, however few there were.
      failureLimit: Math.min(analysis.failures, count) - 1,
      inconclusiveLimit: count - 1,
      ...conditions(metric, analysis.onNoTraffic),
      provider: provider(metric, managed),
    })),
  });
}

/** A judgement that is neither has no verdict: when all of a step have none, the rollout waits for somebody. */
function conditions({ source, better, threshold = 0 }: Metric, onNoTraffic: string) {
  const [good, bad, worse] = better === "higher" ? [">=", "<", threshold - 1] : ["<=", ">", threshold + 1];
  const none = "len(result) == 0 || isNaN(result[0])";
  const judged = (operator: string, isAlsoNone: boolean): string => {
    switch (source) {
      case "prometheus":
        return isAlsoNone
          ? `${none} || result[0] ${operator} ${threshold}`
          : `!(${none}) && result[0] ${operator} ${threshold}`;
      case "datadog":
        // What stands in for no value is on the side where the condition is to be.
        return `default(result, ${isAlsoNone === (operator === good) ? threshold : worse}) ${operator} ${threshold}`;
      default:
        return `result ${operator} ${threshold}`;
    }
  };
  return {
    successCondition: judged(good, onNoTraffic === "proceed"),
    failureCondition: judged(bad, onNoTraffic === "fail"),
  };
}

function provider(metric: Metric, { app, route, rollout }: Managed): object {
  const { prometheus, http } = rollout.sources;
  const canary = canaryOf(app.name);
  const texts = placeholders(route, canary);
  if (metric.source === "http")
    return { web: { url: filled(http?.url ?? "", texts), jsonPath: `{${metric.query}}` } };
  if (metric.source === "datadog") {
    const interval = seconds(rollout.analysis.intervalSeconds);
    const secretRef = { name: DATADOG_SECRET, namespaced: true };
    return { datadog: { interval, secretRef, query: filled(metric.query, texts) } };
  }
  const query = promQl(metric, route, rollout, canary, rollout.analysis.intervalSeconds);
  return { prometheus: { address: prometheus?.url, query } };
}
