/** The resources of `resources.json` beside it, as a program of one file without any parts of ours declares them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

interface Declared {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  readonly inputs: Record<string, unknown>;
}

type Constructor = new (
  name: string,
  inputs: Record<string, unknown>,
  options: pulumi.CustomResourceOptions,
) => pulumi.Resource;

/** By the words of a type: `kubernetes:apps/v1:Deployment` is `k8s.apps.v1.Deployment`. */
function constructorOf(type: string): Constructor | undefined {
  const [pkg, place = "", name = ""] = type.split(":");
  const [module = "", version = ""] = place.split("/");
  if (pkg !== "kubernetes") return undefined;
  const known = module.includes(".k8s.io") ? module.slice(0, module.indexOf(".")) : module;
  const path = known === "helm.sh" ? ["helm", "v3", name] : [known, version, name];
  return member(k8s, path) ?? (k8s.apiextensions.CustomResource as unknown as Constructor);
}

const member = (from: unknown, path: string[]): Constructor | undefined =>
  path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], from) as
    | Constructor
    | undefined;

const all: Record<string, Declared[]> = JSON.parse(readFileSync(join(__dirname, "resources.json"), "utf8"));
const made = new Map<string, pulumi.Resource>();
for (const { urn, type, name, parent, inputs } of Object.values(all)[0] ?? []) {
  if (type === "pulumi:pulumi:Stack") continue;
  const of = made.get(parent ?? "");
  const options = of === undefined ? {} : { parent: of };
  const Class = constructorOf(type);
  made.set(
    urn,
    Class === undefined
      ? new pulumi.ComponentResource(type, name, {}, options)
      : new Class(name, inputs, options),
  );
}
