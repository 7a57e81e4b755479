import { isObject, isSecret, joinPath, type Value } from "../offline/values";

/** `value` with `change` applied to every leaf, secret and unknown, which is told where it is. */
export function mapLeavesAt(value: Value, change: (leaf: Value, path: string) => Value, path = ""): Value {
  if (isSecret(value)) return change(value, path);
  if (Array.isArray(value)) return value.map((item, i) => mapLeavesAt(item, change, `${path}[${i}]`));
  if (!isObject(value)) return change(value, path);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapLeavesAt(item, change, joinPath(path, key))]),
  );
}
