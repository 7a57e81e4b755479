/** What a program asks for when it registers a resource, and what an update would do about it. */
import type { Alias } from "./aliases";
import type { DetailedDiff } from "./diff";
import { type ResourceState, STACK_TYPE } from "./state";
import type { Properties } from "./values";

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
  /** Why the update will fail, if that is known. */
  readonly refused?: string;
  /** A protected resource would go: the update fails. */
  readonly protectedFrom?: "delete" | "replace";
}

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
export interface Registered {
  readonly urn: string;
  readonly id?: string;
  readonly outputs: Properties;
}

/** Whether the step stands for a change. */
export const isChange = (step: Step): boolean => step.op !== "same";

export const isStack = (step: Step): boolean => step.type === STACK_TYPE;
