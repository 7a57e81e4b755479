import type { rbac } from "@pulumi/kubernetes/types/input";
import type { TraefikProvider } from "../routers";

type Rule = rbac.v1.PolicyRule;

const watch = (group: string, resources: string[]): Rule => ({
  apiGroups: [group],
  resources,
  verbs: ["list", "watch"],
});
const report = (group: string, resources: string[]): Rule => ({
  apiGroups: [group],
  resources: resources.map((resource) => `${resource}/status`),
  verbs: ["update"],
});

const GATEWAY = "gateway.networking.k8s.io";
/** Kinds of which Traefik says in their status whether it serves them. */
const GATEWAY_KINDS = ["gateways", "httproutes", "grpcroutes", "tlsroutes", "backendtlspolicies"];

/** What each provider watches beside what all of them do, in each namespace whose routes it serves. */
const OWN: Readonly<Record<TraefikProvider, Rule[]>> = {
  crd: [
    watch("traefik.io", [
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
    ]),
  ],
  ingressNginx: [watch("networking.k8s.io", ["ingresses"])],
  gateway: [watch(GATEWAY, [...GATEWAY_KINDS, "referencegrants"]), report(GATEWAY, GATEWAY_KINDS)],
};

/**
 * What Traefik needs in each namespace whose routes it serves. A provider starts routing only once it has listed every one of
 * these, even those that no route uses, and reads from these watches alone. It lists without naming objects, so
 * `resourceNames` can't narrow a rule: only fewer namespaces can. See `WatchAll` in
 * https://github.com/traefik/traefik/blob/v3.7.5/pkg/provider/kubernetes/crd/client.go and its neighbours.
 */
export function namespaceRules(providers: readonly TraefikProvider[]): Rule[] {
  return [
    // Routes name Services, TLS certificates and passwords are Secrets, and certificate authorities may be ConfigMaps.
    watch("", ["services", "secrets", "configmaps"]),
    // Requests go to the pods' addresses, not through a Service's own.
    watch("discovery.k8s.io", ["endpointslices"]),
    ...providers.flatMap((provider) => OWN[provider]),
  ];
}

/**
 * What it needs of the cluster itself.
 *
 * @param narrowed whether it serves some namespaces alone
 */
export function clusterRules(providers: readonly TraefikProvider[], narrowed: boolean): Rule[] {
  const nginx = [
    watch("networking.k8s.io", ["ingressclasses"]),
    ...(narrowed ? [{ apiGroups: [""], resources: ["namespaces"], verbs: ["list"] }] : []),
  ];
  const gateway = [
    watch("", ["namespaces"]),
    watch(GATEWAY, ["gatewayclasses"]),
    report(GATEWAY, ["gatewayclasses"]),
  ];
  return [
    ...(providers.includes("ingressNginx") ? nginx : []),
    ...(providers.includes("gateway") ? gateway : []),
  ];
}
