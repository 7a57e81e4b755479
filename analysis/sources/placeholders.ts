/** Placeholders in queries, addresses and arguments, such as `{{service}}`. */
import { type Refusal, refusedIf } from "../../components/fields";
import { MetricError, type Window } from "../source";

/** What tells a variant. */
type Variant = Pick<Window, "app" | "namespace" | "variant" | "service">;

export const ofVariant = ["app", "namespace", "variant", "service"] as const;
/** Times in seconds since the epoch. */
export const ofWindow = [...ofVariant, "from", "to"] as const;

/** What placeholders about a variant stand for. */
export const variantTexts = ({ app, namespace, variant, service }: Variant) => {
  return { app, namespace, variant, service };
};

/** What placeholders about a window stand for. */
export function windowTexts({ from, to, ...variant }: Window) {
  const seconds = (time: number): string => String(Math.floor(time / 1000));
  return { ...variantTexts(variant), from: seconds(from), to: seconds(to) };
}

const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g;

/** The placeholders in texts, by name. */
export const placeholdersIn = (texts: string | readonly string[]): string[] =>
  [texts].flat().flatMap((text) => [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name));

/** Refuses a setting that has other placeholders than these. */
export const unfilled = (
  key: string,
  value: string | readonly string[],
  known: readonly string[],
): Refusal[] =>
  refusedIf(
    !placeholdersIn(value).every((name) => known.includes(name)),
    key,
    value,
    `of placeholders ${written(known)}`,
  );

/** Placeholders as people write them. */
const written = (names: readonly string[]): string => names.map((name) => `{{${name}}}`).join(", ");

/**
 * The text with each placeholder's value in its place.
 *
 * @throws MetricError if a placeholder has no value
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
