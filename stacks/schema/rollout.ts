/** How a rollout goes: `rollout`. But for `baseline` and `engine` it changes nothing that is deployed. */

import * as z from "zod";
import { PERSON } from "../../analysis/person";
import { type SourcesSettings, sourceKinds } from "../../analysis/sources";
import { integer, list, numeric, oneOf, text, weight } from "../../components/fields";
import { controllers, type EngineName } from "../../components/hand-over";
import { type NoticeName, noticeKinds, occasions } from "../../components/notices";
import { rounded } from "../../components/traffic";

/** What can take the steps of a rollout. */
export const engineNames = ["pulumi", ...Object.keys(controllers)] as readonly EngineName[];

export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export const DEFAULT_STEPS: readonly number[] = [1, 5, 25, 50, 100];

const POSITIVE = "a number above 0, up to 100 (percent) with at most two decimals";
const positiveWeight = weight.refine((percent) => percent > 0, POSITIVE);

function number(min: number, max: number, allowed: string) {
  return z.preprocess(numeric, z.number({ error: allowed }).min(min, allowed).max(max, allowed));
}

const isAscending = (weights: readonly number[]): boolean =>
  weights.every((percent, i) => i === 0 || percent > (weights[i - 1] ?? 0));

const STEPS = "a list of weights that rises, such as [1, 5, 25, 50, 100]";
const TIME = "a time such as 09:30, in quotes";
const time = text(/^([01]\d|2[0-3]):[0-5]\d$/, TIME);

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** When steps may be taken. */
const hours = z.strictObject({
  /** Days on which the hours begin; default all. */
  days: list(oneOf(weekdays), 1, `a list of ${weekdays.join(", ")}`).default([...weekdays]),
  /** Begin, `HH:MM`. */
  from: time,
  /** End, `HH:MM`; on the next day where it is before `from`. */
  to: time,
  /** IANA name of the time zone; default UTC. */
  timezone: z
    .string({ error: "a time zone such as Europe/Berlin" })
    .refine(isTimezone, "a time zone such as Europe/Berlin")
    .default("UTC"),
});

/** Hours of the week in which a rollout may take steps. */
export type Hours = Readonly<z.output<typeof hours>>;

/** A key for each kind of source. Secrets come by names of variables alone. */
const sources = z.strictObject(
  Object.fromEntries(
    Object.entries(sourceKinds).map(([name, { settings }]) => [
      name,
      settings.describe(`How metrics of source ${name} are asked for.`).optional(),
    ]),
  ),
) as unknown as z.ZodType<SourcesSettings>;

/** One metric of every canary. */
const fullMetric = z.strictObject({
  /** For people and reports; each name once. */
  name: text(/\S/, "a name"),
  /** Key below `rollout.sources`, or `person`. */
  source: text(/\S/, "a key of rollout.sources"),
  /** What is asked: one of the source's built-in queries, or a query of one's own; of a person, a question. */
  query: text(/\S/, "a query"),
  /** A query of all requests, where `query` is one of the bad ones among them: errors are then told in percent. */
  of: text(/\S/, "a query of all requests").optional(),
  /** Which values are good; needed but for a person. */
  better: oneOf(["higher", "lower"]).optional(),
  /** Unit for people, such as `%` or `ms`; default none. */
  unit: z.string({ error: "a unit such as % or ms" }).default(""),
  /** A value beyond it fails; with `minEffectPercent` not if the primary is beyond it, too. */
  threshold: number(-1e15, 1e15, "a number").optional(),
  /** Percent of the primary's value by which the canary must be worse to fail; default: not compared. */
  minEffectPercent: number(0, 1e6, "a number from 0 (percent)").optional(),
});

/** A person says whether it is good: there is nothing to measure. */
const metric = fullMetric
  .superRefine(({ source, of, better, unit, threshold, minEffectPercent }, { addIssue }) => {
    const refuse = (key: string, message: string): void => addIssue({ code: "custom", path: [key], message });
    if (source !== PERSON && better === undefined) refuse("better", "one of higher, lower");
    if (of !== undefined && better === "higher")
      refuse("better", "lower, as query counts the bad ones of `of`");
    const measured = { of, better, unit: unit || undefined, threshold, minEffectPercent };
    for (const [key, value] of Object.entries(measured)) {
      if (source === PERSON && value !== undefined) refuse(key, `no such key with source ${PERSON}`);
    }
  })
  .transform(({ better = "higher", ...others }) => ({ ...others, better }));

/** How a bake is judged. */
const analysis = z.strictObject({
  /** Seconds from one judgement to the next, if a source does not say when there is more to see; default 30. */
  intervalSeconds: integer(1, 3600, "seconds").default(30),
  /** Percent of the rollouts of healthy canaries that may be taken back; default 5. */
  falseAlarm: number(0.01, 50, "a number from 0.01 to 50 (percent)").optional(),
  /** What too few requests mean; default hold. */
  onNoTraffic: oneOf(["hold", "fail", "proceed"]).default("hold"),
  /** Requests of the canary that a step takes at least; default 30. With another engine: below which it is not judged; default 10. */
  minRequests: integer(0, 1_000_000, "requests").optional(),
  /** Seconds of the first step in which latency is not judged; default 120, or half of a shorter bake. */
  warmUpSeconds: integer(0, 86_400, "seconds").optional(),
  /** Failed judgements in a row that roll back, for engines other than pulumi; default 3. */
  failures: integer(1, 100, "judgements").optional(),
  /** Of no use any more: `falseAlarm` has taken its place. */
  significance: number(0.0001, 0.5, "a number from 0.0001 to 0.5").optional(),
  /** What is judged; default nothing. */
  metrics: list(metric, 0, "a list of metrics").default([]),
});

/** Who is told how a rollout goes. */
const notice = z.strictObject({
  /** What the address is of: a Slack incoming webhook, a webhook of Teams' Workflows, or any other, which gets the event as JSON. */
  kind: oneOf(Object.keys(noticeKinds) as NoticeName[]),
  /** Name of the environment variable that holds the address, which is a secret. */
  urlFrom: text(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable, not the value itself"),
  /** When; default always. */
  on: list(oneOf(occasions), 1, `a list of ${occasions.join(", ")}`).default([...occasions]),
});

export const rollout = z.strictObject({
  /** What takes the steps: `canary rollout` with Pulumi, or a controller in the cluster; default pulumi. */
  engine: oneOf(engineNames).default("pulumi"),
  /** Weights one after the other; default 1, 5, 25, 50, 100. */
  steps: list(positiveWeight, 1, STEPS).refine(isAscending, STEPS).optional(),
  /** Steps that grow by a factor, in place of `steps`. */
  exponential: z
    .strictObject({
      /** First weight. */
      from: positiveWeight,
      /** What each weight is multiplied by, above 1 and up to 100. */
      factor: number(1.01, 100, "a number from 1.01 to 100"),
      /** Last weight; default 100. */
      to: positiveWeight.default(100),
    })
    .optional(),
  /** Seconds for which each weight is judged before the next; default 300. */
  bakeSeconds: integer(0, 604_800, "seconds").default(300),
  /** Seconds that a step may hold before the canary goes back; default an hour, or three times what is predicted for it if longer. */
  maxHoldSeconds: integer(1, 604_800, "seconds").optional(),
  /** Seconds that an approval, the hours or a person's answer may take before the canary goes back; default any. */
  maxWaitSeconds: integer(1, 31_536_000, "seconds").optional(),
  /** Weights that no step reaches before somebody approved it; default none. */
  approvals: list(positiveWeight, 0, "a list of weights among the steps").default([]),
  /** Points that the weight may rise in one step. Larger steps are divided evenly, as are those beyond `policies.maxStep` while rule max-step is mandatory; default any. */
  maxStep: positiveWeight.optional(),
  /** When steps may be taken; default at any time. */
  window: hours.optional(),
  analysis: analysis.prefault({}),
  /** What a canary is compared with: the primary, or as many fresh pods of the primary's version; default primary. */
  baseline: oneOf(["primary", "fresh"]).default("primary"),
  /** Where metrics come from. */
  sources: sources.prefault({}),
  /** Who is told how it goes; default nobody. */
  notices: list(notice, 0, "a list of notices").default([]),
});

export type RolloutSettings = z.output<typeof rollout>;
export type NoticeSettings = z.output<typeof notice>;

/** The weights of a rollout, as set or by default. */
export function stepsOf({ steps, exponential }: Pick<RolloutSettings, "steps" | "exponential">): number[] {
  if (exponential === undefined) return [...(steps ?? DEFAULT_STEPS)];
  const { from, factor, to } = exponential;
  const weights: number[] = [];
  for (let percent = from; percent < to; percent *= factor) weights.push(rounded(percent));
  return [...new Set([...weights, to])].filter((percent) => percent <= to);
}
