/**
 * Decides, while a program registers its resources, what an update would do to each: the engine's step generator
 * (pkg/resource/deploy/step_generator.go in pulumi/pulumi) for previews, with the providers' answers from models.
 */

import { isDeepStrictEqual } from "node:util";
import { type DetailedDiff, type Diff, isReplacing } from "./diff";
import { modelOf } from "./providers";
import {
  defined,
  inheritedAlias,
  isDefaultProvider,
  isProvider,
  makeUrn,
  nameOf,
  type ResourceState,
  STACK_TYPE,
  typeOf,
} from "./state";
import { type Properties, parsePath, UNKNOWN, type Value, valueAt } from "./values";

export type Op = "same" | "create" | "update" | "replace" | "delete" | "import" | "read";

/** What an update would do to one resource. */
export interface Step {
  readonly op: Op;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly old?: ResourceState;
  readonly fresh?: ResourceState;
  readonly detailedDiff: DetailedDiff;
  readonly replaceReasons: readonly string[];
  /** The only differences are secrets that can't be read without the stack's passphrase: there may be none. */
  readonly mayChange?: boolean;
  /** Why the update will fail, where that is known. */
  readonly refused?: string;
  /** A protected resource would go: the update fails. */
  readonly protectedFrom?: "delete" | "replace";
}

/** How a program names a resource's former self. */
export type Alias =
  | string
  | { name?: string; type?: string; stack?: string; project?: string; parent?: string; noParent?: boolean };

/** A resource as a program registers it. */
export interface Goal {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent?: string;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly provider?: string;
  readonly aliases: readonly Alias[];
  readonly importId?: string;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly deleteBeforeReplace?: boolean;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  /** Keys of outputs that no input sets. */
  readonly outputKeys: readonly string[];
}

/** What the program gets to see of a registered resource. */
export interface Answer {
  readonly urn: string;
  readonly id?: string;
  readonly outputs: Properties;
}

interface Decision {
  readonly op: Op;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly id?: string;
  readonly diff?: Diff;
  readonly reasons?: readonly string[];
}

/** A program error that names the resource, as the engine's: two resources of one URN, for example. */
export class RegistrationError extends Error {}

export class Planner {
  readonly steps: Step[] = [];
  readonly #olds: Map<string, ResourceState> | undefined;
  readonly #seen = new Map<string, Step>();
  /** Former URNs that registered resources have claimed. */
  readonly #claimed = new Map<string, string>();
  readonly #aliasUsed = new Map<string, string>();
  /** What goes because something it depends on is deleted before its replacement, with the reasons. */
  readonly #condemned = new Map<string, string[]>();

  /**
   * @param olds the resources before, or undefined to take everything registered for deployed: known ids and outputs
   */
  constructor(
    readonly project: string,
    readonly stack: string,
    olds?: readonly ResourceState[],
  ) {
    this.#olds = olds && new Map(olds.map((state) => [state.urn, state]));
  }

  register(goal: Goal): Answer {
    const urn = makeUrn(this.stack, this.project, goal.type, goal.name, goal.parent);
    if (this.#seen.has(urn))
      throw new RegistrationError(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    const old = this.#oldOf(urn, goal);
    const decision = this.#decide(urn, goal, old);
    return this.#note(urn, goal, old, decision);
  }

  /** A resource that is read, not managed. */
  read(goal: Goal, id: string): Answer {
    const urn = makeUrn(this.stack, this.project, goal.type, goal.name, goal.parent);
    const outputs = { ...placeholders(goal), ...goal.inputs };
    const decision: Decision = { op: "read", inputs: goal.inputs, outputs, id };
    return this.#note(urn, goal, this.#olds?.get(urn), decision, true);
  }

  /** A component's or the stack's outputs, once they are known. */
  complete(urn: string, outputs: Properties): void {
    const at = this.steps.findIndex((step) => step.urn === urn);
    const step = this.steps[at];
    if (step?.fresh === undefined) return;
    const completed = { ...step, fresh: { ...step.fresh, outputs } };
    this.steps[at] = completed;
    this.#seen.set(urn, completed);
  }

  /** Every step, deletions last, dependents first among them. */
  finish(): Step[] {
    const gone = [...(this.#olds?.values() ?? [])].filter(
      (old) => !this.#seen.has(old.urn) && !this.#claimed.has(old.urn) && !isDefaultProvider(old),
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

  #oldOf(urn: string, goal: Goal): ResourceState | undefined {
    if (this.#olds === undefined) return undefined;
    for (const candidate of [urn, ...this.#aliasUrns(urn, goal)]) {
      const old = this.#olds.get(candidate);
      if (old === undefined) continue;
      if (candidate !== urn) {
        const claimant = this.#claimed.get(candidate);
        if (claimant !== undefined || this.#seen.has(candidate)) {
          throw new RegistrationError(`Duplicate resource alias '${candidate}' applied to '${urn}'`);
        }
        this.#claimed.set(candidate, urn);
        this.#aliasUsed.set(urn, candidate);
      }
      return old;
    }
    return undefined;
  }

  /** Every URN that the resource's own aliases, and its parent's multiplied into them, give it. */
  #aliasUrns(urn: string, { name, type, parent, aliases }: Goal): string[] {
    const own = aliases.map((alias): string => {
      if (typeof alias === "string") return alias;
      const above = alias.noParent ? undefined : (alias.parent ?? parent);
      return makeUrn(
        alias.stack ?? this.stack,
        alias.project ?? this.project,
        alias.type ?? type,
        alias.name ?? name,
        above === undefined || typeOf(above) === STACK_TYPE ? undefined : above,
      );
    });
    const parentAlias = parent === undefined ? undefined : this.#aliasUsed.get(parent);
    if (parent === undefined || parentAlias === undefined) return own;
    return [...own, ...[urn, ...own].map((child) => inheritedAlias(child, nameOf(parent), parentAlias))];
  }

  #decide(urn: string, goal: Goal, old: ResourceState | undefined): Decision {
    const registration = { urn, type: goal.type, name: goal.name, inputs: goal.inputs };
    const model = modelOf(goal.type);
    const made = (op: Op, reasons: readonly string[] = [], diff?: Diff): Decision => {
      const inputs = goal.custom ? model.check(registration) : goal.inputs;
      return { op, inputs, outputs: goal.custom ? inputs : {}, reasons, ...(diff && { diff }) };
    };

    if (this.#olds === undefined) {
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
    const condemned = this.#condemned.get(old.urn);
    if (condemned !== undefined) return made("replace", condemned);

    const kept = withIgnored(goal.inputs, old.inputs, goal.ignoreChanges);
    if (!goal.custom) return this.#component(kept, old);
    const inputs = model.check({ ...registration, inputs: kept }, old);
    const diff = this.#settled(goal, model.diff(old, inputs), old);
    const reasons = Object.keys(diff.detailed).filter(
      (path) => diff.detailed[path] && isReplacing(diff.detailed[path]),
    );
    const providerReplaced =
      goal.provider !== undefined && this.#seen.get(urnOf(goal.provider))?.op === "replace";
    if (reasons.length > 0 || old.pendingReplacement || providerReplaced) {
      if (goal.deleteBeforeReplace ?? diff.deleteBeforeReplace) this.#condemn(old);
      return made("replace", providerReplaced ? ["provider"] : reasons, diff);
    }
    const known = defined({ id: old.id });
    if (Object.keys(diff.detailed).length > 0 || (old.initErrors?.length ?? 0) > 0) {
      return { op: "update", inputs, outputs: model.updated(old, inputs, diff), diff, ...known };
    }
    return { op: "same", inputs, outputs: old.outputs, ...known };
  }

  #component(inputs: Properties, old: ResourceState): Decision {
    const op = isDeepStrictEqual(inputs, old.inputs) ? "same" : "update";
    return { op, inputs, outputs: old.outputs };
  }

  /** The provider's differences after the program's options, and without unknowns that stand for the same as before. */
  #settled(goal: Goal, diff: Diff, old: ResourceState): Diff {
    const contains = (paths: readonly string[], path: string): boolean =>
      paths.some((outer) => parsePath(outer).every((step, i) => step === "*" || parsePath(path)[i] === step));
    const detailed = Object.entries(diff.detailed)
      .filter(([path]) => !contains(goal.ignoreChanges, path))
      .filter(([path]) => !this.#sameUnknown(goal, old, path))
      .map(([path, change]) =>
        contains(goal.replaceOnChanges, path) && !isReplacing(change)
          ? [path, { ...change, kind: `${change.kind}-replace` }]
          : [path, change],
      );
    return { ...diff, detailed: Object.fromEntries(detailed) };
  }

  /** Whether a value is unknown before and after, and all that it comes from stays as it is. */
  #sameUnknown(goal: Goal, old: ResourceState, path: string): boolean {
    if (valueAt(goal.inputs, path) !== UNKNOWN || valueAt(old.inputs, path) !== UNKNOWN) return false;
    const sources = goal.propertyDependencies[parsePath(path)[0] ?? ""] ?? [];
    return sources.every((urn) => this.#seen.get(urn)?.op === "same");
  }

  /**
   * Marks what has to go before `root` does: dependents that would be replaced if what they take from it, or from one
   * another, were unknown (`calculateDependentReplacements`).
   */
  #condemn(root: ResourceState): void {
    const doomed = new Set([root.urn]);
    for (const state of this.#olds?.values() ?? []) {
      if (!state.custom || state.external || this.#seen.has(state.urn) || doomed.has(state.urn)) continue;
      if (state.provider !== undefined && doomed.has(urnOf(state.provider))) {
        doomed.add(state.urn);
        this.#condemned.set(state.urn, []);
        continue;
      }
      const taking = Object.entries(state.propertyDependencies).filter(([, urns]) =>
        urns.some((urn) => doomed.has(urn)),
      );
      if (taking.length === 0) continue;
      const unknown = Object.fromEntries(taking.map(([key]) => [key, UNKNOWN]));
      const { detailed } = modelOf(state.type).diff(state, { ...state.inputs, ...unknown });
      const reasons = Object.keys(detailed).filter((path) => detailed[path] && isReplacing(detailed[path]));
      if (reasons.length === 0) continue;
      doomed.add(state.urn);
      this.#condemned.set(state.urn, reasons);
    }
  }

  #note(
    urn: string,
    goal: Goal,
    old: ResourceState | undefined,
    decision: Decision,
    external = false,
  ): Answer {
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
    const changes = Object.values(diff?.detailed ?? {});
    const step: Step = {
      op,
      urn,
      type: goal.type,
      name: goal.name,
      fresh,
      detailedDiff: diff?.detailed ?? {},
      replaceReasons: reasons,
      ...(old && { old }),
      ...(changes.length > 0 && changes.every((change) => change.undecided) && { mayChange: true }),
      ...(diff?.refused !== undefined && { refused: diff.refused }),
      ...(op === "replace" && old?.protect && goal.protect && { protectedFrom: "replace" as const }),
    };
    this.steps.push(step);
    this.#seen.set(urn, step);
    return { urn, outputs, ...defined({ id }) };
  }
}

/** The URN in a provider reference. */
const urnOf = (provider: string): string => provider.split("::").slice(0, 4).join("::");

/** Stand-ins for the outputs of a resource that counts as deployed; those of a provider's model first. */
function placeholders({ type, name, inputs, outputKeys }: Goal): Properties {
  const texts = outputKeys.filter((key) => !(key in inputs)).map((key) => [key, `<${name}.${key}>`]);
  const known = Object.fromEntries(texts);
  for (const [key, value] of Object.entries(modelOf(type).placeholders(type)))
    if (!(key in inputs)) known[key] = value;
  return known;
}

/** `inputs` with the old value at every ignored path. */
function withIgnored(inputs: Properties, old: Properties, paths: readonly string[]): Properties {
  if (paths.length === 0) return inputs;
  const copy = structuredClone(inputs);
  for (const path of paths) {
    const steps = parsePath(path);
    const last = steps.pop();
    if (last === undefined) continue;
    let target: Value | undefined = copy;
    let source: Value | undefined = old;
    for (const step of steps) {
      target = (target as Properties | undefined)?.[step];
      source = (source as Properties | undefined)?.[step];
    }
    if (typeof target !== "object" || target === null) continue;
    const before = (source as Properties | undefined)?.[last];
    if (before === undefined) delete (target as Properties)[last];
    else (target as Properties)[last] = before;
  }
  return copy;
}

export { isProvider };
