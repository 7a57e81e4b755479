/** Placeholders in queries, addresses and arguments, such as `{{service}}`. */
import { MetricError } from "../ports";

const ofVariant = ["app", "namespace", "variant", "service"] as const;
const ofWindow = [...ofVariant, "from", "to"] as const;

/** The placeholders that each source fills, by its key in `rollout.sources`. */
export const placeholdersOf: Readonly<Record<string, readonly string[]>> = {
  prometheus: [...ofVariant, "window"],
  datadog: ofVariant,
  influxdb: ofWindow,
  http: ofWindow,
  command: ofWindow,
};

const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g;

/** The placeholders in a text, by name. */
export const placeholdersIn = (text: string): string[] =>
  [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);

/** Placeholders as people write them. */
export const written = (names: readonly string[]): string => names.map((name) => `{{${name}}}`).join(", ");

/**
 * The text with each placeholder's value in its place.
 *
 * @throws MetricError where a placeholder has no value
 */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) {
      throw new MetricError(`no such placeholder: ${placeholder}; allowed: ${written(Object.keys(values))}`);
    }
    return value;
  });
}
