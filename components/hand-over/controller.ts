/**
 * What every hand-over engine is: a controller in the cluster that takes a rollout's steps in the place of `canary rollout`. It
 * says its limits, and is a pure function from settings to objects.
 */
import type { Refusal } from "../fields";
import type { Manifest, Route, RouterName } from "../routers";
import { certificateRoute, ingressRoute, namesOf, passed } from "../routers/ingress-route";
import { metadata } from "../routers/router";
import { PRIORITY } from "../routers/traefik";
import { serviceOf } from "../routers/traefik-objects";

/** What a controller needs to know of an app. */
export interface ManagedApp {
  readonly name: string;
  readonly namespace: string;
  readonly replicas: number;
  /** Undefined if the number of pods is fixed. */
  readonly autoscaling?: object | undefined;
  readonly startupSeconds: number;
}

/** How a rollout goes, as far as a controller reads it. */
export interface ManagedRollout {
  readonly bakeSeconds: number;
  readonly approvals: readonly number[];
  readonly analysis: {
    readonly intervalSeconds: number;
    /** Failed judgements after which it goes back; default 3. */
    readonly failures?: number | undefined;
    readonly onNoTraffic: "hold" | "fail" | "proceed";
    readonly metrics: readonly unknown[];
  };
}

/** A metric of the new version. */
export interface ManagedMetric<Query> {
  readonly name: string;
  readonly better: "higher" | "lower";
  readonly threshold?: number | undefined;
  /** How the controller asks the metric's source. */
  readonly query: Query;
}

/** An app whose weights a controller shifts. */
export interface Managed<Query = unknown> {
  readonly app: ManagedApp;
  /** The app's route, of one variant: the controller knows two. */
  readonly route: Route;
  readonly rollout: ManagedRollout;
  /** The rollout's weights, in whole percents. */
  readonly steps: readonly number[];
  readonly metrics: readonly ManagedMetric<Query>[];
}

/** An object that the stack declares, and what of it is the controller's. */
export interface ManagedObject {
  readonly manifest: Manifest;
  /** Fields that the controller writes, as Pulumi's `ignoreChanges` takes them. */
  readonly theirs?: readonly string[];
  /** Whether the cluster keeps it when the stack no longer declares it. */
  readonly kept?: boolean;
}

/** What a command would have done, and what there is in its place. */
export type Instead = Readonly<Record<"rollout" | "rollback" | "promote", (app: ManagedApp) => string>>;

/** @typeParam Query a metric in its own terms */
export interface Controller<Query = unknown> {
  /** Its name for people. */
  readonly title: string;
  /** The router whose weights it shifts. */
  readonly router: RouterName;
  /** Kind of the object, of the app's name, that an autoscaler scales. */
  readonly scaled: { readonly apiVersion: string; readonly kind: string };
  /** Settings of an app that it can't do, and why. */
  readonly beyond: Readonly<Record<string, string>>;
  /** Keys of `rollout.analysis` that it reads. */
  readonly analysisKeys: readonly string[];
  /** Seconds from one judgement of a metric to the next, which is also what a judgement looks back over. */
  judgementSeconds(rollout: ManagedRollout): number;
  /** Name of the Service that the new version's requests go to. */
  canaryService(app: string): string;
  /** What it can't do of a rollout's settings; keys are those below `rollout`. */
  problems(rollout: ManagedRollout): readonly Refusal[];
  /** What the stack declares beside the app's Deployment and Service. */
  objects(managed: Managed<Query>): ManagedObject[];
  /** Names of the app's objects beside its own, which no other app can have. */
  names(app: string): string[];
  /** What is the controller's, a sentence each. */
  owns(app: ManagedApp): string[];
  readonly instead: Instead;
}

/**
 * Routes of the app's host to a TraefikService, and of lower priority to the Service of the app's own name, which answers
 * while the TraefikService isn't there: the same objects as without a controller.
 */
export function routesTo(route: Route, traefikService: string): Manifest[] {
  const { app, backends } = route;
  const way = passed(route, app);
  const middlewares = namesOf(way);
  const split = { kind: "TraefikService", name: traefikService };
  return [
    ...way,
    ingressRoute(route, `${app}-fallback`, {
      priority: PRIORITY.primary,
      target: serviceOf(backends[0]),
      middlewares,
    }),
    ...certificateRoute(route, `${app}-tls`),
    ingressRoute(route, app, { priority: PRIORITY.weighted, target: split, middlewares }),
  ];
}

export const object = (
  apiVersion: string,
  kind: string,
  route: Route,
  name: string,
  spec: object,
): Manifest => ({ apiVersion, kind, metadata: metadata(route, name), spec });

/** Failed judgements after which a controller goes back. */
export const failuresOf = ({ analysis }: ManagedRollout): number => analysis.failures ?? 3;

export const secondsText = (count: number): string => `${count}s`;

/** Time that the pods of a version have to become ready: a quarter starts at a time, and some time more. */
export const progressDeadline = ({ startupSeconds }: ManagedApp): number => Math.max(600, 5 * startupSeconds);

/** A metric's name as part of an object's. */
export const objectNameOf = ({ name }: Pick<ManagedMetric<unknown>, "name">): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
