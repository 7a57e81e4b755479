/** What a program gets to see of resources before an update. */
import { isDeepStrictEqual } from "node:util";
import { modelOf } from "./providers";
import type { Goal } from "./step";
import { isObject, ownValue, type Properties, UNKNOWN, type Value } from "./values";

/** Stand-ins for the outputs of a resource that counts as deployed; those of a provider's model first. */
export function placeholders({ type, name, inputs, outputKeys }: Goal): Properties {
  const texts = outputKeys
    .filter((key) => !Object.hasOwn(inputs, key))
    .map((key) => [key, `<${name}.${key}>`]);
  const known = Object.fromEntries(texts);
  for (const [key, value] of Object.entries(modelOf(type).placeholders(type)))
    if (!Object.hasOwn(inputs, key)) known[key] = value;
  return known;
}

/** Outputs that a replacement, if it happens, would leave as they are; all others are unknown. */
export function unlessKept(outputs: Properties, before: Properties, after: Properties): Properties {
  const entries = Object.entries(outputs).map(([key, output]): [string, Value] => {
    const [old, fresh] = [ownValue(before, key), ownValue(after, key)];
    if (isObject(output) && isObject(old) && isObject(fresh)) return [key, unlessKept(output, old, fresh)];
    return [key, fresh !== undefined && isDeepStrictEqual(old, fresh) ? output : UNKNOWN];
  });
  return Object.fromEntries(entries);
}
