/** What was asked for, and what was found. */

import type { Side } from "../components/aws/dns";
import { rounded } from "../components/traffic";
import type { ShownWeight } from "../offline/shown";

/** One thing that can be read back. */
export interface Fact {
  readonly what: string;
  readonly asked: string;
  readonly observed: string;
  /** Whether what was found is what was asked for. */
  readonly holds: boolean;
}

/** A fact that holds when both sides read the same. */
export function fact(what: string, asked: string | number, observed: string | number | undefined): Fact {
  const [wanted, found] = [String(asked), String(observed ?? "missing")];
  return { what, asked: wanted, observed: found, holds: wanted === found };
}

/** One variant's weights, in percent. */
export interface VariantStatus extends ShownWeight {
  readonly app: string;
  readonly variant: string;
  /** Container image or machine image; undefined if it can't be known. */
  readonly version?: string | undefined;
  /** What splits the app's traffic. */
  readonly router: string;
  /** Whether the router's side could be read. */
  readonly seen: boolean;
  /** Undefined if nothing was found that takes requests, or nothing was read. */
  readonly observed?: number | undefined;
}

/** An app's host, and the percent of its users that DNS is to lead to each side. */
export interface AppUsers {
  readonly app: string;
  readonly host?: string | undefined;
  readonly sides: Readonly<Partial<Record<Side, number>>>;
}

/** What one reader found. */
export interface Observations {
  /** The side whose apps it weighed. */
  readonly side: Side;
  readonly facts: readonly Fact[];
  /** Observed weights in percent: app to variant to weight. */
  readonly weights: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What it can't see, one sentence each. */
  readonly unseen: readonly string[];
}

export interface Report {
  readonly stack: string;
  /** The account and the cluster that were looked at, for people. */
  readonly looked: readonly string[];
  /** Where DNS is to lead the users of each app. */
  readonly users: readonly AppUsers[];
  readonly variants: readonly VariantStatus[];
  readonly facts: readonly Fact[];
  /** What could not be read, and why, one sentence each. */
  readonly unread: readonly string[];
  /** What is never read, one sentence each. */
  readonly unseen: readonly string[];
}

/** Whether a variant's observed weight is the effective one, to two decimals. */
export const isAsAsked = ({ effective, observed }: VariantStatus): boolean =>
  observed !== undefined && rounded(observed) === rounded(effective);

/** Whether anything is not as asked, or can't be told. */
export const differs = ({ variants, facts, unread }: Report): boolean =>
  !variants.every(isAsAsked) || !facts.every(({ holds }) => holds) || unread.length > 0;

/** The report as `--json` prints it. */
export function reportJson(report: Report): object {
  const { stack, looked, users, variants, facts, unread, unseen } = report;
  return {
    stack,
    looked,
    users,
    differs: differs(report),
    weights: variants.map(({ effective, observed, ...variant }) => ({
      ...variant,
      effective: rounded(effective),
      observed: observed === undefined ? null : rounded(observed),
    })),
    facts,
    unread,
    unseen,
  };
}
