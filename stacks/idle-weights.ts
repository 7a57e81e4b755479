/** Weights in a configuration that nobody gets, as the app has no canary. */
import type { Problem } from "./problems";
import type { Settings } from "./settings";

/** Apps whose own `canaryWeight` is above 0 and leads nowhere. */
export const idleWeights = ({ apps }: Settings): Problem[] =>
  apps
    .filter(
      ({ canaryWeight = 0, canaries }) => canaryWeight > 0 && !canaries.some(({ name }) => name === "canary"),
    )
    .map(({ name, canaryWeight, canaries }) => ({
      key: `apps.${name}.canaryWeight`,
      value: canaryWeight,
      allowed:
        canaries.length > 0
          ? `0 or no such key, as the canaries of ${name} have weights of their own: apps.${name}.canaries`
          : `0, or a canary: apps.${name}.canaryImage`,
    }));

/** The stack's own weight, if it is above 0 and no app has a canary to take it. */
export const idleStackWeight = ({ apps }: Settings, canaryWeight: number): Problem[] =>
  canaryWeight > 0 && apps.length > 0 && apps.every(({ canaries }) => canaries.length === 0)
    ? [
        {
          key: "canaryWeight",
          value: canaryWeight,
          allowed: "0, or a canary for an app: apps.APP.canaryImage",
        },
      ]
    : [];
