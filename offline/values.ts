/**
 * Property values as Pulumi's protocol and checkpoints carry them: plain JSON, with marked objects for secrets and one
 * marked string for what is not known before an update.
 *
 * The marks are those of sdk/nodejs/runtime/rpc.ts and sdk/go/common/resource/sig in pulumi/pulumi.
 */
import { MASK, unreadable } from "../base/secrets";

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

/** Key of what marks an object as more than it seems. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** What an update would make known, and a preview can't. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const isObject = (value: Value | undefined): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isSecret = (value: Value | undefined): value is Properties =>
  isObject(value) && value[SIGNATURE] === SECRET;

export const secret = (value: Value): Properties => ({ [SIGNATURE]: SECRET, value });

/**
 * The value below a secret's mark. What a checkpoint holds as ciphertext stays unreadable here and stands for itself: a
 * text that is the same as long as the ciphertext is.
 */
export function reveal(value: Value): Value {
  if (!isSecret(value)) return value;
  if (typeof value.plaintext === "string") return JSON.parse(value.plaintext) as Value;
  return value.value ?? unreadable(String(value.ciphertext));
}

/** `value` with `change` applied to every leaf, secret and unknown; objects and lists are walked. */
export function mapLeaves(value: Value, change: (leaf: Value) => Value): Value {
  if (isSecret(value)) return change(value);
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  if (!isObject(value)) return change(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, change)]));
}

/** A property path as Pulumi writes it: `spec.ports[0].name`, `metadata.labels["app.kubernetes.io/name"]`. */
export function joinPath(path: string, key: string): string {
  if (/[."[\]]/.test(key)) return `${path}["${key.replaceAll('"', '\\"')}"]`;
  return path === "" ? key : `${path}.${key}`;
}

export { MASK } from "../base/secrets";

/** The properties as people may see them: secrets masked whole. */
export const masked = (properties: Properties): Properties =>
  mapLeaves(properties, (leaf) => (isSecret(leaf) ? MASK : leaf)) as Properties;

/** Whether anything in `value` is not known. */
export function hasUnknown(value: Value): boolean {
  if (isSecret(value)) return reveal(value) === UNKNOWN;
  return typeof value === "object" && value !== null
    ? Object.values(value).some(hasUnknown)
    : value === UNKNOWN;
}

/** Whether anything in `value` is marked as secret. */
export const hasSecret = (value: Value): boolean =>
  isSecret(value) || (typeof value === "object" && value !== null && Object.values(value).some(hasSecret));

/** The value that an object itself has at a key: every object of JavaScript's answers to `constructor` and others. */
export const ownValue = <T>(object: { readonly [key: string]: T }, key: string): T | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** The value at a property path, undefined if there is none. */
export function valueAt(value: Value | undefined, path: string): Value | undefined {
  return parsePath(path).reduce<Value | undefined>((at, step) => {
    if (Array.isArray(at)) return at[Number(step)];
    return isObject(at) ? ownValue(at, step) : undefined;
  }, value);
}

/** The steps of a property path. */
export function parsePath(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted?.replaceAll('\\"', '"') ?? index ?? plain ?? "",
  );
}
