/** A preview: what an update would do, computed without an engine, credentials or a passphrase. */
import { shownSetting } from "../stacks/secret-keys";
import type { StackConfiguration } from "./configuration";
import type { Diagnostic } from "./monitor";
import { evaluate } from "./program";
import { isProvider, type ResourceState, STACK_TYPE } from "./state";
import type { Op, Step } from "./step";
import { isUnreadable, MASK } from "./values";

export interface Preview {
  readonly configuration: StackConfiguration;
  /** One per resource, in the engine's order: as registered, deletions last. Sames included. */
  readonly steps: readonly Step[];
  /** How many resources meet each op; what may change only by secrets that can't be read is counted apart. */
  readonly summary: Readonly<Partial<Record<Op | "mayChange", number>>>;
  readonly diagnostics: readonly Diagnostic[];
  /** Why the update would fail, one sentence each; empty when nothing is known to stand against it. */
  readonly refusals: readonly string[];
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
 * @throws ProgramError when the program fails
 */
export async function preview(
  folder: string,
  configuration: StackConfiguration,
  olds: readonly ResourceState[],
): Promise<Preview> {
  const { steps, diagnostics } = await evaluate(folder, configuration, olds);
  const summary: Partial<Record<Op | "mayChange", number>> = {};
  for (const step of steps) {
    // As the engine counts: a first read changes nothing.
    if (step.op === "read" && step.old === undefined) continue;
    const key = step.mayChange ? "mayChange" : step.op;
    summary[key] = (summary[key] ?? 0) + 1;
  }
  return { configuration, steps, summary, diagnostics, refusals: steps.flatMap(refusalsOf) };
}

/** Whether the step stands for a change. */
export const isChange = (step: Step): boolean => step.op !== "same";

export const isStack = (step: Step): boolean => step.type === STACK_TYPE;

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

export { isProvider };
