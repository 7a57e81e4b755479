/** What a rule is. Rules are pure functions of a resource graph, so the same ones run offline and in Pulumi's engine. */
import type { PolicySettings } from "../stacks/schema";
import type { Severity } from "../stacks/schema/policies";
import type { Departure, Graph, GraphWithChanges } from "./graph";

/** One thing that a rule does not allow. */
export interface Violation {
  /** The resource that it is about. */
  readonly urn?: string | undefined;
  /** One sentence: what is there, and what is allowed. */
  readonly message: string;
  /** Whether users may meet errors by it: a headline says so even if the rule is advisory. */
  readonly harmful?: true;
}

interface Described {
  /** Whether it is about what users get, so that a preview says it even if no policies are asked for. */
  readonly aboutUsers?: true;
  /** What holds where the rule holds, as a sentence. */
  readonly description: string;
  /** What counts unless the settings say otherwise. */
  readonly severity: Exclude<Severity, "off">;
  /** Whether it looks at the policies themselves: then those of another version are none of its business. Default false. */
  readonly ofSettings?: boolean;
}

/** A rule that looks at what will be there. Runs offline and in the engine. */
export interface ResourceRule extends Described {
  readonly needs: "resources";
  /** @param today ISO date */
  check(graph: Graph, settings: PolicySettings, today: string): Violation[];
}

/** A rule that looks at what was there, too, and at what happens to it. The engine shows policies neither: offline only. */
export interface ChangeRule extends Described {
  readonly needs: "changes";
  check(graph: GraphWithChanges, settings: PolicySettings): Violation[];
}

/** A rule that looks at what AWS says of what an update deletes: `canary check --live` only. */
export interface LiveRule extends Described {
  readonly needs: "departures";
  check(departures: readonly Departure[]): Violation[];
}

export type Rule = ResourceRule | ChangeRule | LiveRule;
