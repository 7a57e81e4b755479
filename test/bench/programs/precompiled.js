/** The resources of `resources.json` beside it, by weight, in one file of JavaScript that loads each class alone. */
const { existsSync, readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const pulumi = require("@pulumi/pulumi");

/** @type {Record<string, string>} modules of `@pulumi/kubernetes` that are not called as the group */
const MODULES = { "helm.sh": "helm" };
const KUBERNETES = dirname(require.resolve("@pulumi/kubernetes/package.json"));

/** @param {string} type as `kubernetes:apps/v1:Deployment`, `aws:lb/loadBalancer:LoadBalancer` */
function constructorOf(type) {
  const [pkg, place = "", name = ""] = type.split(":");
  if (pkg === "pulumi") return require(`@pulumi/${name}/provider`).Provider;
  if (pkg === "aws") return require(`@pulumi/aws/${place}`)[name];
  if (pkg !== "kubernetes") return undefined;
  const [group = "", version = ""] = place.split("/");
  const file = join(
    MODULES[group] ?? group.replace(/(\.\w+)*\.k8s\.io$/, ""),
    version,
    name[0]?.toLowerCase() + name.slice(1),
  );
  if (existsSync(join(KUBERNETES, `${file}.js`))) return require(join(KUBERNETES, file))[name];
  return require("@pulumi/kubernetes/apiextensions/customResource").CustomResource;
}

const all = JSON.parse(readFileSync(join(__dirname, "resources.json"), "utf8"));
const weight = new pulumi.Config("canary-traffic").require("canaryWeight");
const made = new Map();
for (const { urn, type, name, parent, inputs, dependencies } of all[weight] ?? []) {
  if (type === "pulumi:pulumi:Stack") continue;
  const dependsOn = dependencies.flatMap((/** @type {string} */ each) => made.get(each) ?? []);
  const options = { parent: made.get(parent), dependsOn };
  const Class = constructorOf(type);
  made.set(
    urn,
    Class === undefined
      ? new pulumi.ComponentResource(type, name, {}, options)
      : new Class(name, inputs, options),
  );
}
