/** The rule `privileged-pods` in the cluster itself, for whoever makes the pod. */
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding";
import type { admissionregistration } from "@pulumi/kubernetes/types/input";
import { expressionOf } from "../../base/patterns";
import { DEBUG_LABEL } from "./labels";
import { CONTAINER_LISTS, EDGE_LABEL, validations } from "./pod-security";

export interface AdmissionArgs {
  /** Namespaces whose pods it is for. All others, kube-system among them, are left to whoever runs them. */
  readonly namespaces: readonly string[];
  /** RuntimeClasses whose debug canaries may have what others may not, `*` for any text. */
  readonly sandboxedRuntimeClasses: readonly string[];
  /** Folders on nodes that a debug canary may write to. */
  readonly debugHostPaths: readonly string[];
  /** Namespace of a Traefik that serves on its nodes' network; undefined for none. */
  readonly edgeNamespace?: string;
}

/** Makes the API server refuse pods that could take their node over; Kubernetes 1.30 or later, no controller. */
export function admission(args: AdmissionArgs): void {
  const name = "privileged-pods";
  const policy = new ValidatingAdmissionPolicy(name, { spec: admissionSpec(args) });
  new ValidatingAdmissionPolicyBinding(name, {
    spec: {
      policyName: policy.metadata.name,
      validationActions: ["Deny"],
      matchResources: {
        namespaceSelector: {
          matchExpressions: [
            { key: "kubernetes.io/metadata.name", operator: "In", values: [...args.namespaces].sort() },
          ],
        },
      },
    },
  });
}

/**
 * Pods are held against it when they are made, and when a person adds an ephemeral container. Other updates can't make a
 * pod privileged, and to refuse one of a pod that was there before would keep it from ending.
 */
function admissionSpec({
  sandboxedRuntimeClasses,
  debugHostPaths,
  edgeNamespace,
}: AdmissionArgs): admissionregistration.v1.ValidatingAdmissionPolicySpec {
  const classes = sandboxedRuntimeClasses.map(expressionOf).join("|");
  const needs =
    `a privileged pod needs label ${DEBUG_LABEL}: "true" and ` +
    `a runtimeClassName of ${sandboxedRuntimeClasses.join(", ")}`;
  const label = (key: string): string => `object.metadata.?labels[?"${key}"].orValue("")`;
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [
        { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] },
        {
          apiGroups: [""],
          apiVersions: ["v1"],
          resources: ["pods/ephemeralcontainers"],
          operations: ["UPDATE"],
        },
      ],
    },
    variables: [
      {
        name: "containers",
        expression: CONTAINER_LISTS.map((list) => `object.spec.?${list}.orValue([])`).join(" + "),
      },
      {
        name: "sandboxed",
        expression:
          `${label(DEBUG_LABEL)} == "true" && ` +
          `object.spec.?runtimeClassName.orValue("").matches(r"^(${classes})$")`,
      },
      {
        name: "edge",
        expression:
          edgeNamespace === undefined
            ? "false"
            : `object.metadata.?namespace.orValue("") == "${edgeNamespace}" && ` +
              `${label(EDGE_LABEL.key)} == "${EDGE_LABEL.value}"`,
      },
    ],
    validations: validations(debugHostPaths, needs).map((validation) => ({
      ...validation,
      reason: "Forbidden",
    })),
  };
}
