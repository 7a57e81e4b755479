import { refusedIf } from "../fields";
import type { Manifest } from "../routers";
import {
  type Controller,
  failuresOf,
  type Managed,
  type ManagedApp,
  type ManagedMetric,
  object,
  objectNameOf,
  progressDeadline,
  routesTo,
  secondsText,
} from "./controller";

const API_VERSION = "flagger.app/v1beta1";
/** Flagger takes no shorter one: https://github.com/fluxcd/flagger/blob/v1.43.0/pkg/apis/flagger/v1beta1/canary.go */
const LEAST_INTERVAL = 10;

/** What a MetricTemplate says of a metric. */
export interface FlaggerQuery {
  readonly provider: { readonly type: string; readonly [key: string]: unknown };
  readonly query: string;
}

type Metric = ManagedMetric<FlaggerQuery>;

const canaryOf = (app: string): string => `${app}-canary`;

const LIST = "Flagger writes the TraefikService's list anew";
const HEADERS = "Flagger has no header steps on Traefik";

/**
 * Flagger takes the Deployment of the app's name for the new version, and runs a copy of it, `-primary`, for all users. When
 * the Deployment's pods change it scales it up, shifts requests to it a step at a time, copies its pods to the primary, and
 * scales it to 0.
 *
 * https://docs.flagger.app/tutorials/traefik-progressive-delivery
 */
export const flagger: Controller<FlaggerQuery> = {
  title: "Flagger",
  router: "traefik",
  scaled: { apiVersion: "apps/v1", kind: "Deployment" },
  beyond: {
    canaryImage: "image is what Flagger rolls out",
    canaryHost: "Flagger's canary has pods only during a rollout",
    canaryReplicas: "Flagger's canary has as many pods as the primary",
    canaryTimeoutSeconds: `${LIST}, without time limits`,
    requestTimeoutSeconds: `${LIST}, without time limits`,
    protocol: `${LIST}, without a protocol`,
    canaries: "Flagger has two versions at a time",
    branches: HEADERS,
    debug: HEADERS,
    match: HEADERS,
    sticky: `${LIST}, without sticky`,
    split: `${LIST}, of requests`,
    mirror: "Flagger has no mirror on Traefik",
    shield: "the shield is made of weights, which are Flagger's",
    alsoRoutedBy: "Flagger shifts the weights of one router",
  },
  analysisKeys: ["failures", "onNoTraffic", "minRequests", "metrics"],

  judgementSeconds: ({ bakeSeconds }) => bakeSeconds,
  canaryService: canaryOf,

  problems({ bakeSeconds, approvals, analysis: { onNoTraffic, metrics } }) {
    const hold = metrics.length > 0 && onNoTraffic !== "fail";
    const least = `${LEAST_INTERVAL} or more, Flagger's least interval`;
    const none = "none: Flagger asks a webhook, which the program has none of";
    const fail = "fail: to Flagger a check without values failed";
    return [
      ...refusedIf(bakeSeconds < LEAST_INTERVAL, "bakeSeconds", bakeSeconds, least),
      ...refusedIf(approvals.length > 0, "approvals", approvals, none),
      ...refusedIf(hold, "analysis.onNoTraffic", onNoTraffic, fail),
    ];
  },

  objects: (managed) =>
    [
      primaryBudget(managed),
      ...managed.metrics.map((metric) => metricTemplate(managed, metric)),
      canary(managed),
      ...routesTo(managed.route, managed.app.name),
    ].map((manifest) => ({ manifest })),

  names: (app) => [`${app}-primary`, canaryOf(app)],

  owns: ({ name }) => [
    `${name}: Flagger makes and owns TraefikService ${name} with the weights, Deployment ${name}-primary with the pods that ` +
      `all users have, and Services ${name}-primary and ${name}-canary: none of them is in this preview`,
    `${name}: of this stack's objects Flagger writes the selector of Service ${name} and the replicas of Deployment ${name}, ` +
      "which is 0 between rollouts; a changed image is a rollout",
  ],

  instead: {
    rollout: ({ name }) => `change apps.${name}.image and update the stack`,
    rollback: ({ name }) => `set apps.${name}.image back and update the stack`,
    promote: ({ name, namespace }) =>
      `Flagger promotes by itself after the last step; kubectl -n ${namespace} get canary ${name} says how far it is`,
  },
};

function canary({ app, route, rollout, steps, ...managed }: Managed<FlaggerQuery>): Manifest {
  const { name, autoscaling } = app;
  const { bakeSeconds } = rollout;
  const [{ port }] = route.backends;
  const metrics = managed.metrics.map((metric) => ({
    name: metric.name,
    interval: secondsText(bakeSeconds),
    thresholdRange: metric.better === "higher" ? { min: metric.threshold } : { max: metric.threshold },
    templateRef: { name: templateName(app, metric) },
  }));
  return object(API_VERSION, "Canary", route, name, {
    provider: "traefik",
    targetRef: { ...flagger.scaled, name },
    ...(autoscaling && {
      autoscalerRef: { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", name },
    }),
    progressDeadlineSeconds: progressDeadline(app),
    // A Canary that is deleted gives the Deployment its pods back first, and the Service its selector.
    revertOnDeletion: true,
    service: { port, portName: "http", targetPort: "http" },
    analysis: {
      interval: secondsText(bakeSeconds),
      threshold: failuresOf(rollout),
      stepWeights: steps,
      // An empty list would be a difference for ever: Flagger leaves it out where it writes the object.
      ...(metrics.length > 0 && { metrics }),
    },
  });
}

const templateName = ({ name }: ManagedApp, metric: Metric): string => `${name}-${objectNameOf(metric)}`;

const metricTemplate = ({ app, route }: Managed, metric: Metric): Manifest =>
  object(API_VERSION, "MetricTemplate", route, templateName(app, metric), metric.query);

/** Flagger copies no PodDisruptionBudget, and its primary's pods have a label of another value than the app's. */
function primaryBudget({ app, route }: Managed): Manifest {
  const primary = `${app.name}-primary`;
  return object("policy/v1", "PodDisruptionBudget", route, primary, {
    maxUnavailable: 1,
    selector: { matchLabels: { "app.kubernetes.io/name": primary } },
    unhealthyPodEvictionPolicy: "AlwaysAllow",
  });
}
