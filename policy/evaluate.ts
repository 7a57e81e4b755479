/** Runs every rule on a graph, with the severities and waivers of the settings. */

import { matches } from "../base/patterns";
import { nameOf } from "../offline/state";
import type { PolicySettings, Waiver } from "../stacks/schema";
import { type RuleName, type Severity, severities } from "../stacks/schema/policies";
import type { Graph, GraphWithChanges } from "./graph";
import type { Violation } from "./rule";
import { rules } from "./rules";

/** A violation and what it counts for. */
export interface Finding extends Violation {
  readonly rule: RuleName;
  readonly severity: Exclude<Severity, "off">;
  /** Whether only the base's policies find it, or count it as much. */
  readonly ofBase?: true;
  /** Why it does not count, and until which day. */
  readonly waived?: { readonly reason: string; readonly until: string };
}

/**
 * What the rules find, in their order.
 *
 * @param graph without `changes`, rules that need them are left out
 * @param today ISO date; the last day of a waiver still counts
 * @param names the rules that are run; default all
 */
export function holdAgainst(
  graph: Graph,
  settings: PolicySettings,
  today = new Date().toISOString().slice(0, 10),
  names = Object.keys(rules) as readonly RuleName[],
): Finding[] {
  return names.flatMap((rule) => {
    const severity = severityOf(rule, settings);
    if (severity === "off") return [];
    return violations(rule, graph, settings, today).map((violation): Finding => {
      const waiver = settings.waivers.find((one) => one.until >= today && covers(one, rule, violation));
      const finding = { rule, severity, ...violation };
      return waiver === undefined
        ? finding
        : { ...finding, waived: { reason: waiver.reason, until: waiver.until } };
    });
  });
}

/**
 * What the stack's own policies find, and what those of another version of it find beside: each violation counts by the stricter of
 * the two, so that a change can't loosen what it is held against.
 */
export function holdAgainstBoth(
  graph: Graph,
  own: PolicySettings,
  base: PolicySettings,
  today?: string,
  names?: readonly RuleName[],
): Finding[] {
  const found = holdAgainst(graph, own, today, names);
  const places = new Map(found.map((finding, i) => [keyOf(finding), i]));
  for (const finding of holdAgainst(graph, base, today, names)) {
    if (rules[finding.rule].ofSettings) continue;
    const at = places.get(keyOf(finding));
    if (at === undefined) found.push({ ...finding, ofBase: true });
    else if (weight(finding) > weight(found[at])) found[at] = { ...finding, ofBase: true };
  }
  return found;
}

const keyOf = ({ rule, urn, message }: Finding): string => JSON.stringify([rule, urn, message]);

const weight = (finding: Finding | undefined): number =>
  finding === undefined || finding.waived !== undefined ? 0 : severities.indexOf(finding.severity);

/** Whether the run fails by it. */
export const isRefusal = ({ severity, waived }: Finding): boolean =>
  severity === "mandatory" && waived === undefined;

export const severityOf = (rule: RuleName, settings: PolicySettings): Severity =>
  settings.rules[rule] ?? rules[rule].severity;

function violations(name: RuleName, graph: Graph, settings: PolicySettings, today: string): Violation[] {
  const rule = rules[name];
  switch (rule.needs) {
    case "resources":
      return rule.check(graph, settings, today);
    case "changes":
      return hasChanges(graph) ? rule.check(graph, settings) : [];
    case "departures":
      return rule.check(graph.departures ?? []);
  }
}

const hasChanges = (graph: Graph): graph is GraphWithChanges => graph.changes !== undefined;

/** A waiver names the resource, or a pattern for its URN. */
const covers = (waiver: Waiver, rule: RuleName, { urn }: Violation): boolean =>
  waiver.rule === rule &&
  urn !== undefined &&
  (waiver.resource === nameOf(urn) || matches(waiver.resource, urn));
