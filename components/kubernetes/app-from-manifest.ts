/** An app as its team's manifest has it, and a copy of it for each canary. */
import { getVersion } from "@pulumi/kubernetes/utilities";
import {
  ComponentResource,
  type ComponentResourceOptions,
  CustomResource,
  type CustomResourceOptions,
  mergeOptions,
  type Resource,
  secret,
} from "@pulumi/pulumi";
import { resourceName } from "../routers";
import { variantName } from "../traffic";
import { CANARY_APP } from "./canary-app";
import type { ApiObject } from "./manifest/object";
import type { ManifestPlan } from "./manifest/plan";

interface AppFromManifestArgs {
  readonly plan: ManifestPlan;
  /** Whether Pulumi refuses to delete or replace Deployments and Services; default false. */
  readonly protect?: boolean;
}

/** Any object by its type in the provider, which knows the core group by a name. */
class ManifestObject extends CustomResource {
  constructor(name: string, object: ApiObject, opts: CustomResourceOptions) {
    const { apiVersion, kind } = object;
    const isSecret = apiVersion === "v1" && kind === "Secret";
    super(
      `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`,
      name,
      isSecret ? withSecrets(object) : { ...object },
      mergeOptions(opts, {
        version: getVersion(),
        ...(isSecret && { additionalSecretOutputs: SECRET_KEYS }),
      }),
    );
  }
}

const SECRET_KEYS = ["data", "stringData"];

const withSecrets = (object: ApiObject): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      SECRET_KEYS.includes(key) ? secret<unknown>(value) : value,
    ]),
  );

/** What pods need before they start. */
const BEFORE_PODS = [
  ...["Namespace", "CustomResourceDefinition", "ServiceAccount", "Role", "RoleBinding", "ClusterRole"],
  ...[
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
  ],
  ...[
    "PriorityClass",
    "NetworkPolicy",
    "SecretProviderClass",
    "ExternalSecret",
    "SealedSecret",
    "LimitRange",
  ],
];

/** An app whose pods and Services are a manifest's. */
export class AppFromManifest extends ComponentResource {
  /** Deployments and Services: what must be there before requests are shifted. */
  readonly workloads: readonly Resource[];
  private readonly taken = new Set<string>();

  constructor(
    private readonly name: string,
    { plan, protect }: AppFromManifestArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(CANARY_APP, name, {}, opts);
    const variants = plan.variants.map((variant) => ({
      ...variant,
      logicalName: variantName(name, variant.name),
    }));
    for (const { deployment, service, logicalName } of variants) {
      for (const { kind } of [deployment, service]) this.taken.add(`${kind}/${logicalName}`);
    }
    const needed = plan.others.filter(({ kind }) => BEFORE_PODS.includes(kind));
    const first = needed
      .filter(({ kind }) => kind === "Namespace" || kind === "CustomResourceDefinition")
      .map((object) => this.other(object, {}));
    const before = needed
      .filter(({ kind }) => kind !== "Namespace" && kind !== "CustomResourceDefinition")
      .map((object) => this.other(object, { dependsOn: first }));
    const dependsOn = [...first, ...before];
    this.workloads = variants.flatMap(({ deployment, service, logicalName }) =>
      [deployment, service].map(
        (object) =>
          new ManifestObject(logicalName, object, { parent: this, dependsOn, ...(protect && { protect }) }),
      ),
    );
    for (const object of [...plan.others.filter((each) => !needed.includes(each)), ...plan.copies])
      this.other(object, { dependsOn: first });
    this.registerOutputs({});
  }

  /** An object beside the variants' own, by a name that no other object of its kind has. */
  private other(object: ApiObject, opts: CustomResourceOptions): Resource {
    const short = resourceName(this.name, object);
    const { namespace = "" } = object.metadata;
    const logicalName =
      [
        short,
        `${this.name}-${object.metadata.name}`,
        `${this.name}-${namespace}-${object.metadata.name}`,
      ].find((each) => !this.taken.has(`${object.kind}/${each}`)) ?? short;
    this.taken.add(`${object.kind}/${logicalName}`);
    return new ManifestObject(logicalName, object, { parent: this, ...opts });
  }
}
