import type { Problem } from "./problems";
import type { Settings } from "./settings";

/** The stack's own weight, if it is above 0 and no app has a canary to take it. */
export const idleWeight = ({ apps }: Pick<Settings, "apps">, canaryWeight: number): Problem[] =>
  canaryWeight > 0 && apps.length > 0 && apps.every(({ canaries }) => canaries.length === 0)
    ? [
        {
          key: "canaryWeight",
          value: canaryWeight,
          allowed: "0, or a canary for an app: apps.APP.canaryImage",
        },
      ]
    : [];
