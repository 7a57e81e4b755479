/** Runs every rule on a graph, with the severities and waivers of the settings. */

import { matches } from "../base/patterns";
import { nameOf } from "../offline/state";
import type { PolicySettings, Waiver } from "../stacks/schema";
import type { RuleName, Severity } from "../stacks/schema/policies";
import type { Graph, GraphWithChanges } from "./graph";
import type { Violation } from "./rule";
import { rules } from "./rules";

/** A violation and what it counts for. */
export interface Finding extends Violation {
  readonly rule: RuleName;
  readonly severity: Exclude<Severity, "off">;
  /** Why it does not count, and until which day. */
  readonly waived?: { readonly reason: string; readonly until: string };
}

/**
 * What the rules find, in their order.
 *
 * @param graph without `changes`, rules that need them are left out
 * @param today ISO date; the last day of a waiver still counts
 */
export function holdAgainst(
  graph: Graph,
  settings: PolicySettings,
  today = new Date().toISOString().slice(0, 10),
): Finding[] {
  return (Object.keys(rules) as RuleName[]).flatMap((rule) => {
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
