import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { Manifest } from "../routers";
import { type Transform, transformed } from "../transform";

/**
 * Registers a router's objects. The generic resource takes every API version and kind, and its type token names both,
 * so objects of one name and different kinds have different URNs.
 *
 * @param opts give `dependsOn` the app's Deployments and Services: a variant is then ready before requests are shifted
 *   to it. The price: while a canary never became ready, a plain update waits for it once more before it shifts
 *   requests away, and only one that targets the routing objects does so at once.
 */
export function routing(
  app: string,
  manifests: readonly Manifest[],
  opts: CustomResourceOptions,
  transform?: Transform<Manifest>,
): CustomResource[] {
  return manifests.map((manifest) => {
    const { name } = manifest.metadata;
    const logicalName = name === app || name.startsWith(`${app}-`) ? name : `${app}-${name}`;
    return new CustomResource(logicalName, { ...transformed(manifest, transform) }, opts);
  });
}
