import { parse } from "yaml";
import { TRAEFIK_GATEWAY_CLASS } from "../../components/routers/gateway";
import { isObject, type Properties, type Value, valueAt } from "../../offline/values";
import { type GraphResource, labelOf, objectKindOf } from "../graph";
import type { ChangeRule } from "../rule";
import { resourcesBefore } from "../traffic";

/** Traefik is restarted without the provider before the routes are deleted, and again for each way back. */
export const providerKept: ChangeRule = {
  needs: "changes",
  severity: "mandatory",
  description: "A provider of Traefik's goes an update after the last route that it read",
  check: ({ changes }) => {
    const all = resourcesBefore({ changes });
    return changes.steps.flatMap(({ before, after }) => {
      const [was, is] = [providersOf(before), providersOf(after)];
      return was
        .filter((provider) => is.length > 0 && !is.includes(provider))
        .flatMap((provider) => {
          const route = all.find((resource) => READ_BY[provider]?.(resource));
          if (route === undefined) return [];
          const message = `Traefik would no longer read ${labelOf(route)} by ${provider}; move its routes first, and change traefik.providers in the next update`;
          return [{ urn: route.urn, message }];
        });
    });
  },
};

/** Which routes a provider reads, by kind and class. */
const READ_BY: Readonly<Record<string, (route: GraphResource) => boolean>> = {
  kubernetesCRD: ({ type }) => type.startsWith("kubernetes:traefik.io/"),
  kubernetesIngressNGINX: (route) =>
    objectKindOf(route) === "Ingress" &&
    valueAt(route.props, 'metadata.annotations["kubernetes.io/ingress.class"]') === "nginx",
  kubernetesGateway: (route) =>
    objectKindOf(route) === "Gateway" &&
    valueAt(route.props, "spec.gatewayClassName") === TRAEFIK_GATEWAY_CLASS,
};

/** Of a ConfigMap with Traefik's static configuration. */
function providersOf(resource: GraphResource | undefined): string[] {
  const text = valueAt(resource?.props, 'data["traefik.yaml"]');
  if (typeof text !== "string") return [];
  const providers = valueAt(parsed(text), "providers");
  return isObject(providers) ? Object.keys(providers) : [];
}

/** A state, or a patch, may hold any text: what is no YAML names no providers. */
function parsed(text: string): Properties {
  try {
    const value: Value = parse(text, { logLevel: "silent", uniqueKeys: false });
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
