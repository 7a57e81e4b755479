/** What can be set for a router, for people: from the schema that checks it. */
import * as z from "zod";
import type { Router } from "./router";

/** A setting of a router's. */
export interface SettingFact {
  /** Below `routers.<name>`, as in `circuitBreaker.maxConnections`. */
  readonly key: string;
  /** Undefined if there is none, or if `description` says what happens without. */
  readonly default?: unknown;
  readonly description: string;
}

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
}

/** A router's settings in the order of its schema, those of a group after the group itself. */
export function settingsOf(router: Router): SettingFact[] {
  // The output side: the input side of a number that may come as a text has no default.
  return factsOf(z.toJSONSchema(router.settings, { io: "output", unrepresentable: "any" }) as Node, "");
}

function factsOf({ properties = {} }: Node, path: string): SettingFact[] {
  return Object.entries(properties).flatMap(([name, node]) => {
    const key = path + name;
    const { description = "", default: fallback } = node;
    const of = fallback === undefined || node.properties !== undefined ? {} : { default: fallback };
    return [{ key, description, ...of }, ...factsOf(node, `${key}.`)];
  });
}
