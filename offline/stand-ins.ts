import { randomUUID } from "node:crypto";
import { SIGNATURE, type Value } from "./values";

/**
 * Plain values on their way through the SDK, which makes promises and messages of each leaf: a short text goes in place of
 * each. They are by far the most of what programs give resources.
 */
export class StandIns {
  private readonly mark = `${randomUUID()} `;
  private readonly values: Value[] = [];

  /** A resource's properties with texts in place of what is plain in them; outputs, promises and resources stay. */
  lightened(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, this.light(value)]));
  }

  private light(value: unknown): unknown {
    if (!isPlainObject(value) && !Array.isArray(value)) return value;
    const plain = plainOf(value);
    if (plain !== MORE) return `${this.mark}${this.values.push(plain) - 1}`;
    return Array.isArray(value) ? value.map((item) => this.light(item)) : this.lightened(value);
  }

  /** What a text of the protocol stands for; undefined if it stands for itself. */
  valueOf(text: string): Value | undefined {
    return text.startsWith(this.mark) ? this.values[Number(text.slice(this.mark.length))] : undefined;
  }
}

/** In place of a value that is more than JSON. */
const MORE = Symbol("more");

/** A value as the protocol would bring it: without what is not set, keys in order. */
function plainOf(value: unknown): Value | typeof MORE {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (Array.isArray(value)) {
    const items: Value[] = [];
    for (const item of value) {
      const plain = item === undefined ? null : plainOf(item);
      if (plain === MORE) return MORE;
      items.push(plain);
    }
    return items;
  }
  if (!isPlainObject(value) || SIGNATURE in value) return MORE;
  const result: { [key: string]: Value } = {};
  for (const key of Object.keys(value).sort()) {
    const item = value[key];
    if (item === undefined || item === null) continue;
    const plain = key === "__proto__" ? MORE : plainOf(item);
    if (plain === MORE) return MORE;
    result[key] = plain;
  }
  return result;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
