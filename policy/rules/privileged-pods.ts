import { matches } from "../../base/patterns";
import { DEBUG_LABEL } from "../../components/kubernetes/labels";
import { UNKNOWN, valueAt } from "../../offline/values";
import { labelOf } from "../graph";
import { type Pod, pods } from "../pods";
import type { ResourceRule } from "../rule";

/** A privileged container owns its node; under a sandboxed runtime that node is a virtual machine of its own. */
export const privilegedPods: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "No pod is privileged but the debug canary under a sandboxed RuntimeClass",
  check: (graph, { sandboxedRuntimeClasses }) =>
    pods(graph).flatMap((pod) => {
      const privileged = pod.allContainers.filter(
        (container) => valueAt(container, "securityContext.privileged") === true,
      );
      if (privileged.length === 0 || isSandboxed(pod, sandboxedRuntimeClasses)) return [];
      const names = privileged.map(({ name }) => name).join(", ");
      const message =
        `${labelOf(pod.owner)}: container ${names} is privileged; allowed: with label ${DEBUG_LABEL}: "true" and ` +
        `a runtimeClassName of ${sandboxedRuntimeClasses.join(", ")}`;
      return [{ urn: pod.owner.urn, message }];
    }),
};

function isSandboxed({ labels, spec }: Pod, classes: readonly string[]): boolean {
  const { runtimeClassName } = spec;
  if (labels[DEBUG_LABEL] !== "true" || typeof runtimeClassName !== "string") return false;
  return runtimeClassName === UNKNOWN || classes.some((pattern) => matches(pattern, runtimeClassName));
}
