/** What a program's resource options make of inputs and differences. */
import { type DetailedDiff, type Diff, type DiffKind, isReplacing, type PropertyDiff } from "./diff";
import type { ResourceState } from "./state";
import { type Properties, parsePath, type Value } from "./values";

/** `inputs` with the old value at every ignored path. */
export function withIgnored(inputs: Properties, old: Properties, paths: readonly string[]): Properties {
  if (paths.length === 0) return inputs;
  const copy = structuredClone(inputs);
  for (const path of paths) {
    const steps = parsePath(path);
    const last = steps.pop();
    if (last === undefined) continue;
    let target: Value | undefined = copy;
    let source: Value | undefined = old;
    for (const step of steps) {
      target = (target as Properties | undefined)?.[step];
      source = (source as Properties | undefined)?.[step];
    }
    if (typeof target !== "object" || target === null) continue;
    const before = (source as Properties | undefined)?.[last];
    if (before === undefined) delete (target as Properties)[last];
    else (target as Properties)[last] = before;
  }
  return copy;
}

/** Differences after the options that a program gave: some are ignored, some replace. */
export function withOptions(
  detailed: DetailedDiff,
  { ignoreChanges = [], replaceOnChanges = [] }: Pick<ResourceState, "ignoreChanges" | "replaceOnChanges">,
): DetailedDiff {
  const contains = (paths: readonly string[], path: string): boolean =>
    paths.some((outer) => parsePath(outer).every((step, i) => step === "*" || parsePath(path)[i] === step));
  const entries = Object.entries(detailed)
    .filter(([path]) => !contains(ignoreChanges, path))
    .map(([path, change]): [string, PropertyDiff] =>
      contains(replaceOnChanges, path) && !isReplacing(change)
        ? [path, { ...change, kind: `${change.kind}-replace` as DiffKind }]
        : [path, change],
    );
  return Object.fromEntries(entries);
}

export const replacingPaths = ({ detailed }: Diff): string[] =>
  Object.entries(detailed).flatMap(([path, change]) => (isReplacing(change) ? [path] : []));

export const isUndecided = ({ detailed }: Diff): boolean => {
  const changes = Object.values(detailed);
  return changes.length > 0 && changes.every((change) => change.undecided);
};
