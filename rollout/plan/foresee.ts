/** What the last hour's traffic makes of a plan. */
import { forecast, trafficOf } from "../../analysis/forecast";
import type { AnalysisWorld } from "../../analysis/world";
import { UserError } from "../../base/user-error";
import { formatWeight } from "../../components/traffic";
import { MOST_HOLD_SECONDS } from "../machine/limits";
import type { Plan, RolloutStep } from "./plan";

/**
 * The plan with what each step will be like; as it is if nothing can be told of the traffic.
 *
 * @throws UserError if a step would take longer than it may hold
 */
export async function foresee(plan: Plan, world: AnalysisWorld, signal: AbortSignal): Promise<Plan> {
  const { targets, analysis, maxHoldSeconds } = plan;
  const known = await Promise.all(targets.map((target) => trafficOf(target, analysis, world, signal)));
  // The app with the least traffic takes longest.
  const [least] = known.flatMap((each) => each ?? []).sort((a, b) => a.rate - b.rate);
  if (least === undefined) return plan;
  const counts = { targets: targets.length, steps: plan.steps.length };
  const steps = plan.steps.map((step) =>
    step.bakeSeconds === 0
      ? step
      : { ...step, forecast: forecast(step.weight, step.bakeSeconds, least, analysis, counts) },
  ) as [RolloutStep, ...RolloutStep[]];
  const most = maxHoldSeconds ?? MOST_HOLD_SECONDS;
  const late = steps.find(
    ({ forecast, bakeSeconds }) => (forecast?.seconds ?? 0) > Math.max(most, bakeSeconds),
  );
  if (late?.forecast === undefined) return { ...plan, steps };
  const enough = Math.ceil((10_000 * analysis.minRequests) / (least.rate * most)) / 100;
  const limit =
    maxHoldSeconds === undefined ? `a week` : `rollout.maxHoldSeconds, which is ${maxHoldSeconds} s`;
  throw new UserError(
    `step to ${formatWeight(late.weight)}: ${analysis.minRequests} requests of the canary take ` +
      `${Math.ceil(late.forecast.seconds)} s by the last hour's traffic, longer than ${limit}; allowed: ` +
      (enough <= 100
        ? `a first step of ${formatWeight(enough)} or more`
        : "fewer rollout.analysis.minRequests"),
  );
}
