import type { GraphResource } from "./graph";

/** By name, made once for a list: rules ask by name for each of thousands of apps. */
const indexes = new WeakMap<readonly GraphResource[], ReadonlyMap<string, readonly GraphResource[]>>();

/** The resources of that name, in the list's order. The list must stay as it is. */
export function resourcesNamed(resources: readonly GraphResource[], name: string): readonly GraphResource[] {
  let index = indexes.get(resources);
  if (index === undefined) {
    index = grouped(resources);
    indexes.set(resources, index);
  }
  return index.get(name) ?? [];
}

function grouped(resources: readonly GraphResource[]): ReadonlyMap<string, readonly GraphResource[]> {
  const index = new Map<string, GraphResource[]>();
  for (const resource of resources) {
    const alike = index.get(resource.name);
    if (alike === undefined) index.set(resource.name, [resource]);
    else alike.push(resource);
  }
  return index;
}
