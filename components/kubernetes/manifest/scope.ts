import { type ApiObject, groupOf } from "./object";

/**
 * Kinds of objects that are in no namespace, by group: those of Kubernetes 1.35 (`kubectl api-resources --namespaced=false`), and of
 * what apps often bring.
 */
const OF_CLUSTER: Readonly<Record<string, readonly string[]>> = {
  "": ["Namespace", "Node", "PersistentVolume"],
  "admissionregistration.k8s.io": [
    ...["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration"],
    ...["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration"],
  ],
  "apiextensions.k8s.io": ["CustomResourceDefinition"],
  "apiregistration.k8s.io": ["APIService"],
  "certificates.k8s.io": ["CertificateSigningRequest", "ClusterTrustBundle"],
  "flowcontrol.apiserver.k8s.io": ["FlowSchema", "PriorityLevelConfiguration"],
  "networking.k8s.io": ["IngressClass", "IPAddress", "ServiceCIDR"],
  "node.k8s.io": ["RuntimeClass"],
  "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding"],
  "resource.k8s.io": ["DeviceClass", "ResourceSlice"],
  "scheduling.k8s.io": ["PriorityClass"],
  "storage.k8s.io": ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
  "cert-manager.io": ["ClusterIssuer"],
  "external-secrets.io": ["ClusterSecretStore", "ClusterExternalSecret"],
  "gateway.networking.k8s.io": ["GatewayClass"],
  "kyverno.io": ["ClusterPolicy"],
  "cilium.io": ["CiliumClusterwideNetworkPolicy"],
};

/** Whether an object is in no namespace. */
export const isOfCluster = (object: Pick<ApiObject, "apiVersion" | "kind">): boolean =>
  OF_CLUSTER[groupOf(object)]?.includes(object.kind) ?? false;
