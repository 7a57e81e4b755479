/** The resource graph from what Pulumi's engine shows a policy pack. */
import type { PolicyResource } from "@pulumi/policy";
import { readWeights } from "../offline/shown";
import { STACK_TYPE } from "../offline/state";
import { type Properties, UNKNOWN, type Value } from "../offline/values";
import type { Graph } from "./graph";

/** @param resources outputs of what will be there: neither what was, nor what happens to it */
export function packGraph(resources: readonly PolicyResource[]): Graph {
  const known = resources.map(({ urn, type, name, props, opts, parent }) => ({
    urn,
    type,
    name,
    props: knownOf(props) as Properties,
    protect: opts.protect,
    ...(parent && { parent: parent.urn }),
  }));
  const stack = known.find(({ type }) => type === STACK_TYPE);
  return {
    stack: stack?.urn.split("::")[0]?.replace("urn:pulumi:", "") ?? "",
    resources: known,
    weights: readWeights(stack?.props),
  };
}

/** Properties throw when one that is not known yet is read: here it becomes the text `UNKNOWN`. */
function knownOf(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  const read = (key: string): Value => {
    try {
      return knownOf((value as Properties)[key] as Value);
    } catch {
      return UNKNOWN;
    }
  };
  if (Array.isArray(value)) return Object.keys(value).map(read);
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(key)]));
}
