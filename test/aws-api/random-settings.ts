/** Random valid settings by the schema: a setting that is added there is here, too. */
import * as fc from "fast-check";
import type { StackConfiguration } from "../../offline/configuration";
import { parsePath } from "../../offline/values";
import type { Parsed } from "../../stacks/schema";
import { parseSettings, SettingsError } from "../../stacks/settings";
import { arbitrarySettings, type Raw } from "./arbitrary-settings";

/** How many settings are drawn for each that is wanted: what contradicts itself is passed over. */
const DRAWN = 5;

/**
 * @param platform one whose resources are on AWS, edge nodes among them
 * @param seed of the random choices
 */
export function randomSettings(platform: Parsed["platform"], count: number, seed: number): Raw[] {
  const valid: Raw[] = [];
  const stream = fc.sample(arbitrarySettings(platform), { seed, numRuns: count * DRAWN });
  for (const raw of stream) {
    const settings = repaired(raw);
    if (settings !== undefined) valid.push(settings);
    if (valid.length === count) return valid;
  }
  throw new Error(`only ${valid.length} of ${stream.length} random settings are valid`);
}

/** A stack's configuration with these settings. */
export const configurationOf = (settings: Raw): StackConfiguration => ({
  project: "canary-traffic",
  namespace: "canary-traffic",
  stack: "random",
  main: "test/aws-api/program/index.ts",
  values: Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      `canary-traffic:${key}`,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  ),
  secretKeys: [],
  warnings: [],
});

/** The settings without those that contradict others; undefined where that leaves nothing valid. */
function repaired(raw: Raw): Raw | undefined {
  for (;;) {
    try {
      parseSettings(raw);
      return raw;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      // One at a time: what it removes may be what another problem is about.
      if (!removeAt(raw, parsePath(error.problems[0]?.key ?? ""))) return undefined;
    }
  }
}

/** Removes what is at the path, or what should have held it. */
function removeAt(node: unknown, [step = "", ...rest]: readonly string[]): boolean {
  if (typeof node !== "object" || node === null || !Object.hasOwn(node, step)) return false;
  return removeAt((node as Raw)[step], rest) || (!Array.isArray(node) && Reflect.deleteProperty(node, step));
}
