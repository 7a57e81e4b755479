/** The course of a rollout so far, made of its events alone: what the live view, the report and the page draw from. */
import { type MetricPlan, subjectOf, type Target, type Weights } from "../../analysis/plan";
import type { MetricVerdict, Verdict } from "../../analysis/verdict";
import type { Ending, RolloutEvent } from "../journal/events";
import { weightsAt } from "../machine/move";
import type { Plan, RolloutStep } from "../plan/plan";

/** `failed`: the step that the canary was taken out at. */
export type StepState = "ahead" | "current" | "passed" | "failed";

export interface CourseStep extends RolloutStep {
  readonly state: StepState;
  /** Of every target, by `app/canary`. */
  readonly weights: Weights;
}

/** What goes on. Times are in milliseconds since the epoch. */
export type Phase = { readonly since: number } & (
  | { readonly is: "looking" }
  | { readonly is: "awaiting-approval"; readonly step: number }
  | { readonly is: "awaiting-hours"; readonly step: number; readonly until: number }
  | { readonly is: "paused"; readonly step: number; readonly by: string }
  | { readonly is: "shifting"; readonly step: number }
  | { readonly is: "observing"; readonly step: number }
  | { readonly is: "following"; readonly step: number; readonly why: string; readonly until: number }
  | { readonly is: "baking"; readonly step: number; readonly until: number }
  | {
      readonly is: "rolling-back";
      readonly reason: string;
      /** Why the last attempt failed. */
      readonly failure?: string;
    }
  | { readonly is: "ended"; readonly outcome: Ending; readonly reason: string }
);

/** Weights from this time on: as they were asked for, or as they were seen to be. */
export interface WeightChange {
  readonly time: number;
  readonly kind: "asked" | "observed";
  readonly weights: Weights;
  /** Number of the step, from 0; undefined at the start, after a resume and for a rollback. */
  readonly step?: number;
}

export interface JudgedMetric {
  readonly time: number;
  /** Number of the step, from 0. */
  readonly step: number;
  readonly verdict: Verdict;
}

/** What one metric of one target came to, in order. */
export interface MetricHistory {
  readonly target: Target;
  readonly metric: MetricPlan;
  readonly points: readonly MetricPoint[];
}

export interface MetricPoint {
  readonly time: number;
  readonly step: number;
  readonly verdict: MetricVerdict;
}

/** What is judged of a target, and what it is compared with. */
export const subjectName = ({ target }: MetricHistory): string => subjectOf(target);

export const baselineName = ({ points }: MetricHistory): string =>
  points.at(-1)?.verdict.baseline ?? "primary";

export interface Course {
  readonly id: string;
  readonly plan: Plan;
  readonly begun: number;
  /** Of the last event. */
  readonly time: number;
  readonly phase: Phase;
  readonly steps: readonly CourseStep[];
  /** As they were last asked for, and as they were last observed. */
  readonly asked: Weights;
  readonly observed: Weights;
  /** Both, from the start on. */
  readonly changes: readonly WeightChange[];
  readonly judgements: readonly JudgedMetric[];
  /** One for each target and metric of the plan, those of a target side by side. */
  readonly metrics: readonly MetricHistory[];
  /** When it was resumed. */
  readonly resumed: readonly number[];
}

/** The course that events tell of; undefined before a rollout began. */
export const courseOf = (events: readonly RolloutEvent[]): Course | undefined =>
  events.reduce<Course | undefined>(nextCourse, undefined);

/** The course after one more event. What comes before any rollout began is no course yet. */
export function nextCourse(course: Course | undefined, event: RolloutEvent): Course | undefined {
  if (event.type === "begun") return beginning(event);
  return course && { ...course, ...change(course, event), time: event.time };
}

function beginning({ time, id, plan, from }: RolloutEvent & { type: "begun" }): Course {
  const steps = plan.steps.map((step, i) => ({
    ...step,
    weights: weightsAt(plan, from, i),
    state: i === 0 ? ("current" as const) : ("ahead" as const),
  }));
  return {
    id,
    plan,
    begun: time,
    time,
    steps,
    asked: from,
    observed: from,
    phase: { is: "looking", since: time },
    changes: [
      { time, kind: "asked", weights: from },
      { time, kind: "observed", weights: from },
    ],
    judgements: [],
    metrics: plan.targets.flatMap((target) =>
      plan.analysis.metrics.map((metric) => ({ target, metric, points: [] })),
    ),
    resumed: [],
  };
}

function change(course: Course, event: Exclude<RolloutEvent, { type: "begun" }>): Partial<Course> {
  const { time } = event;
  switch (event.type) {
    case "resumed": {
      const resumed = [...course.resumed, time];
      return {
        ...changing(course, "asked", event.applied, time),
        phase: { is: "looking", since: time },
        resumed,
      };
    }
    case "approval-awaited":
      return taking(course, event.step, { is: "awaiting-approval", since: time, step: event.step });
    case "approved":
    case "unpaused":
      return { phase: { is: "looking", since: time } };
    case "paused":
      return taking(course, event.step, { is: "paused", since: time, step: event.step, by: event.by });
    case "window-awaited": {
      const { step, until } = event;
      return taking(course, step, { is: "awaiting-hours", since: time, step, until });
    }
    case "shifting": {
      const { step, weights } = event;
      const taken = taking(course, step, { is: "shifting", since: time, step });
      return { ...taken, ...changing(course, "asked", weights, time, step) };
    }
    case "shifted":
      return { phase: { is: "observing", since: time, step: event.step } };
    case "step-failed":
      return {};
    case "observed": {
      const { step, weights } = event;
      const until = time + bakeMs(course, step);
      const taken = taking(course, step, { is: "baking", since: time, step, until });
      return { ...taken, ...changing(course, "observed", weights, time, step) };
    }
    case "following": {
      const { step, why, until } = event;
      return step === undefined ? {} : { phase: { is: "following", since: time, step, why, until } };
    }
    case "followed": {
      const { step } = event;
      if (step === undefined) return {};
      return { phase: { is: "baking", since: time, step, until: time + bakeMs(course, step) } };
    }
    case "judged":
      return judging(course, event);
    case "rolling-back": {
      const { weights, reason } = event;
      const phase = { is: "rolling-back", since: time, reason } as const;
      return { phase, steps: failed(course), ...changing(course, "asked", weights, time) };
    }
    case "rollback-failed": {
      const { phase } = course;
      return phase.is === "rolling-back" ? { phase: { ...phase, failure: event.reason } } : {};
    }
    case "rolled-back":
      return changing(course, "observed", event.weights, time);
    case "ended": {
      const { outcome, reason } = event;
      const steps = outcome === "done" ? upTo(course.steps, course.steps.length) : course.steps;
      return { phase: { is: "ended", since: time, outcome, reason }, steps };
    }
  }
}

const bakeMs = ({ steps }: Course, step: number): number => (steps[step]?.bakeSeconds ?? 0) * 1000;

const taking = (course: Course, step: number, phase: Phase): Partial<Course> => ({
  phase,
  steps: upTo(course.steps, step),
});

/** The steps with one as the current one. */
const upTo = (steps: readonly CourseStep[], current: number): CourseStep[] =>
  steps.map((step, i) => ({ ...step, state: i < current ? "passed" : i === current ? "current" : "ahead" }));

/** The step whose weight is out is the one that failed, even if the next one was waited for. */
function failed({ steps, changes }: Course): CourseStep[] {
  const out = Math.max(-1, ...changes.flatMap(({ step }) => step ?? []));
  return upTo(steps, out).map((step, i) => (i === out ? { ...step, state: "failed" } : step));
}

/** Weights that were asked for or observed. */
function changing(
  { changes }: Course,
  kind: WeightChange["kind"],
  weights: Weights,
  time: number,
  step?: number,
): Partial<Course> {
  const change = { time, kind, weights, ...(step !== undefined && { step }) };
  return { [kind]: weights, changes: [...changes, change] };
}

function judging(course: Course, event: RolloutEvent & { type: "judged" }): Partial<Course> {
  const { time, step, verdict } = event;
  const metrics = course.metrics.map((history) => {
    const { target, metric } = history;
    const found = verdict.metrics.find(
      (each) => each.app === target.app && each.canary === target.canary && each.metric === metric.name,
    );
    return found ? { ...history, points: [...history.points, { time, step, verdict: found }] } : history;
  });
  const judgements = [...course.judgements, { time, step, verdict }];
  return { metrics, judgements };
}

/** How far a bake has come. */
export interface BakeProgress {
  readonly step: number;
  /** 0 to 1. */
  readonly share: number;
  readonly secondsLeft: number;
  /** Whether its time is over, but there is no judgement yet that passes it. */
  readonly held: boolean;
}

/** The bake that goes on at a time; undefined if none does. */
export function bakeAt({ phase, steps, judgements }: Course, now: number): BakeProgress | undefined {
  if (phase.is !== "baking") return undefined;
  const { step, since, until } = phase;
  const last = judgements.at(-1);
  const passed = last !== undefined && last.time >= until && last.verdict.outcome === "pass";
  const isOver = now >= until;
  return {
    step,
    share: isOver ? 1 : Math.max(0, now - since) / (until - since),
    secondsLeft: Math.ceil(Math.max(0, until - now) / 1000),
    held: isOver && steps[step]?.bakeSeconds !== 0 && !passed,
  };
}
