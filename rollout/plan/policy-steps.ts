/** What the stack's own policies make of a rollout's steps: `max-step` refuses an update that rises too far. */
import type { Target } from "../../analysis/plan";
import { UserError } from "../../base/user-error";
import { formatWeight, hundredths } from "../../components/traffic";
import { severityOf } from "../../policy/evaluate";
import type { Settings } from "../../stacks/settings";
import type { RolloutStep } from "./plan";

/**
 * Points that the policies allow a canary to rise in one update, whatever they waive.
 *
 * @throws UserError if that is none
 */
export function policyStep({ policies }: Settings, targets: readonly Target[]): number {
  if (severityOf("max-step", policies) !== "mandatory") return 100;
  if (policies.maxStep === 0)
    throw new UserError("policies.maxStep is 0: no canary may rise; allowed: points above 0");
  // Canaries of one app rise together.
  const most = Math.max(...targets.map(({ app }) => targets.filter((other) => other.app === app).length));
  return Math.max(1, Math.floor(hundredths(policies.maxStep) / most)) / 100;
}

/**
 * With weights on the way if a merged step rises further than the policies allow. They come to the same for users as the
 * step itself, so whoever approves it is asked before the first of them, and it bakes at the last.
 *
 * @throws UserError if there are none that could be taken
 */
export function asAllowed(
  course: readonly [RolloutStep, ...RolloutStep[]],
  possible: readonly number[],
  start: number,
  allowed: number,
): readonly [RolloutStep, ...RolloutStep[]] {
  const all = course.flatMap((step, i) => {
    const before = course[i - 1]?.weight ?? start;
    if (hundredths(step.weight) - hundredths(before) <= hundredths(allowed)) return [step];
    const between = possible.filter((weight) => before < weight && weight < step.weight);
    return [...between, step.weight].map((weight, part, { length }) => ({
      weight,
      bakeSeconds: part === length - 1 ? step.bakeSeconds : 0,
      approval: part === 0 && step.approval,
    }));
  }) as [RolloutStep, ...RolloutStep[]];
  all.forEach(({ weight }, i) => {
    const before = all[i - 1]?.weight ?? start;
    if (hundredths(weight) - hundredths(before) > hundredths(allowed)) {
      throw new UserError(
        `${formatWeight(before)} -> ${formatWeight(weight)}: the router takes no weight between; ` +
          `allowed: ${allowed} points by policies.maxStep, or another severity for policies.rules.max-step`,
      );
    }
  });
  return all;
}
