/**
 * Decides, while a program registers its resources, what an update would do to each: the engine's step generator
 * (pkg/resource/deploy/step_generator.go in pulumi/pulumi) for previews, with the providers' answers from models.
 */

import { isDeepStrictEqual } from "node:util";
import { formerUrns } from "./aliases";
import type { Diff } from "./diff";
import { isUndecided, replacingPaths, withIgnored, withOptions } from "./options";
import { placeholders, unlessKept } from "./outputs";
import { modelOf } from "./providers";
import { defined, isDefaultProvider, makeUrn, type ResourceState } from "./state";
import type { Goal, Op, Registered, Step } from "./step";
import { hasUnknown, type Properties, parsePath, UNKNOWN, valueAt } from "./values";

interface Decision {
  readonly op: Op;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly id?: string;
  readonly diff?: Diff;
  readonly reasons?: readonly string[];
  /** Whether it all hangs on secrets that can't be read. */
  readonly mayChange?: boolean;
}

/** A program error that names the resource, as the engine's: two resources of one URN, for example. */
export class RegistrationError extends Error {}

export class Planner {
  readonly steps: Step[] = [];
  private readonly olds: Map<string, ResourceState> | undefined;
  private readonly seen = new Map<string, Step>();
  /** Where in `steps` each is. */
  private readonly places = new Map<string, number>();
  /** Former URNs that registered resources have claimed. */
  private readonly claimed = new Map<string, string>();
  private readonly aliasUsed = new Map<string, string>();
  /** What goes because something it depends on is deleted before its replacement, and whether that may not happen. */
  private readonly condemned = new Map<string, { mayChange: boolean }>();

  /**
   * @param olds the resources before, or undefined to take everything registered for deployed: known ids and outputs
   */
  constructor(
    readonly project: string,
    readonly stack: string,
    olds?: readonly ResourceState[],
  ) {
    this.olds = olds && new Map(olds.map((state) => [state.urn, state]));
  }

  register(goal: Goal): Registered {
    const urn = makeUrn(this.stack, this.project, goal.type, goal.name, goal.parent);
    if (this.seen.has(urn))
      throw new RegistrationError(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    const old = this.oldOf(urn, goal);
    const decision = this.decide(urn, goal, old);
    return this.note(urn, goal, old, decision);
  }

  /** A resource that is read, not managed. */
  read(goal: Goal, id: string): Registered {
    const urn = makeUrn(this.stack, this.project, goal.type, goal.name, goal.parent);
    const old = this.olds?.get(urn);
    const known = old?.id === id ? old.outputs : this.olds === undefined ? placeholders(goal) : {};
    const op = old === undefined || old.external || old.id === id ? "read" : "replace";
    const decision: Decision = { op, inputs: goal.inputs, outputs: { ...known, ...goal.inputs }, id };
    return this.note(urn, goal, old, decision, true);
  }

  /** A component's or the stack's outputs, once they are known. */
  complete(urn: string, outputs: Properties): void {
    const at = this.places.get(urn) ?? -1;
    const step = this.steps[at];
    if (step?.fresh === undefined) return;
    const completed = { ...step, fresh: { ...step.fresh, outputs } };
    this.steps[at] = completed;
    this.seen.set(urn, completed);
  }

  /** Every step, deletions last, dependents first among them. */
  finish(): Step[] {
    const gone = [...(this.olds?.values() ?? [])].filter(
      (old) => !this.seen.has(old.urn) && !this.claimed.has(old.urn) && !isDefaultProvider(old),
    );
    const deletions = gone.reverse().map(
      (old): Step => ({
        op: "delete",
        urn: old.urn,
        type: old.type,
        name: old.name,
        old,
        detailedDiff: {},
        replaceReasons: [],
        ...(old.protect && { protectedFrom: "delete" as const }),
      }),
    );
    return [...this.steps, ...deletions];
  }

  /** The resources as they are after all steps. */
  states(): ResourceState[] {
    return this.steps.flatMap((step) => (step.fresh === undefined ? [] : [step.fresh]));
  }

  private oldOf(urn: string, goal: Goal): ResourceState | undefined {
    if (this.olds === undefined) return undefined;
    for (const candidate of [urn, ...this.formerUrns(urn, goal)]) {
      const old = this.olds.get(candidate);
      if (old === undefined) continue;
      if (candidate !== urn) {
        const claimant = this.claimed.get(candidate);
        if (claimant !== undefined || this.seen.has(candidate)) {
          throw new RegistrationError(`Duplicate resource alias '${candidate}' applied to '${urn}'`);
        }
        this.claimed.set(candidate, urn);
        this.aliasUsed.set(urn, candidate);
      }
      return old;
    }
    return undefined;
  }

  private formerUrns(urn: string, goal: Goal): string[] {
    const parentAlias = goal.parent === undefined ? undefined : this.aliasUsed.get(goal.parent);
    return formerUrns(this.project, this.stack, urn, goal, parentAlias);
  }

  private decide(urn: string, goal: Goal, old: ResourceState | undefined): Decision {
    const registration = { urn, type: goal.type, name: goal.name, inputs: goal.inputs };
    const model = modelOf(goal.type);
    const made = (op: Op, reasons: readonly string[] = [], diff?: Diff): Decision => {
      const replaced = op === "replace" ? old : undefined;
      const inputs = goal.custom ? model.check({ ...registration, ...defined({ replaced }) }) : goal.inputs;
      const outputs = goal.custom ? model.created(inputs) : {};
      return { op, inputs, outputs, reasons, ...(diff && { diff }) };
    };

    if (this.olds === undefined) {
      const { inputs } = made("create");
      const id = goal.importId ?? model.idOf(inputs, goal.name);
      return {
        op: "create",
        inputs,
        outputs: { ...placeholders(goal), ...inputs },
        ...(goal.custom && { id }),
      };
    }
    const imports = goal.custom && goal.importId !== undefined;
    if (imports && (old === undefined || old.external || (old.importId ?? old.id) !== goal.importId)) {
      const { inputs } = made("import");
      return {
        op: "import",
        inputs,
        outputs: { ...placeholders(goal), ...inputs },
        ...defined({ id: goal.importId }),
      };
    }
    if (old === undefined) return made("create");
    if (old.external) return made("replace");
    const condemned = this.condemned.get(old.urn);
    if (condemned !== undefined) {
      const decision = made("replace");
      return condemned.mayChange ? doubtful(decision, old) : decision;
    }

    const kept = withIgnored(goal.inputs, old.inputs, goal.ignoreChanges);
    if (!goal.custom) return this.component(kept, old);
    const inputs = model.check({ ...registration, inputs: kept }, old);
    const answer = model.diff(old, inputs);
    const diff = this.settled(goal, answer, old);
    const replacing = replacingPaths(diff);
    const providerReplaced =
      goal.provider !== undefined && this.seen.get(urnOf(goal.provider))?.op === "replace";
    if (replacing.length > 0 || old.pendingReplacement || providerReplaced) {
      const mayChange = isUndecided(diff) && !old.pendingReplacement && !providerReplaced;
      if (goal.deleteBeforeReplace ?? diff.deleteBeforeReplace) this.condemn(old, mayChange);
      // Of what the program asked to replace for, the engine gives no reason.
      const reasons = replacing.filter((path) => replacingPaths(answer).includes(path));
      const decision = made("replace", providerReplaced ? ["provider"] : reasons, diff);
      return mayChange ? doubtful(decision, old) : decision;
    }
    const known = defined({ id: old.id });
    if (Object.keys(diff.detailed).length > 0 || (old.initErrors?.length ?? 0) > 0) {
      const outputs = model.updated(old, inputs, diff);
      return { op: "update", inputs, outputs, diff, mayChange: isUndecided(diff), ...known };
    }
    return { op: "same", inputs, outputs: old.outputs, ...known };
  }

  private component(inputs: Properties, old: ResourceState): Decision {
    const op = isDeepStrictEqual(inputs, old.inputs) ? "same" : "update";
    return { op, inputs, outputs: old.outputs };
  }

  /** The provider's differences after the program's options, and without unknowns that stand for the same as before. */
  private settled(goal: Goal, diff: Diff, old: ResourceState): Diff {
    const detailed = Object.entries(withOptions(diff.detailed, goal))
      .filter(([path]) => !this.sameUnknown(goal, old, path))
      .map(([path, change]) => [
        path,
        this.hangsOnDoubt(goal, path) ? { ...change, undecided: true as const } : change,
      ]);
    return { ...diff, detailed: Object.fromEntries(detailed) };
  }

  /** Whether a value is unknown only because something that it comes from may change, and may not. */
  private hangsOnDoubt(goal: Goal, path: string): boolean {
    if (valueAt(goal.inputs, path) !== UNKNOWN) return false;
    const steps = (goal.propertyDependencies[parsePath(path)[0] ?? ""] ?? []).map((urn) =>
      this.seen.get(urn),
    );
    const unknown = steps.filter(
      (step) => step !== undefined && step.op !== "same" && hasUnknown(step.fresh?.outputs ?? {}),
    );
    return unknown.length > 0 && unknown.every((step) => step?.mayChange);
  }

  /** Whether a value is unknown before and after, and all that it comes from stays as it is. */
  private sameUnknown(goal: Goal, old: ResourceState, path: string): boolean {
    if (valueAt(goal.inputs, path) !== UNKNOWN || valueAt(old.inputs, path) !== UNKNOWN) return false;
    const sources = goal.propertyDependencies[parsePath(path)[0] ?? ""] ?? [];
    return sources.every((urn) => this.seen.get(urn)?.op === "same");
  }

  /**
   * Marks what has to go before `root` does: dependents that would be replaced if what they take from it, or from one
   * another, were unknown (`calculateDependentReplacements`).
   */
  private condemn(root: ResourceState, mayChange: boolean): void {
    const doomed = new Set([root.urn]);
    for (const state of this.olds?.values() ?? []) {
      if (!state.custom || state.external || this.seen.has(state.urn) || doomed.has(state.urn)) continue;
      if (state.provider !== undefined && doomed.has(urnOf(state.provider))) {
        doomed.add(state.urn);
        continue;
      }
      const taking = Object.entries(state.propertyDependencies).filter(([, urns]) =>
        urns.some((urn) => doomed.has(urn)),
      );
      if (taking.length === 0) continue;
      const unknown = Object.fromEntries(taking.map(([key]) => [key, UNKNOWN]));
      const diff = modelOf(state.type).diff(state, { ...state.inputs, ...unknown });
      if (replacingPaths({ ...diff, detailed: withOptions(diff.detailed, state) }).length === 0) continue;
      doomed.add(state.urn);
    }
    for (const urn of doomed) {
      const certain = this.condemned.get(urn)?.mayChange === false;
      if (urn !== root.urn) this.condemned.set(urn, { mayChange: mayChange && !certain });
    }
  }

  private note(
    urn: string,
    goal: Goal,
    old: ResourceState | undefined,
    decision: Decision,
    external = false,
  ): Registered {
    const { op, inputs, outputs, id, diff, reasons = [] } = decision;
    const fresh: ResourceState = {
      urn,
      type: goal.type,
      name: goal.name,
      custom: goal.custom,
      inputs,
      outputs,
      dependencies: goal.dependencies,
      propertyDependencies: goal.propertyDependencies,
      ...(external && { external }),
      ...defined({
        id,
        parent: goal.parent,
        provider: goal.provider,
        protect: goal.protect || undefined,
        retainOnDelete: goal.retainOnDelete || undefined,
        importId: goal.importId,
        ignoreChanges: goal.ignoreChanges.length > 0 ? goal.ignoreChanges : undefined,
        replaceOnChanges: goal.replaceOnChanges.length > 0 ? goal.replaceOnChanges : undefined,
      }),
    };
    const step: Step = {
      op,
      urn,
      type: goal.type,
      name: goal.name,
      fresh,
      detailedDiff: diff?.detailed ?? {},
      replaceReasons: reasons,
      ...(old && { old }),
      ...(decision.mayChange && { mayChange: true }),
      ...(diff?.refused !== undefined && { refused: diff.refused }),
      ...(op === "replace" && old?.protect && goal.protect && { protectedFrom: "replace" as const }),
    };
    this.places.set(urn, this.steps.push(step) - 1);
    this.seen.set(urn, step);
    return { urn, outputs, ...defined({ id }) };
  }
}

/** A replacement that may not happen: what it would make anew is unknown, the rest as it was. */
function doubtful(decision: Decision, old: ResourceState): Decision {
  return { ...decision, outputs: unlessKept(old.outputs, old.inputs, decision.inputs), mayChange: true };
}

/** The URN in a provider reference. */
const urnOf = (provider: string): string => provider.split("::").slice(0, 4).join("::");
