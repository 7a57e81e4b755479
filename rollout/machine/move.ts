/** Weights of a rollout: what they are at each step, and how they read. */
import { targetKey, type Weights } from "../../analysis/plan";
import { formatWeight } from "../../components/traffic";
import type { Plan } from "../plan/plan";

/** The weights after a step; those of step -1 are what the rollout began with. A target that is further on waits there. */
export function weightsAt(
  { targets, steps }: Pick<Plan, "targets" | "steps">,
  from: Weights,
  step: number,
): Weights {
  const weight = steps[step]?.weight ?? 0;
  return Object.fromEntries(
    targets.map(targetKey).map((key) => [key, Math.max(from[key] ?? 0, weight)] as const),
  );
}

/** `myapp/canary 25 %`. */
export const shownWeights = (weights: Weights): string =>
  Object.entries(weights)
    .map(([key, percent]) => `${key} ${formatWeight(percent)}`)
    .join(", ");

/** `myapp/canary 5 % -> 25 %`. */
export const shownMove = (before: Weights, after: Weights): string =>
  Object.entries(after)
    .map(([key, percent]) => `${key} ${formatWeight(before[key] ?? 0)} -> ${formatWeight(percent)}`)
    .join(", ");

/** No requests for any of the plan's canaries. */
export const zeroOf = ({ targets }: Pick<Plan, "targets">): Weights =>
  Object.fromEntries(targets.map((target) => [targetKey(target), 0]));
