import type { Input } from "@pulumi/pulumi";
import type { NominalWeight } from "../components/aws/nominal-weights";

/** What every platform answers, each by app. */
export interface Outputs {
  readonly hosts: Readonly<Record<string, string>>;
  /** What splits the traffic. */
  readonly routers: Readonly<Record<string, string>>;
  /** By variant, percent as asked and as the router can express it. */
  readonly weights: Readonly<Record<string, Readonly<Record<string, NominalWeight>>>>;
  readonly [more: string]: Input<unknown>;
}
