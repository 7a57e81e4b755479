import { refusedIf } from "../fields";
import type { Manifest } from "../routers";
import { service } from "../routers/front";
import { splitSpec } from "../routers/traefik";
import { traefikService } from "../routers/traefik-objects";
import {
  type Controller,
  failuresOf,
  type Managed,
  type ManagedMetric,
  type ManagedObject,
  type ManagedRollout,
  object,
  progressDeadline,
  routesTo,
  secondsText,
} from "./controller";

const API_VERSION = "argoproj.io/v1alpha1";
const ROLLOUT = { apiVersion: API_VERSION, kind: "Rollout" };

/** Names of what only Argo Rollouts uses: no other engine's objects have them, so an app can come from another engine. */
const splitOf = (app: string): string => `${app}-argo`;
const canaryOf = (app: string): string => `${app}-argo-canary`;

/** A metric of an AnalysisTemplate. */
export interface ArgoQuery {
  /** One key, the provider's. */
  readonly provider: object;
  /** What conditions call `result`. */
  readonly result: "value" | "value or nothing" | "list";
}

const HEADERS = "Argo Rollouts has no header steps on Traefik";

/**
 * Argo Rollouts runs the pods itself, after the Deployment of the app's name, which it scales to 0. Two Services tell versions
 * apart by a label that it puts into their selectors, and it finds them by name in the TraefikService, whose weights it writes.
 *
 * https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/traefik/
 */
export const argoRollouts: Controller<ArgoQuery> = {
  title: "Argo Rollouts",
  router: "traefik",
  scaled: ROLLOUT,
  beyond: {
    canaryImage: "image is what Argo Rollouts rolls out",
    canaryHost: "Argo Rollouts' canary Service leads to all users' version between rollouts",
    canaryReplicas: "Argo Rollouts' canary has its weight's share of the pods",
    canaryTimeoutSeconds: "the TraefikService that Argo Rollouts shifts has no time limits",
    requestTimeoutSeconds: "the TraefikService that Argo Rollouts shifts has no time limits",
    protocol: "the TraefikService that Argo Rollouts shifts has no protocol",
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

  judgementSeconds: ({ analysis }) => analysis.intervalSeconds,
  canaryService: canaryOf,

  problems({ bakeSeconds, analysis: { intervalSeconds, metrics } }) {
    const isMultiple = bakeSeconds > 0 && bakeSeconds % intervalSeconds === 0;
    const many = `a multiple of rollout.analysis.intervalSeconds, which is ${intervalSeconds}: so many judgements has a step`;
    return refusedIf(metrics.length > 0 && !isMultiple, "bakeSeconds", bakeSeconds, many);
  },

  objects(managed) {
    const { app, route } = managed;
    const hasMetrics = managed.metrics.length > 0;
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

function rolloutObject({ app, route, rollout, steps, metrics }: Managed): Manifest {
  const { name, replicas, autoscaling } = app;
  const [{ selector }] = route.backends;
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
        steps: steps.flatMap((weight) => [
          ...(rollout.approvals.includes(weight) ? [{ pause: {} }] : []),
          { setWeight: weight },
          ...(metrics.length > 0 ? [{ analysis: { templates: [{ templateName: name }] } }] : bake(rollout)),
        ]),
      },
    },
  });
}

/** A pause of no time would last until somebody ends it. */
const bake = ({ bakeSeconds }: ManagedRollout): object[] =>
  bakeSeconds === 0 ? [] : [{ pause: { duration: secondsText(bakeSeconds) } }];

/** What is judged at each step, which an analysis makes as long as its bake. */
function analysisTemplate({ app, route, rollout, metrics }: Managed<ArgoQuery>): Manifest {
  const { analysis, bakeSeconds } = rollout;
  const count = bakeSeconds / analysis.intervalSeconds;
  return object(API_VERSION, "AnalysisTemplate", route, app.name, {
    metrics: metrics.map((metric) => ({
      name: metric.name,
      initialDelay: secondsText(analysis.intervalSeconds),
      interval: secondsText(analysis.intervalSeconds),
      count,
      // A step whose judgements all failed has not passed, however few there were.
      failureLimit: Math.min(failuresOf(rollout), count) - 1,
      inconclusiveLimit: count - 1,
      ...conditions(metric, analysis.onNoTraffic),
      provider: metric.query.provider,
    })),
  });
}

/** A judgement that is neither has no verdict: when all of a step have none, the rollout waits for somebody. */
function conditions({ query, better, threshold = 0 }: ManagedMetric<ArgoQuery>, onNoTraffic: string) {
  const [good, bad, worse] = better === "higher" ? [">=", "<", threshold - 1] : ["<=", ">", threshold + 1];
  const none = "len(result) == 0 || isNaN(result[0])";
  const judged = (operator: string, isAlsoNone: boolean): string => {
    switch (query.result) {
      case "list":
        return isAlsoNone
          ? `${none} || result[0] ${operator} ${threshold}`
          : `!(${none}) && result[0] ${operator} ${threshold}`;
      case "value or nothing":
        // What stands in for no value is on the side where the condition is to be.
        return `default(result, ${isAlsoNone === (operator === good) ? threshold : worse}) ${operator} ${threshold}`;
      case "value":
        return `result ${operator} ${threshold}`;
    }
  };
  return {
    successCondition: judged(good, onNoTraffic === "proceed"),
    failureCondition: judged(bad, onNoTraffic === "fail"),
  };
}
