import { createHash } from "node:crypto";
import { type Diff, diffProperties } from "../diff";
import type { ResourceState } from "../state";
import { isObject, isSecret, MASK, type Properties, reveal, type Value } from "../values";

/** What a program asks for when it registers a resource. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
  /** What it replaces. */
  readonly replaced?: ResourceState;
}

/** The decisions that an engine leaves to a provider, made without one. */
export interface ProviderModel {
  /** The inputs as the provider completes them: names made up, defaults carried over from `old`. */
  check(registration: Registration, old?: ResourceState): Properties;
  /** What changes from `old` to `inputs`, and which changes replace. */
  diff(old: ResourceState, inputs: Properties): Diff;
  /** Outputs of a new resource, as far as the inputs tell; what is missing at the top is unknown. */
  created(inputs: Properties): Properties;
  /** Outputs after an update: what it computes anew is unknown. */
  updated(old: ResourceState, inputs: Properties, diff: Diff): Properties;
  /** Stand-ins for outputs that are not texts, of a resource that counts as deployed. */
  placeholders(type: string): Properties;
  /** A stand-in for the id of a resource that counts as deployed. */
  idOf(inputs: Properties, name: string): string;
}

/**
 * A name with an ending that changes with the content, `digits` hexadecimal digits of a hash. Secrets are masked in it, as
 * a short one could be guessed from its hash: a change of theirs alone gives another name in a replacement only.
 *
 * @param taken the name of what it replaces
 */
export function madeUpName(name: string, content: Properties, digits: number, taken?: Value): string {
  const made = `${name}-${contentHash(content, digits)}`;
  return made === taken ? `${name}-${contentHash({ ...content, replaces: made }, digits)}` : made;
}

function contentHash(properties: Properties, digits: number): string {
  const plain = (value: Value, hidden = false): Value => {
    if (isSecret(value)) return plain(reveal(value), true);
    if (Array.isArray(value)) return value.map((item) => plain(item, hidden));
    if (!isObject(value)) return hidden ? MASK : value;
    const sorted = Object.keys(value).sort();
    return Object.fromEntries(sorted.map((key) => [key, plain(value[key] ?? null, hidden)]));
  };
  return createHash("sha256")
    .update(JSON.stringify(plain(properties)))
    .digest("hex")
    .slice(0, digits);
}

/** A provider that nothing is known of: it keeps every input, and no change is known to replace. */
export const unknownProvider: ProviderModel = {
  check: ({ inputs }) => inputs,
  diff: (old, inputs) => ({
    detailed: diffProperties(old.inputs, inputs, { replaces: () => false }),
    deleteBeforeReplace: false,
  }),
  created: (inputs) => inputs,
  updated: (old, inputs) => ({ ...old.outputs, ...inputs }),
  placeholders: () => ({}),
  idOf: (_, name) => `<${name}.id>`,
};
