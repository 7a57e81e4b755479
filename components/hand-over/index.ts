import { argoRollouts } from "./argo-rollouts";
import type { Controller } from "./controller";
import { flagger } from "./flagger";

const registry = { flagger, "argo-rollouts": argoRollouts } as const satisfies Record<string, Controller>;

export type ControllerName = keyof typeof registry;

/** What takes the steps of a rollout: Pulumi by `canary rollout`, or a controller in the cluster. */
export type EngineName = "pulumi" | ControllerName;

/** A metric in a controller's own terms. */
export type QueryOf<Name extends ControllerName> =
  (typeof registry)[Name] extends Controller<infer Query> ? Query : never;

/** Every controller by the name that the setting `rollout.engine` takes. */
export const controllers: Readonly<Record<ControllerName, Controller>> = registry;

/** The controller that shifts weights; undefined where Pulumi does. */
export const controllerOf = (engine: EngineName): Controller | undefined =>
  engine === "pulumi" ? undefined : controllers[engine];

export * from "./controller";
