import { parse } from "yaml";
import { valueAt } from "../../offline/values";
import { type GraphResource, label } from "../graph";
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
          const route = all.find(({ type }) => READ_BY[provider]?.test(type));
          if (route === undefined) return [];
          const message = `Traefik would no longer read ${label(route)} by ${provider}; allowed: its routes first, traefik.providers in the next update`;
          return [{ urn: route.urn, message }];
        });
    });
  },
};

const READ_BY: Readonly<Record<string, RegExp>> = {
  kubernetesCRD: /^kubernetes:traefik\.io\//,
  kubernetesIngressNGINX: /:Ingress$/,
  kubernetesGateway: /^kubernetes:gateway\.networking\.k8s\.io\/.*(?<!Class)$/,
};

/** Of a ConfigMap with Traefik's static configuration. */
function providersOf(resource: GraphResource | undefined): string[] {
  const text = valueAt(resource?.props, 'data["traefik.yaml"]');
  if (typeof text !== "string") return [];
  const { providers } = (parse(text) ?? {}) as { providers?: object };
  return Object.keys(providers ?? {});
}
