import { distance } from "fastest-levenshtein";

/** Keys that a message names before it gives up. */
const MOST_NAMED = 10;

/** `no such key, did you mean host? allowed: host, canaryHost, ...`: about a key that is none of those known. */
export function noSuchKey(name: string, known: readonly string[], elsewhere?: string): string {
  const far = (key: string): number => distance(name.toLowerCase(), key.toLowerCase());
  const nearest = [...known].sort((a, b) => far(a) - far(b));
  const [meant] = nearest;
  const near = meant !== undefined && far(meant) <= Math.max(2, name.length / 3);
  if (elsewhere !== undefined) return `no such key here, as ${elsewhere}; allowed: ${listed(nearest)}`;
  return `no such key${near ? `, did you mean ${meant}?` : ";"} allowed: ${listed(nearest)}`;
}

/** The first of `keys`. */
export const listed = (keys: readonly string[]): string =>
  keys.length > MOST_NAMED ? `${keys.slice(0, MOST_NAMED).join(", ")}, ...` : keys.join(", ");
