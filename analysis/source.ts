/** What every metric source is: one object in a file of its own below `sources/`, which the registry there lists. */
import type { CloudWatchClientConfig } from "@aws-sdk/client-cloudwatch";
import type { z } from "zod";
import type { Side } from "../components/aws/dns";
import type { BalancerMetrics } from "../components/aws/fronts/metrics";
import type { Refusal } from "../components/fields";
import type { ControllerName, QueryOf } from "../components/hand-over";
import type { RouterName } from "../components/routers";
import type { CountSeries } from "./counts";
import type { MetricPlan } from "./plan";

/** One value of a metric at a time. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly value: number;
}

/** What one variant's metric was over a window. */
export interface Series {
  /** Plain numbers; none if there are counts. */
  readonly samples: readonly Sample[];
  /** Whether a sample is of the time of asking, so that those of earlier questions belong before it. */
  readonly isMomentary?: boolean;
  /** Counts of requests, which decide better than plain numbers. */
  readonly counts?: CountSeries;
  /** What may be wrong if there are no samples, for people: the end of a sentence. */
  readonly hint?: string;
  /** When there will be more, in milliseconds since the epoch; undefined if the source can't tell. */
  readonly due?: number;
  /** What to ask to see the same again, for people: a query, an address. */
  readonly look: string;
}

/** What counts a variant's requests in CloudWatch. */
export interface Balancer {
  readonly metrics: BalancerMetrics;
  /** What CloudWatch knows the variant by. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Whose metric, and when. */
export interface Window {
  readonly app: string;
  readonly namespace: string;
  /** `primary`, `canary`, or another variant's name. */
  readonly variant: string;
  /** Name of the variant's Service, and the logical one of its Auto Scaling group and target group. */
  readonly service: string;
  /** Number of the Services' port; default 80. */
  readonly port?: number;
  /** Its name; default http. */
  readonly portName?: string;
  /** Name of the primary's Service; default the app's. */
  readonly primary?: string;
  /** Undefined if no load balancer of AWS's serves the app. */
  readonly balancer?: Balancer;
  /** The variant that it is compared with, whose counters show what was scraped. */
  readonly beside?: Pick<Window, "namespace" | "variant" | "service">;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds that requests are to be counted beyond, if the source can choose; default its own. */
  readonly bounds?: readonly number[] | undefined;
}

/** A source that is open: what is asked for metrics. */
export interface MetricSource {
  /** Seconds that one reading may take; default 30. */
  readonly timeoutSeconds?: number;
  /**
   * What was measured from the window's start to its end, in disjoint pieces.
   *
   * @throws MetricError when the source fails, which is no verdict on the canary
   */
  read(metric: MetricPlan, window: Window, signal: AbortSignal): Promise<Series>;
}

/** A source that can't be asked or answers nonsense. */
export class MetricError extends Error {}

/** What a stack has of things that count requests. */
export interface Counting {
  /** What leads to its fleets; undefined if it has none. */
  readonly fleets?: {
    readonly loadBalancer: { readonly name: string; readonly metrics: BalancerMetrics } | undefined;
  };
  /** Whether it has routers on Kubernetes. */
  readonly hasCluster: boolean;
}

/** One kind of source: all that is particular to it. Whoever needs to know something of a source asks this. */
export interface SourceKind<Settings = unknown> {
  /** Its settings: `rollout.sources.<name>`. */
  readonly settings: z.ZodType<Settings>;
  /** The side of a migration that it counts on; undefined where its queries say that. */
  readonly side: Side | undefined;
  /** Whether a query of it counts requests as those of the same name on the other side do; default none does. */
  counts?(query: string, counting: Counting): boolean;
  /** Names of the environment variables that hold its secrets. */
  variables(settings: Settings): readonly string[];
  /** What is wrong with its settings that their schema can't see. Keys are those of the settings, `""` for all of them. */
  problems(settings: Settings, counting: Counting): readonly Refusal[];
  /** What is wrong with a metric of it, so that no step could ever be judged. Keys are those of the metric. */
  metricProblems(metric: MetricPlan, counting: Counting): readonly Refusal[];
  /** How each hand-over engine asks it, undefined if that engine can't, or only this machine can. */
  readonly handOver:
    | { readonly [Name in ControllerName]: HandOver<Settings, QueryOf<Name>> | undefined }
    | undefined;
  /**
   * @param env where the variables are
   * @param aws default as every AWS tool reaches it
   */
  open(settings: Settings, env: NodeJS.ProcessEnv, aws?: AwsReach): MetricSource;
}

/**
 * What a client of AWS's SDK is made with, so that it asks the stack's account.
 *
 * @throws UserError if what the stack says of that can't be read
 */
export type AwsReach = (region: string) => CloudWatchClientConfig;

/** How one hand-over engine asks one source about the new version, from inside the cluster. */
export interface HandOver<Settings, Query> {
  /** What of the source's settings it can't do. */
  problems(settings: Settings, asking: Asking): readonly Refusal[];
  /** What of a metric it can't do. */
  metricProblems?(metric: MetricPlan, asking: Asking): readonly Refusal[];
  /** The metric in the engine's own terms. */
  query(metric: MetricPlan, settings: Settings, about: HandedOver): Query;
}

/** How an engine asks. */
export interface Asking {
  /** `with rollout.engine flagger`, for what is allowed. */
  readonly by: string;
  /** The router whose weights it shifts. */
  readonly router: RouterName;
  /** Seconds that a judgement looks back over. */
  readonly seconds: number;
}

/** Whose metric an engine asks for. */
export interface HandedOver extends Pick<Window, "app" | "namespace" | "variant" | "service"> {
  readonly seconds: number;
  /** Requests below which there is no judging it. */
  readonly minRequests: number;
}
