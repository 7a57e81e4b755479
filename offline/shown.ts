/** What every format of a preview reads from its steps. */
import type { Step } from "./step";
import {
  isObject,
  isSecret,
  MASK,
  ownValue,
  type Properties,
  parsePath,
  reveal,
  UNKNOWN,
  type Value,
} from "./values";

/** A variant's weight, in percent. */
export interface ShownWeight {
  readonly asked: number;
  readonly effective: number;
}

/** The weights among a stack's outputs: app to variant to weight. */
export function readWeights(outputs: Properties | undefined): Record<string, Record<string, ShownWeight>> {
  const weights = outputs?.weights;
  if (!isObject(weights)) return bare({});
  const apps = Object.entries(weights).map(([app, variants]) => [
    app,
    bare(isObject(variants) ? variants : {}),
  ]);
  return bare(Object.fromEntries(apps)) as unknown as Record<string, Record<string, ShownWeight>>;
}

/** `NAMESPACE/NAME` of an app's Services by variant, among a stack's outputs; undefined where they have the program's names. */
export function servicesIn(outputs: Properties | undefined, app: string): Record<string, string> | undefined {
  const services = isObject(outputs?.services) ? ownValue(outputs.services, app) : undefined;
  return isObject(services) ? (services as Record<string, string>) : undefined;
}

/** An object that answers to nothing but its own keys: an app may be called `constructor`. */
const bare = <T extends object>(object: T): T => Object.assign(Object.create(null), object);

export const parentOf = (step: Step): string | undefined => (step.fresh ?? step.old)?.parent;

/** The value at a path; a secret above it hides it. */
export const shownAt = (properties: Properties | undefined, path: string): Value | undefined =>
  parsePath(path).reduce<Value | undefined>((at, step) => {
    if (isSecret(at)) return at;
    if (Array.isArray(at)) return at[Number(step)];
    return isObject(at) ? ownValue(at, step) : undefined;
  }, properties);

/** What a step finds and leaves at a path of its differences, undefined if that is nothing. */
export function sidesAt(
  { old, fresh, detailedDiff }: Step,
  path: string,
): { before: Value | undefined; after: Value | undefined } {
  const kind = detailedDiff[path]?.kind ?? "update";
  const before = declaredAt(old?.inputs, path) ?? shownAt(old?.outputs, path);
  const after = declaredAt(fresh?.inputs, path);
  return {
    before: kind.startsWith("add") ? undefined : before,
    after: kind.startsWith("delete") ? undefined : after,
  };
}

/** The value at a path among inputs; the `stringData` of a Secret is compared as the `data` that it becomes. */
const declaredAt = (inputs: Properties | undefined, path: string): Value | undefined =>
  shownAt(inputs, path) ??
  (inputs?.kind === "Secret" ? shownAt(inputs, path.replace(/^data\b/, "stringData")) : undefined);

/** A value in one line, secrets masked. */
export function shownValue(value: Value | undefined): string {
  if (value === undefined) return "";
  if (isSecret(value)) return MASK;
  if (reveal(value) === UNKNOWN) return "[unknown]";
  const json = JSON.stringify(value, (_, inner: Value) =>
    isSecret(inner) ? MASK : inner === UNKNOWN ? "[unknown]" : inner,
  );
  return json.length > 300 ? `${json.slice(0, 297)}...` : json;
}
