/** The rule `privileged-pods` in the cluster itself, where it holds whoever makes the pod. */
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding";
import type { admissionregistration } from "@pulumi/kubernetes/types/input";
import { expressionOf } from "../../base/patterns";
import { DEBUG_LABEL } from "./labels";

export interface AdmissionArgs {
  /** Namespaces whose pods it is for. All others, kube-system among them, are left to whoever runs them. */
  readonly namespaces: readonly string[];
  /** RuntimeClasses whose pods may be privileged, `*` for any text. */
  readonly sandboxedRuntimeClasses: readonly string[];
}

/** Makes the API server refuse privileged pods; Kubernetes 1.30 or later, no controller. */
export function admission({ namespaces, sandboxedRuntimeClasses }: AdmissionArgs): void {
  const name = "privileged-pods";
  const policy = new ValidatingAdmissionPolicy(name, { spec: admissionSpec(sandboxedRuntimeClasses) });
  new ValidatingAdmissionPolicyBinding(name, {
    spec: {
      policyName: policy.metadata.name,
      validationActions: ["Deny"],
      matchResources: {
        namespaceSelector: {
          matchExpressions: [
            { key: "kubernetes.io/metadata.name", operator: "In", values: [...namespaces].sort() },
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
function admissionSpec(
  sandboxedRuntimeClasses: readonly string[],
): admissionregistration.v1.ValidatingAdmissionPolicySpec {
  const privileged = "exists(c, c.?securityContext.?privileged.orValue(false))";
  const classes = sandboxedRuntimeClasses.map(expressionOf).join("|");
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
        name: "privileged",
        expression: [
          `object.spec.containers.${privileged}`,
          `object.spec.?initContainers.orValue([]).${privileged}`,
          `object.spec.?ephemeralContainers.orValue([]).${privileged}`,
        ].join(" ||\n"),
      },
      {
        name: "debugCanary",
        expression: `object.metadata.?labels[?"${DEBUG_LABEL}"].orValue("") == "true"`,
      },
      {
        name: "sandboxed",
        expression: `object.spec.?runtimeClassName.orValue("").matches(r"^(${classes})$")`,
      },
    ],
    validations: [
      {
        expression: "!variables.privileged || (variables.debugCanary && variables.sandboxed)",
        message:
          `a privileged pod needs label ${DEBUG_LABEL}: "true" and ` +
          `a runtimeClassName of ${sandboxedRuntimeClasses.join(", ")}`,
        reason: "Forbidden",
      },
    ],
  };
}
