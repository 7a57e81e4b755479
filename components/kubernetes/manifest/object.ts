/** Kubernetes objects of any kind as plain data. */

export type Plain = null | string | number | boolean | readonly Plain[] | Fields;
export interface Fields {
  readonly [key: string]: Plain | undefined;
}

export interface ApiObject extends Fields {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Fields & { readonly name: string };
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value below a path of keys; undefined if there is none. */
export const at = (value: Plain | undefined, ...path: readonly string[]): Plain | undefined =>
  path.reduce<Plain | undefined>(
    (below, key) => (isFields(below) && Object.hasOwn(below, key) ? below[key] : undefined),
    value,
  );

export const fieldsAt = (value: Plain | undefined, ...path: readonly string[]): Fields => {
  const found = at(value, ...path);
  return isFields(found) ? found : {};
};

export const listAt = (value: Plain | undefined, ...path: readonly string[]): readonly Plain[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

/** The same with another value at a path, whose missing steps are made; undefined takes the key away. */
export function withAt(value: Fields, path: readonly string[], changed: Plain | undefined): Fields {
  const [key, ...below] = path;
  if (key === undefined) return isFields(changed) ? changed : {};
  const { [key]: before, ...others } = value;
  const after = below.length === 0 ? changed : withAt(isFields(before) ? before : {}, below, changed);
  if (after === undefined) return others;
  // Keys keep their order.
  return Object.hasOwn(value, key)
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, name === key ? after : each]))
    : { ...others, [key]: after };
}

/** `Deployment web`. */
export const titleOf = ({ kind, metadata }: Pick<ApiObject, "kind" | "metadata">): string =>
  `${kind} ${metadata.name}`;

/** API group of an object; empty for the core group. */
export const groupOf = ({ apiVersion }: Pick<ApiObject, "apiVersion">): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
