/** A preview: what an update would do, computed without an engine, credentials or a passphrase. */

import { isUnreadable } from "../base/secrets";
import { shownSetting } from "../stacks/secret-keys";
import { besideWeights } from "./beside-weights";
import type { StackConfiguration } from "./configuration";
import { ProgramError } from "./errors";
import type { Diagnostic } from "./monitor";
import { evaluate } from "./program";
import { disabledProviders, type ProviderChange, providerChanges } from "./provider-configuration";
import { isProvider, type ResourceState } from "./state";
import { isChange, isStack, type Op, type Step } from "./step";
import { MASK } from "./values";

export interface Preview {
  readonly configuration: StackConfiguration;
  /** One per resource, in the engine's order: as registered, deletions last. Sames included. */
  readonly steps: readonly Step[];
  /** How many resources meet each op; what may change only by secrets that can't be read is counted apart. */
  readonly summary: Readonly<Partial<Record<Op | "mayChange", number>>>;
  readonly diagnostics: readonly Diagnostic[];
  /** Why the update would fail, one sentence each; empty when nothing is known to stand against it. */
  readonly refusals: readonly string[];
  /** Keys of providers that change: what is deployed may be replaced, or made anew in another place. */
  readonly providers: readonly ProviderChange[];
  /** URNs of the resources that change by anything but a weight. */
  readonly besideWeights: ReadonlySet<string>;
}

/** What a program and its configuration come to when everything is deployed: the old side of a preview. */
export async function deployed(
  folder: string,
  configuration: StackConfiguration,
): Promise<readonly ResourceState[]> {
  return (await evaluate(folder, configuration)).states;
}

/**
 * Previews an update of the stack from `olds`.
 *
 * @param olds what is deployed: from `deployed`, or from a checkpoint
 * @param providersBefore configuration of the providers that it is deployed by; default the one now
 * @throws ProgramError when the program fails
 */
export async function preview(
  folder: string,
  configuration: StackConfiguration,
  olds: readonly ResourceState[],
  providersBefore: Readonly<Record<string, string>> = configuration.values,
): Promise<Preview> {
  const { steps, diagnostics } = await evaluate(folder, configuration, olds);
  refuseNothing(steps);
  const summary: Partial<Record<Op | "mayChange", number>> = {};
  for (const step of steps) {
    // As the engine counts: a first read changes nothing.
    if (step.op === "read" && step.old === undefined) continue;
    const key = step.mayChange ? "mayChange" : step.op;
    summary[key] = (summary[key] ?? 0) + 1;
  }
  const beside = await besideWeights(folder, configuration, steps, olds);
  const { project, values, secretKeys } = configuration;
  const refusals = [...disabledProviders(values, steps), ...steps.flatMap(refusalsOf)];
  const providers = providerChanges(project, providersBefore, values, secretKeys);
  const warnings = configuration.warnings.map((message) => ({ severity: "warning" as const, message }));
  return {
    configuration,
    steps,
    summary,
    refusals,
    providers,
    besideWeights: beside,
    diagnostics: [...warnings, ...diagnostics],
  };
}

/** @throws ProgramError when all that is deployed would go because the program declares nothing */
function refuseNothing(steps: readonly Step[]): void {
  const isResource = (step: Step): boolean => !isStack(step) && !isProvider(step.type);
  const gone = steps.filter((step) => isResource(step) && step.op === "delete").length;
  if (gone === 0 || steps.some((step) => isResource(step) && step.fresh !== undefined)) return;
  throw new ProgramError(
    `the program declares no resource, and ${gone} are deployed; pulumi destroy deletes all, if that is meant`,
    true,
  );
}

/** Whether a preview lists the step: changes always, sames on request, the stack always. */
export const isShown = (step: Step, showSames: boolean): boolean =>
  isChange(step) || isStack(step) || showSames;

function refusalsOf(step: Step): string[] {
  const refusals: string[] = [];
  if (step.refused !== undefined) refusals.push(`${step.type} ${step.name}: ${step.refused}`);
  if (step.protectedFrom !== undefined) {
    refusals.push(
      `${step.type} ${step.name}: is protected and would be ${step.protectedFrom === "delete" ? "deleted" : "replaced"}; ` +
        "remove `protect` in an update of its own first",
    );
  }
  return refusals;
}

/** The configuration as people may see it. */
export function shownConfiguration({ values, secretKeys }: StackConfiguration): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      secretKeys.includes(key) || isUnreadable(value) ? MASK : shownSetting(key, value),
    ]),
  );
}

export { isChange, isProvider, isStack };
