/** Patches that contradict themselves; what they are for is known once resources are made. */
import type { Json } from "../../components/patches/lazy";
import type { Problem } from "../problems";
import type { Patch } from "../schema/patches";

/** What a patch has to say on its own, before any resource is made. */
export function patchProblems(patches: readonly Patch[]): Problem[] {
  return patches.flatMap(({ target, merge, json = [] }, i): Problem[] => {
    const key = `patches[${i}]`;
    if ((merge === undefined) === (json.length === 0))
      return [{ key, value: { target, merge }, allowed: "with merge or json, one of them" }];
    const directive = merge === undefined ? undefined : wrongDirective(merge);
    return [
      ...(directive === undefined ? [] : [{ key: `${key}.merge`, value: merge, allowed: directive }]),
      ...json.flatMap(({ op, from, value }, j): Problem[] => {
        const needed = ["move", "copy"].includes(op) ? "from" : op === "remove" ? undefined : "value";
        const given = { from, value };
        return needed === undefined || given[needed as keyof typeof given] !== undefined
          ? []
          : [{ key: `${key}.json[${j}].${needed}`, allowed: `a ${needed}, with op ${op}` }];
      }),
    ];
  });
}

/** What `change` says is wrong, where it stands; undefined if nothing is. */
export function wrongDirective(change: Json, path = ""): string | undefined {
  if (Array.isArray(change)) {
    for (const [i, item] of change.entries()) {
      const found = wrongDirective(item, `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof change !== "object" || change === null) return undefined;
  for (const [key, below] of Object.entries(change)) {
    if (key.startsWith("$") && !(key === "$patch" && ["replace", "delete"].includes(String(below))))
      return `$patch: replace or delete, and no other directive, as ${path}.${key} is`.replace(" .", " ");
    const found = wrongDirective(below, path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
