/** The controllers that can take a rollout's steps in the place of `canary rollout`. */
import { argoRollouts } from "./argo-rollouts";
import type { Controller } from "./controller";
import { flagger } from "./flagger";
import type { ControllerName, EngineName } from "./names";

const registry: Readonly<Record<ControllerName, Controller>> = {
  flagger,
  "argo-rollouts": argoRollouts,
};

/** The controller that shifts weights; undefined where Pulumi does. */
export const controllerOf = (engine: EngineName): Controller | undefined =>
  engine === "pulumi" ? undefined : registry[engine];

export type { Controller, ManagedObject } from "./controller";
