import { z } from "zod";

/** What an instance of the demo app can be told to do wrong. The defaults are: all well. */
const schema = z.strictObject({
  /** Percent of requests that are answered with status 500: 25 is exactly every fourth. */
  errorRate: z.number().min(0).max(100).default(0),
  /**
   * How such an answer comes. `plain`: at once. `slow`: the head at once, the body 200 ms later. `chunked`: the body in three
   * chunks without a length.
   */
  errorStyle: z.enum(["plain", "slow", "chunked"]).default("plain"),
  /** Time before each answer in milliseconds. */
  latencyMs: z.number().min(0).default(0),
  /** Requests that it answers at the same time, as one of so many workers does; one more is refused with 503. 0: any number. */
  capacity: z.number().int().min(0).default(0),
  /** Whether requests are accepted and never answered. */
  hang: z.boolean().default(false),
  /** Whether connections are refused. */
  refuse: z.boolean().default(false),
  /** Whether `/readyz` answers 200. */
  ready: z.boolean().default(true),
  /** Whether `/healthz` answers 200. */
  healthy: z.boolean().default(true),
});

export type Switches = z.output<typeof schema>;

/** A switch that doesn't exist, or a value that it can't have. */
export class SwitchError extends Error {}

/** The switches that an app starts with. Their variables are `ERROR_RATE`, `ERROR_STYLE`, `LATENCY_MS`, `HANG` and so on. */
export function switchesFrom(env: Readonly<Record<string, string | undefined>>): Switches {
  const given = Object.keys(schema.shape).flatMap((name) => {
    const text = env[name.replace(/[A-Z]/g, "_$&").toUpperCase()];
    return text ? [[name, /^(true|false|[\d.]+)$/.test(text) ? JSON.parse(text) : text]] : [];
  });
  return parse(Object.fromEntries(given));
}

/** The switches with some of them changed. */
export function withSwitches(switches: Switches, changes: object): Switches {
  return parse({ ...switches, ...changes });
}

function parse(value: object): Switches {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new SwitchError(error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
}
