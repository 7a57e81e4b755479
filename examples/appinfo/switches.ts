/** What the app can be told to do wrong. */
import type { Variables } from "./info.ts";

/** How an error comes: at once; the head at once and the body 200 ms later; or the body in three chunks without a length. */
export type ErrorStyle = "plain" | "slow" | "chunked";

export interface Switches {
  /** Percent of answers that are errors: 25 is exactly every fourth. */
  readonly errorRate: number;
  readonly errorStyle: ErrorStyle;
  /** Milliseconds before each answer. */
  readonly latencyMs: number;
  /** Requests that it answers at the same time, as one of so many workers does; one more is refused with 503. 0: any number. */
  readonly capacity: number;
  /** Whether requests are accepted and never answered. */
  readonly hang: boolean;
  /** Whether connections are refused. */
  readonly refuse: boolean;
  /** Whether `/readyz` answers 200. */
  readonly ready: boolean;
  /** Whether `/healthz` answers 200. */
  readonly healthy: boolean;
  /** Whether the answer tells the namespace. */
  readonly showNamespace: boolean;
}

const WELL: Switches = {
  errorRate: 0,
  errorStyle: "plain",
  latencyMs: 0,
  capacity: 0,
  hang: false,
  refuse: false,
  ready: true,
  healthy: true,
  showNamespace: true,
};

const STYLES: readonly unknown[] = ["plain", "slow", "chunked"] satisfies ErrorStyle[];
const LARGEST = { errorRate: 100, latencyMs: 60_000, capacity: 1_000_000 } as const;

/** The switches that an app starts with. Their variables are ERROR_RATE, ERROR_STYLE, LATENCY_MS, SHOW_NAMESPACE and so on. */
export function switchesFrom(env: Variables): Switches {
  const given = Object.keys(WELL).flatMap((name) => {
    const text = env[name.replace(/[A-Z]/g, "_$&").toUpperCase()];
    return text ? [[name, /^(true|false|[\d.]+)$/.test(text) ? JSON.parse(text) : text]] : [];
  });
  return withChanges(WELL, Object.fromEntries(given));
}

/** The switches with some of them changed. @throws RangeError for one that is not there, or a value that it can't have */
export function withChanges(switches: Switches, changes: object): Switches {
  for (const [name, value] of Object.entries(changes)) {
    const allowed = allowedOf(name, value);
    if (allowed !== undefined) throw new RangeError(`${name}=${value}; allowed: ${allowed}`);
  }
  return { ...switches, ...changes };
}

/** What a switch can be; undefined if the value is that. */
function allowedOf(name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(WELL, name)) return Object.keys(WELL).join(", ");
  if (name === "errorStyle") return STYLES.includes(value) ? undefined : STYLES.join(", ");
  if (typeof WELL[name as keyof Switches] === "boolean")
    return typeof value === "boolean" ? undefined : "true, false";
  const most = LARGEST[name as keyof typeof LARGEST];
  return typeof value === "number" && value >= 0 && value <= most ? undefined : `0 to ${most}`;
}
