/** What appinfo can be told to do wrong. */
import type { Variables } from "./info.ts";

export interface Switches {
  /** Percent of answers that are errors: 25 is exactly every fourth. */
  readonly errorRate: number;
  /** Milliseconds before each answer. */
  readonly latencyMs: number;
  /** Whether the answer tells the namespace. */
  readonly showNamespace: boolean;
}

const LARGEST = { errorRate: 100, latencyMs: 60_000 } as const;

/** The switches of the variables ERROR_RATE, LATENCY_MS and SHOW_NAMESPACE. */
export function switchesFrom({ ERROR_RATE, LATENCY_MS, SHOW_NAMESPACE }: Variables): Switches {
  const switches = { errorRate: 0, latencyMs: 0, showNamespace: true };
  return withChanges(switches, {
    ...(ERROR_RATE && { errorRate: Number(ERROR_RATE) }),
    ...(LATENCY_MS && { latencyMs: Number(LATENCY_MS) }),
    ...(SHOW_NAMESPACE && { showNamespace: SHOW_NAMESPACE === "true" }),
  });
}

/** The switches with some of them changed. @throws RangeError for one that is not there, or a value that it can't have */
export function withChanges(switches: Switches, changes: object): Switches {
  for (const [name, value] of Object.entries(changes)) {
    if (name === "showNamespace" && typeof value === "boolean") continue;
    if (name !== "errorRate" && name !== "latencyMs")
      throw new RangeError(`${name}=${value}; allowed: ${Object.keys(switches).join(", ")}`);
    if (typeof value !== "number" || !(value >= 0 && value <= LARGEST[name]))
      throw new RangeError(`${name}=${value}; allowed: 0 to ${LARGEST[name]}`);
  }
  return { ...switches, ...changes };
}
