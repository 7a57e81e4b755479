/** A person's judgement: what `canary judge` says of a step. A metric's query is the question, for people. */
import type { MetricPlan, Target } from "./plan";
import type { MetricVerdict } from "./verdict";

/** What a person says of a canary at a step. */
export interface Judgement {
  readonly outcome: "pass" | "fail";
  /** Who says so, for people. */
  readonly by: string;
  readonly reason?: string;
}

/** What people said so far, through `canary judge`. */
export interface Judgements {
  /** The latest word on a metric at the step with this number, from 0; undefined while there is none. */
  of(step: number, metric: string): Judgement | undefined;
  /** The command that answers. */
  howTo(metric: string): string;
}

/** What metrics name as their source. */
export const PERSON = "person";

/** One word counts for all canaries of the rollout, as they go on or back together. */
export function saidByPerson(
  { name: metric, query }: MetricPlan,
  { app, canary }: Target,
  step: number,
  judgements: Judgements | undefined,
): MetricVerdict {
  const about = { app, canary, metric, canarySamples: [], baselineSamples: [], look: query };
  const said = judgements?.of(step, metric);
  if (said === undefined) {
    const how = judgements === undefined ? "" : `: ${judgements.howTo(metric)}`;
    return { ...about, outcome: "unanswered", reason: `waits for a person${how}` };
  }
  const why = said.reason === undefined ? "" : `: ${said.reason}`;
  return { ...about, outcome: said.outcome, reason: `${said.by} says ${said.outcome}${why}` };
}
