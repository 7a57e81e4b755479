/** What one version of a stack's policies allows that another did not. */
import type { PolicySettings } from "../stacks/schema";
import { ruleNames, severities } from "../stacks/schema/policies";
import { severityOf } from "./evaluate";

/** A sentence for each rule, limit and waiver that is looser in `after` than in `before`; empty if none is. */
export function loosenedPolicies(before: PolicySettings, after: PolicySettings): string[] {
  return Object.values(LOOSER).flatMap((compare) => compare(before, after));
}

type Compare = (before: PolicySettings, after: PolicySettings) => string[];

/** How each key is looser. */
const LOOSER: Readonly<Record<keyof PolicySettings, Compare>> = {
  rules: (before, after) =>
    ruleNames.flatMap((rule) => {
      const [was, is] = [severityOf(rule, before), severityOf(rule, after)];
      return severities.indexOf(is) < severities.indexOf(was) ? [`rule ${rule}: ${was} -> ${is}`] : [];
    }),
  maxStep: (before, after) =>
    after.maxStep > before.maxStep ? [`maxStep: ${before.maxStep} -> ${after.maxStep} points`] : [],
  drainTtls: (before, after) =>
    after.drainTtls < before.drainTtls ? [`drainTtls: ${before.drainTtls} -> ${after.drainTtls}`] : [],
  productionStacks: (before, after) =>
    missing(before.productionStacks, after.productionStacks).map(
      (name) => `productionStacks: without ${name}`,
    ),
  sandboxedRuntimeClasses: (before, after) =>
    missing(after.sandboxedRuntimeClasses, before.sandboxedRuntimeClasses).map(
      (name) => `sandboxedRuntimeClasses: with ${name}`,
    ),
  debugHostPaths: (before, after) =>
    missing(after.debugHostPaths, before.debugHostPaths).map((path) => `debugHostPaths: with ${path}`),
  admission: (before, after) => (before.admission && !after.admission ? ["admission: true -> false"] : []),
  waivers: (before, after) =>
    after.waivers.flatMap((waiver) => {
      const same = before.waivers.filter(
        ({ rule, resource }) => rule === waiver.rule && resource === waiver.resource,
      );
      if (same.some(({ until }) => until >= waiver.until)) return [];
      return [`waiver of ${waiver.rule} for ${waiver.resource}, until ${waiver.until}: ${waiver.reason}`];
    }),
};

const missing = (from: readonly string[], among: readonly string[]): string[] =>
  from.filter((one) => !among.includes(one));
