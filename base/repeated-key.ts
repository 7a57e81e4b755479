import type { Document, visit } from "yaml";

/**
 * Where a key stands that its map has already; undefined if none does. The package's own check takes a time that grows by the square
 * of a map's keys.
 *
 * @param walk the package's `visit`, which not every program loads at once
 */
export function repeatedKey(document: Document.Parsed | Document, walk: typeof visit): number | undefined {
  let found: number | undefined;
  walk(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (typeof key !== "object" || key === null || !("value" in key)) continue;
        if (key.value === "<<" || typeof key.value === "symbol") continue;
        if (keys.has(key.value)) {
          found = "range" in key ? ((key.range as readonly number[] | undefined)?.[0] ?? 0) : 0;
          return walk.BREAK;
        }
        keys.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}
