import { isObject, UNKNOWN, type Value, valueAt } from "../../offline/values";
import { type GraphResource, labelOf, objectKindOf, resourcesNamed } from "../graph";
import type { ResourceRule, Violation } from "../rule";
import { isRoute } from "../traffic";

/** Routers find only Services of their own namespace, or refuse others, each in its own way. */
export const sameNamespace: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "An app's Deployments, Services and routes are in one namespace",
  check: ({ resources }) => {
    const own = resources.filter(
      (resource) =>
        isRoute(resource) || /^kubernetes:(core\/v1:Service|apps\/v1:Deployment)$/.test(resource.type),
    );
    return own.flatMap((resource): Violation[] => {
      const { urn } = resource;
      const namespace = namespaceOf(resource);
      const app = valueAt(resource.props, APP);
      const namesake = typeof app === "string" ? resourcesNamed(own, app) : [];
      const primary = namesake.find((other) => objectKindOf(other) === "Deployment");
      const home = primary === undefined ? namespace : namespaceOf(primary);
      if (namespace === UNKNOWN || home === UNKNOWN) return [];
      if (namespace !== home) {
        return [
          {
            urn,
            message: `${labelOf(resource)} is in namespace ${namespace}; allowed: that of ${app}, ${home}`,
          },
        ];
      }
      return references(resource.props.spec)
        .filter((reference) => reference.namespace !== namespace && reference.namespace !== UNKNOWN)
        .map((reference) => ({
          urn,
          message: `${labelOf(resource)} names ${reference.name} in namespace ${reference.namespace}; allowed: its own, ${namespace}`,
        }));
    });
  },
};

const APP = 'metadata.labels["app.kubernetes.io/name"]';

const namespaceOf = ({ props }: GraphResource): Value => valueAt(props, "metadata.namespace") ?? "default";

/** What routes name together with a namespace, such as Traefik's `services` and the Gateway API's `backendRefs`. */
function references(value: Value | undefined): { name: string; namespace: string }[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isObject(value)) return [];
  const { name, namespace } = value;
  const own = typeof name === "string" && typeof namespace === "string" ? [{ name, namespace }] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}
