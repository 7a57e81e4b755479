import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import type { CustomResourceOptions, Resource } from "@pulumi/pulumi";
import { type Manifest, resourceName } from "../routers";
import { type Transform, transformed } from "../transform";

type CoreKind = new (name: string, args: object, opts: CustomResourceOptions) => ConfigMap | Service;

/** Kinds of the core group, which has no name: the generic resource makes a type of them that the provider refuses. */
const CORE: Readonly<Record<string, CoreKind>> = { ConfigMap, Service };

interface RoutingOptions extends Omit<CustomResourceOptions, "dependsOn"> {
  readonly dependsOn?: readonly Resource[];
  /** Options of one object alone. */
  readonly own?: (manifest: Manifest) => CustomResourceOptions;
}

/**
 * Registers a router's objects. The generic resource takes every API version and kind but the core group's, and its type
 * token names both, so objects of one name and different kinds have different URNs. Each depends on those before it: what
 * a route needs is there before the route is.
 *
 * @param manifests what others refer to first
 * @param opts give `dependsOn` the app's Deployments and Services: a variant is then ready before requests are shifted
 *   to it. The price: while a canary never became ready, a plain update waits for it once more before it shifts
 *   requests away, and only one that targets the routing objects does so at once.
 */
export function routing(
  app: string,
  manifests: readonly Manifest[],
  { dependsOn: others, own, ...opts }: RoutingOptions,
  transform?: Transform<Manifest>,
): (CustomResource | ConfigMap | Service)[] {
  const made: (CustomResource | ConfigMap | Service)[] = [];
  for (const manifest of manifests) {
    const logicalName = resourceName(app, manifest);
    const args = { ...transformed(manifest, transform) };
    const Core = args.apiVersion === "v1" ? CORE[args.kind] : undefined;
    const ordered = { ...opts, ...own?.(manifest), dependsOn: [...(others ?? []), ...made] };
    made.push(
      Core === undefined
        ? new CustomResource(logicalName, args, ordered)
        : new Core(logicalName, args as object, ordered),
    );
  }
  return made;
}
