/** What every controller is that shifts weights inside the cluster: its limits, and a pure function from settings to objects. */
import type { Manifest, Route } from "../../components/routers";
import { certificateRoute, hostRule, ingressRoute } from "../../components/routers/ingress-route";
import { hostOf, metadata } from "../../components/routers/router";
import { PRIORITY } from "../../components/routers/traefik";
import { serviceOf } from "../../components/routers/traefik-objects";
import type { AppSettings } from "../../stacks/apps";
import type { RolloutSettings } from "../../stacks/schema";

/** An app whose weights a controller shifts. */
export interface Managed {
  readonly app: AppSettings;
  /** The app's route, of one variant: the controller knows two. */
  readonly route: Route;
  readonly rollout: RolloutSettings;
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
export type Instead = Readonly<Record<"rollout" | "rollback" | "promote", (app: AppSettings) => string>>;

export interface Controller {
  /** Its name for people. */
  readonly title: string;
  /** Kind of the object, of the app's name, that an autoscaler scales. */
  readonly scaled: { readonly apiVersion: string; readonly kind: string };
  /** Settings of an app that it can't do, and why. */
  readonly beyond: Readonly<Record<string, string>>;
  /** Keys of `rollout.analysis` that it reads. */
  readonly analysisKeys: readonly string[];
  /** Kinds of metric sources that it has. */
  readonly sources: readonly string[];
  /** Seconds from one judgement of a metric to the next, which is also what a judgement looks back over. */
  judgementSeconds(rollout: RolloutSettings): number;
  /** What it can't do of a rollout's settings: key below `rollout`, value, what is allowed. */
  problems(rollout: RolloutSettings): readonly (readonly [key: string, value: unknown, allowed: string])[];
  /** What the stack declares beside the app's Deployment and Service. */
  objects(managed: Managed): ManagedObject[];
  /** Names of the app's objects beside its own, which no other app can have. */
  names(app: string): string[];
  /** What is the controller's, a sentence each. */
  owns(app: AppSettings): string[];
  readonly instead: Instead;
}

/**
 * Routes of the app's host to a TraefikService, and of lower priority to the Service of the app's own name, which answers
 * while the TraefikService isn't there: the same objects as without a controller.
 */
export function routesTo(route: Route, traefikService: string): Manifest[] {
  const { app, backends } = route;
  const rule = hostRule(hostOf(route));
  return [
    ingressRoute(route, `${app}-fallback`, rule, PRIORITY.primary, serviceOf(backends[0])),
    ...certificateRoute(route, `${app}-tls`),
    ingressRoute(route, app, rule, PRIORITY.weighted, { kind: "TraefikService", name: traefikService }),
  ];
}

export const object = (
  apiVersion: string,
  kind: string,
  route: Route,
  name: string,
  spec: object,
): Manifest => ({ apiVersion, kind, metadata: metadata(route, name), spec });

export const seconds = (count: number): string => `${count}s`;

/** Time that the pods of a version have to become ready: a quarter starts at a time, and some time more. */
export const progressDeadline = ({ startupSeconds }: AppSettings): number =>
  Math.max(600, 5 * startupSeconds);
