/** What is judged, and how: pure data, made of settings. */
import { SIDE_LABELS } from "../components/aws/dns";

/** One canary of one app; or an app's users on Kubernetes, whom DNS takes there from AWS. */
export interface Target {
  readonly app: string;
  /** `canary`, or the key below `canaries`; `Kubernetes` for the users whom DNS takes there. */
  readonly canary: string;
}

/** Percent of each target's canary, by `app/canary`; of the users on Kubernetes by `app/Kubernetes`. */
export type Weights = Readonly<Record<string, number>>;

export const targetKey = ({ app, canary }: Target): string => `${app}/${canary}`;

/** The users of an app on Kubernetes, in a migration. */
export const onKubernetes = (app: string): Target => ({ app, canary: SIDE_LABELS.kubernetes });

/** Whether DNS makes a target's weight, and no router: no canary's name has a capital. */
export const isMove = ({ canary }: Pick<Target, "canary">): boolean => canary === SIDE_LABELS.kubernetes;

/** What is judged of a target, as people read it. */
export const subjectOf = (target: Pick<Target, "canary">): string =>
  isMove(target) ? target.canary : "canary";

export type NoTraffic = "hold" | "fail" | "proceed";

/** How a bake is judged. */
export interface AnalysisPlan {
  /** Seconds from one judgement to the next, if the source does not say when there is more to see. */
  readonly intervalSeconds: number;
  /** What too few requests mean. */
  readonly onNoTraffic: NoTraffic;
  /** Requests of the canary since a step's start below which the step does not end. */
  readonly minRequests: number;
  /** Percent of the rollouts of a healthy canary that may be taken back; default 5. */
  readonly falseAlarm?: number;
  /** Seconds of the first step in which latency is not judged; default 120, or half of a bake that is shorter than two of these. */
  readonly warmUpSeconds?: number;
  readonly metrics: readonly MetricPlan[];
}

/** The built-in query for answers 4xx. */
export const CLIENT_ERRORS = "client-error-rate";

/** One metric, asked of one source, and what makes it a failure. */
export interface MetricPlan {
  /** For people and reports, unique in the plan. */
  readonly name: string;
  /** Name of the source's settings, such as `prometheus`. */
  readonly source: string;
  /** The source that counts the same of what is compared with; default `source`. */
  readonly against?: string | undefined;
  /** What is asked: one of the source's built-in queries, or a query of one's own with placeholders. */
  readonly query: string;
  /** A query of all requests, of which `query` counts the bad ones; default: `query` is built in, or comes to plain numbers. */
  readonly of?: string | undefined;
  /** `higher` for a success rate, `lower` for latency and errors. */
  readonly better: "higher" | "lower";
  /** Unit for people: `%`, `ms`. */
  readonly unit: string;
  /** A value beyond it fails; with `minEffectPercent` not if the baseline is beyond it, too. */
  readonly threshold?: number | undefined;
  /** Percent of the baseline's value by which the canary must be worse to fail; undefined: not compared. */
  readonly minEffectPercent?: number | undefined;
}
