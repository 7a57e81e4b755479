import { type Properties, type Value, valueAt } from "../../offline/values";
import { labelOf } from "../graph";
import { type Pod, pods } from "../pods";
import type { ResourceRule } from "../rule";

/** Without probes a router can't know which pods serve; without requests the scheduler packs nodes until pods starve. */
export const probesAndRequests: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "Pods that serve have readiness and liveness probes, and request cpu and memory",
  check: (graph) =>
    pods(graph)
      .filter(({ serves }) => serves)
      .flatMap((pod) =>
        pod.containers.flatMap((container) => {
          const missing = required(pod, container).filter((path) => isEmpty(valueAt(container, path)));
          if (missing.length === 0) return [];
          const message = `${labelOf(pod.owner)}: container ${container.name} has no ${missing.join(", ")}`;
          return [{ urn: pod.owner.urn, message }];
        }),
      ),
};

/** Every container needs requests; probes are for those that listen: the first one, and any with ports. */
function required({ containers }: Pod, container: Properties): string[] {
  const listens = container === containers[0] || !isEmpty(container.ports);
  return [
    ...(listens ? ["readinessProbe", "livenessProbe"] : []),
    "resources.requests.cpu",
    "resources.requests.memory",
  ];
}

const isEmpty = (value: Value | undefined): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);
