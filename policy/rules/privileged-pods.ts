import { matches } from "../../base/patterns";
import { DEBUG_LABEL } from "../../components/kubernetes/labels";
import {
  APP_ARMOR_PREFIX,
  isAppArmorAllowed,
  isHostPathAllowed,
  restrictions,
} from "../../components/kubernetes/pod-security";
import { isObject, UNKNOWN, type Value } from "../../offline/values";
import type { PolicySettings } from "../../stacks/schema";
import { labelOf } from "../graph";
import { type Pod, pods } from "../pods";
import type { ResourceRule } from "../rule";

/**
 * Level `baseline` of the Pod Security Standards. Under a sandboxed runtime a pod's kernel is its own, and so may be more of what
 * concerns the kernel; the program's Traefik serves on its node's network.
 */
export const privilegedPods: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description:
    "No pod has more than Pod Security's level baseline but the debug canary under a sandboxed RuntimeClass",
  check: (graph, settings) =>
    pods(graph).flatMap((pod) => {
      const broken = excesses(pod, settings);
      if (broken.length === 0) return [];
      const message =
        `${labelOf(pod.owner)}: ${broken.join("; ")}; allowed: level baseline, and on a kernel of its own ` +
        `(label ${DEBUG_LABEL}: "true" and a runtimeClassName of ${settings.sandboxedRuntimeClasses.join(", ")}) what concerns the kernel`;
      return [{ urn: pod.owner.urn, message }];
    }),
};

/** What the pod has and may not, such as `container perf: securityContext.privileged is true`. */
function excesses(pod: Pod, settings: PolicySettings): string[] {
  const exempt = { sandboxed: isSandboxed(pod, settings.sandboxedRuntimeClasses), edge: isEdge(pod) };
  const found = restrictions
    .filter((restriction) => restriction.exempt === undefined || !exempt[restriction.exempt])
    .flatMap(({ of, fields, allowed }) => {
      const holders = of === "pod" ? [pod.spec] : pod.allContainers;
      return holders.flatMap((holder) =>
        fields.flatMap((field) =>
          valuesAt(holder, field.split("."))
            .filter((value) => !(allowed as readonly Value[]).includes(value))
            .map((value) => `${of === "pod" ? "" : `container ${holder.name}: `}${field} is ${shown(value)}`),
        ),
      );
    });
  const folders = valuesAt(pod.spec, ["volumes[]", "hostPath"])
    .map((hostPath) => (isObject(hostPath) ? (hostPath.path ?? "") : hostPath))
    .filter(
      (path) =>
        path !== UNKNOWN && !(exempt.sandboxed && isHostPathAllowed(String(path), settings.debugHostPaths)),
    )
    .map((path) => `a volume is hostPath ${shown(path)}`);
  const profiles = Object.entries(pod.annotations)
    .filter(([key, profile]) => key.startsWith(APP_ARMOR_PREFIX) && profile !== UNKNOWN)
    .filter(([, profile]) => !exempt.sandboxed && !isAppArmorAllowed(String(profile)))
    .map(([key, profile]) => `annotation ${key} is ${shown(profile)}`);
  return [...found, ...folders, ...profiles];
}

const shown = (value: Value): string => (typeof value === "string" ? value : JSON.stringify(value));

/** All values at a path of the table; none for what is absent or not known yet. */
function valuesAt(value: Value | undefined, [step, ...rest]: readonly string[]): Value[] {
  if (value === undefined || value === null || value === UNKNOWN) return [];
  if (step === undefined) return [value];
  const below = isObject(value) ? value[step.replace("[]", "")] : undefined;
  if (!step.endsWith("[]")) return valuesAt(below, rest);
  return Array.isArray(below) ? below.flatMap((item) => valuesAt(item, rest)) : [];
}

function isSandboxed({ labels, spec }: Pod, classes: readonly string[]): boolean {
  const { runtimeClassName } = spec;
  if (labels[DEBUG_LABEL] !== "true" || typeof runtimeClassName !== "string") return false;
  return runtimeClassName === UNKNOWN || classes.some((pattern) => matches(pattern, runtimeClassName));
}

/** Whether it is of the Traefik that the program makes. */
const isEdge = ({ owner: { type, parent = "" } }: Pod): boolean =>
  type === "kubernetes:apps/v1:DaemonSet" && /[:$]canary-traffic:kubernetes:Traefik::/.test(parent);
