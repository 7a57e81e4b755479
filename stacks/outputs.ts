import type { Input } from "@pulumi/pulumi";
import type { NominalWeight } from "../components/aws/fronts";

const BETWEEN = " and ";

/** What splits an app's traffic on both sides of a migration, as one text of the output `routers`. */
export const bothRouters = (...routers: readonly (string | undefined)[]): string => routers.join(BETWEEN);

/** What a text of the output `routers` names: the inverse of `bothRouters`. */
export const routersIn = (text: string): string[] => text.split(BETWEEN);

/** What every platform answers, each by app. */
export interface Outputs {
  readonly hosts: Readonly<Record<string, string>>;
  /** What splits the traffic. */
  readonly routers: Readonly<Record<string, string>>;
  /** By variant, percent as asked and as the router can express it. */
  readonly weights: Readonly<Record<string, Readonly<Record<string, NominalWeight>>>>;
  readonly [more: string]: Input<unknown>;
}
