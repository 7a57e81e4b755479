/** Objects of a cluster that the program declares by the same name. */
import { isDeepStrictEqual } from "node:util";
import type { Manifest } from "../components/routers";
import type { ResourceState } from "../offline/state";
import { isObject, type Properties, type Value, valueAt } from "../offline/values";
import type { ListedCluster } from "../status/kubernetes";
import { type Findings, foundLabel } from "./found";

/** Takes over each object of the apps' that is there. Kubernetes renames nothing, so no other can be. */
export async function takeObjects(
  declared: readonly ResourceState[],
  cluster: ListedCluster,
  findings: Findings,
): Promise<void> {
  for (const state of declared.filter(isOfAnApp)) {
    const { inputs, type, name } = state;
    const live = await cluster.find(inputs as unknown as Manifest);
    if (live === undefined) continue;
    const object = live as unknown as Properties;
    const id = `${valueAt(inputs, "metadata.namespace")}/${valueAt(inputs, "metadata.name")}`;
    const [theirs, ours] = [object, inputs].map((each) => valueAt(each, "spec.selector"));
    if (inputs.kind === "Deployment" && !isDeepStrictEqual(theirs, ours)) {
      findings.notes.push(
        `${foundLabel(state)}: ${id} is there and in the way: it selects other pods, which no update can change; give the ` +
          "Deployment another name, or the app, before the first update: see docs/adoption.md",
      );
      continue;
    }
    findings.take({ type, name, id, live: withinShape(object, inputs) as Properties });
  }
}

const AUTONAMED = 'metadata.annotations["pulumi.com/autonamed"]';

const isOfAnApp = ({ urn, custom, inputs }: ResourceState): boolean =>
  custom &&
  urn.includes("canary-traffic:kubernetes:CanaryApp$") &&
  typeof inputs.kind === "string" &&
  valueAt(inputs, AUTONAMED) === undefined;

/** What is there of what the program declares: the cluster adds defaults to all else. */
function withinShape(live: Value, declared: Value): Value {
  if (Array.isArray(live) && Array.isArray(declared))
    return live.map((item, i) => (declared[i] === undefined ? item : withinShape(item, declared[i])));
  if (!isObject(live) || !isObject(declared)) return live;
  return Object.fromEntries(
    Object.entries(declared).flatMap(([key, value]) => {
      const there = live[key];
      return there === undefined ? [] : [[key, withinShape(there, value)]];
    }),
  );
}
