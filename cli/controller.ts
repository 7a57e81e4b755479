import { UserError } from "../base/user-error";
import { controllerOf } from "../components/hand-over";
import type { Instead } from "../components/hand-over/controller";
import type { Settings } from "../stacks/settings";

/** @throws UserError if a controller in the cluster shifts the weights, with what there is in the command's place */
export function refuseBesideController({ rollout, apps }: Settings, command: keyof Instead): void {
  const controller = controllerOf(rollout.engine);
  if (controller === undefined) return;
  const instead = [...new Set(apps.map(controller.instead[command]))].join("; ");
  throw new UserError(
    `rollout.engine is ${rollout.engine}: ${controller.title} shifts the weights; in place of canary ${command}: ${instead}`,
  );
}
