import type { rbac } from "@pulumi/kubernetes/types/input";

const watched = ["list", "watch"];

/**
 * What Traefik's provider `kubernetesCRD` watches. It starts routing only once it has listed every one of these in all
 * namespaces, even those that no route uses, and reads from these watches alone: `WatchAll` in
 * https://github.com/traefik/traefik/blob/v3.7.5/pkg/provider/kubernetes/crd/client.go.
 */
export const clusterRules: rbac.v1.PolicyRule[] = [
  {
    // Routes name Services, TLS certificates and passwords are Secrets, and certificate authorities may be ConfigMaps.
    apiGroups: [""],
    resources: ["services", "secrets", "configmaps"],
    verbs: watched,
  },
  {
    // Requests go to the pods' addresses, not through a Service's own.
    apiGroups: ["discovery.k8s.io"],
    resources: ["endpointslices"],
    verbs: watched,
  },
  {
    apiGroups: ["traefik.io"],
    resources: [
      "ingressroutes",
      "ingressroutetcps",
      "ingressrouteudps",
      "middlewares",
      "middlewaretcps",
      "serverstransports",
      "serverstransporttcps",
      "tlsoptions",
      "tlsstores",
      "traefikservices",
    ],
    verbs: watched,
  },
];
