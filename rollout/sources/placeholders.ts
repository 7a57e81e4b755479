/** Placeholders in queries, addresses and arguments, such as `{{service}}`. */
import { MetricError } from "../ports";

/**
 * The text with each placeholder's value in its place.
 *
 * @throws MetricError where a placeholder has no value
 */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) {
      const allowed = Object.keys(values).map((key) => `{{${key}}}`);
      throw new MetricError(`no such placeholder: ${placeholder}; allowed: ${allowed.join(", ")}`);
    }
    return value;
  });
}
