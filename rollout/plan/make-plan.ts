/** Makes a plan of settings and flags: which weights a rollout takes one after the other, and what comes between. */
import { type Target, targetKey, type Weights } from "../../analysis/plan";
import { UserError } from "../../base/user-error";
import { formatWeight, hundredths } from "../../components/traffic";
import { stepsOf } from "../../stacks/schema/rollout";
import type { Settings } from "../../stacks/settings";
import { targetKindOf } from "../kinds";
import { weightsAt } from "../machine/move";
import type { Plan, RolloutStep } from "./plan";
import { asAllowed } from "./policy-steps";

/** What a command line asks for, before what the settings say. */
export interface PlanFlags {
  /** The last step's weight, in percent. */
  readonly to: number;
  /** Weights on the way there, ascending. */
  readonly steps?: readonly number[] | undefined;
  readonly bakeSeconds?: number | undefined;
  /** Whether every step needs an approval. */
  readonly approve?: boolean | undefined;
  /** Points of weight as asked that one step may rise. */
  readonly maxStep?: number | undefined;
  /** Whether steps may follow each other by time alone, judged by nothing and nobody; default false. */
  readonly unjudged?: boolean | undefined;
}

/** Weight at which the fleets behind classic load balancers are both whole. */
const HALF = 50;

/**
 * The plan that takes targets from their weights to `flags.to`.
 *
 * @param from the targets' weights now
 * @throws UserError
 */
export function makePlan(
  settings: Settings,
  stack: string,
  targets: readonly [Target, ...Target[]],
  from: Weights,
  flags: PlanFlags,
): Plan {
  const kind = targetKindOf(targets);
  const start = Math.min(...targets.map((target) => from[targetKey(target)] ?? 0));
  if (flags.to <= start) {
    throw new UserError(
      `--to ${flags.to}: allowed: more than ${kind.subject} has, which is ${formatWeight(start)}`,
    );
  }
  const beyond = flags.steps?.find((weight) => weight > flags.to);
  if (beyond !== undefined)
    throw new UserError(`--steps ${beyond}: allowed: at most --to, which is ${flags.to}`);

  const { rollout } = settings;
  const at = (weight: number): Weights => weightsAt({ targets, steps: [{ ...NO_STEP, weight }] }, from, 0);
  const between = (flags.steps ?? stepsOf(rollout)).filter((weight) => weight > start && weight < flags.to);
  const asked = byWayOfHalf([...between, flags.to], start, kind.isByHalf(settings));
  const allowed = kind.policyStep(settings, targets);
  const most = Math.min(flags.maxStep ?? rollout.maxStep ?? 100, allowed);
  const divided = inStepsOf(most, asked, start, kind.grain);
  const isByDefault =
    flags.steps === undefined && rollout.steps === undefined && rollout.exponential === undefined;
  const possible = divided.filter((weight) => {
    const [refusal] = kind.refusals(settings, at(weight));
    const mayBeLeftOut = isByDefault && weight < flags.to;
    if (refusal !== undefined && !mayBeLeftOut) throw new UserError(`${formatWeight(weight)}: ${refusal}`);
    return refusal === undefined;
  });
  const shares = (weight: number): string => {
    const expected = Object.values(kind.expected(settings, weight === start ? from : at(weight)));
    return expected.map(({ most }) => most).join();
  };
  const weights = merged(possible, (a, b) => shares(a) === shares(b), start);
  const isToBeApproved = (before: number, weight: number): boolean =>
    flags.approve === true || rollout.approvals.some((asked) => before < asked && asked <= weight);
  const course = weights.map((weight, i) => ({
    weight,
    bakeSeconds: flags.bakeSeconds ?? rollout.bakeSeconds,
    approval: isToBeApproved(weights[i - 1] ?? start, weight),
  })) as [RolloutStep, ...RolloutStep[]];
  return {
    stack,
    targets,
    steps: asAllowed(course, possible, start, allowed),
    analysis: kind.analysis(settings),
    ...(rollout.window && { hours: rollout.window }),
    ...(rollout.maxHoldSeconds !== undefined && { maxHoldSeconds: rollout.maxHoldSeconds }),
    ...(rollout.maxWaitSeconds !== undefined && { maxWaitSeconds: rollout.maxWaitSeconds }),
  };
}

/** @throws UserError if nothing and nobody would judge a step of the plan */
export function refuseUnjudged({ analysis, steps, targets }: Plan, flags: PlanFlags): void {
  if (flags.unjudged === true || analysis.metrics.length > 0 || steps.every(({ approval }) => approval))
    return;
  throw new UserError(
    `${targetKindOf(targets).nothingJudges}. Set a metric, as in docs/analysis.md; or give --approve, and a person approves each step; or give --unjudged, and it goes on by time alone`,
  );
}

const NO_STEP: RolloutStep = { weight: 0, bakeSeconds: 0, approval: false };

/** With 50 if the weights go across it, if they must. */
function byWayOfHalf(weights: readonly number[], start: number, must: boolean): number[] {
  const across = must && start < HALF && weights.some((weight) => weight > HALF);
  return across ? [...new Set([...weights, HALF])].sort((a, b) => a - b) : [...weights];
}

/**
 * With weights between, evenly spread, so that none is more than `points` above the one before.
 *
 * @param grain hundredths that those between are multiples of
 */
function inStepsOf(points: number, weights: readonly number[], start: number, grain: number): number[] {
  const most = Math.max(1, Math.floor(hundredths(points) / grain));
  return weights.flatMap((weight, i) => {
    const [before, after] = [hundredths(weights[i - 1] ?? start) / grain, hundredths(weight) / grain];
    const parts = Math.ceil((after - before) / most);
    return Array.from({ length: parts }, (_, part) =>
      part === parts - 1
        ? weight
        : (Math.floor(before + ((after - before) * (part + 1)) / parts) * grain) / 100,
    );
  });
}

/** The last of each run that comes to the same. What comes to the same as the start is no step, unless there is no other. */
function merged(
  weights: readonly number[],
  same: (a: number, b: number) => boolean,
  start: number,
): readonly [number, ...number[]] {
  const [last, ...others] = [...weights].reverse();
  if (last === undefined) throw new TypeError("no step");
  const kept: [number, ...number[]] = [last];
  for (const weight of others) if (!same(weight, kept[0])) kept.unshift(weight);
  const [first, second, ...more] = kept;
  return second !== undefined && same(start, first) ? [second, ...more] : kept;
}
