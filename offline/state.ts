import { UserError } from "../base/user-error";
import { isObject, isSecret, mapLeaves, type Properties, reveal, secret, type Value } from "./values";

/** One resource as the engine keeps it. */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** Undefined while it is not known. */
  readonly id?: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly parent?: string;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** URN and id of the provider, joined by `::`. */
  readonly provider?: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  /** Read, not managed. */
  readonly external?: boolean;
  readonly importId?: string;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly aliases?: readonly string[];
  /** What its last update waited for in vain. */
  readonly initErrors?: readonly string[];
  /** An earlier replacement deleted it and did not get to make it anew. */
  readonly pendingReplacement?: boolean;
  /** When an update last changed it, as an ISO time. */
  readonly modified?: string;
}

export const STACK_TYPE = "pulumi:pulumi:Stack";

/** The stack's outputs; undefined if the stack itself is not among its resources. */
export const outputsOf = (resources: readonly ResourceState[]): Properties | undefined =>
  resources.find(({ type }) => type === STACK_TYPE)?.outputs;

/** The type part of a URN with its parents' types, as in `my:mod:Parent$kubernetes:core/v1:Service`. */
const qualifiedType = (urn: string): string => urn.split("::")[2] ?? "";

/** The URN of a resource; the stack's own type is left out of its children's. */
export function makeUrn(stack: string, project: string, type: string, name: string, parent?: string): string {
  const parentType = parent === undefined ? "" : qualifiedType(parent);
  const qualified = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** Stack and project of a URN, as people call them. */
export function ownerOf(urn: string): string {
  const [prefix = "", project] = urn.split("::");
  return `stack ${prefix.replace("urn:pulumi:", "")} of project ${project}`;
}

export const typeOf = (urn: string): string => qualifiedType(urn).split("$").at(-1) ?? "";
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

/** The URN that a child had while its parent had the URN `parentAlias`. */
export function inheritedAlias(childUrn: string, parentName: string, parentAlias: string): string {
  const [prefix = "", project = ""] = childUrn.split("::");
  const name = nameOf(childUrn);
  const aliased = name.startsWith(parentName) ? nameOf(parentAlias) + name.slice(parentName.length) : name;
  return makeUrn(prefix.replace("urn:pulumi:", ""), project, typeOf(childUrn), aliased, parentAlias);
}

/** The engine makes these by itself; previews neither list nor count them. */
export const isDefaultProvider = (state: Pick<ResourceState, "type" | "name">): boolean =>
  state.type.startsWith("pulumi:providers:") && /^default(_|$)/.test(state.name);

export const isProvider = (type: string): boolean => type.startsWith("pulumi:providers:");

interface CheckpointResource {
  urn: string;
  type: string;
  custom?: boolean;
  id?: string;
  inputs?: Properties;
  outputs?: Properties;
  parent?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
  provider?: string;
  protect?: boolean;
  retainOnDelete?: boolean;
  external?: boolean;
  importID?: string;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  aliases?: string[];
  initErrors?: string[];
  pendingReplacement?: boolean;
  modified?: string;
  delete?: boolean;
}

/**
 * The resources of a checkpoint, in its order, without those that only wait for their deletion.
 *
 * @param text what `pulumi stack export` printed
 * @throws UserError
 */
export function readCheckpoint(text: string): ResourceState[] {
  return listed(text)
    .filter((resource) => resource.delete !== true)
    .map((resource) => ({
      urn: resource.urn,
      type: resource.type,
      name: nameOf(resource.urn),
      custom: resource.custom ?? false,
      inputs: opened(resource.inputs ?? {}),
      outputs: opened(resource.outputs ?? {}),
      dependencies: resource.dependencies ?? [],
      propertyDependencies: Object.fromEntries(
        Object.entries(resource.propertyDependencies ?? {}).map(([key, urns]) => [key, urns ?? []]),
      ),
      ...defined({
        id: resource.id,
        parent: resource.parent,
        provider: resource.provider,
        protect: resource.protect,
        retainOnDelete: resource.retainOnDelete,
        external: resource.external,
        importId: resource.importID,
        ignoreChanges: resource.ignoreChanges,
        replaceOnChanges: resource.replaceOnChanges,
        aliases: resource.aliases,
        initErrors: resource.initErrors,
        pendingReplacement: resource.pendingReplacement,
        modified: resource.modified,
      }),
    }));
}

function listed(text: string): readonly CheckpointResource[] {
  let parsed: Value;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UserError(`is not JSON (${(error as Error).message.split("\n")[0]})`);
  }
  const deployment = isObject(parsed) ? parsed.deployment : undefined;
  if (!isObject(deployment)) {
    throw new UserError("has no deployment; allowed: the output of pulumi stack export");
  }
  const resources = deployment.resources ?? [];
  const wrong = Array.isArray(resources) ? resources.findIndex((resource) => !isResource(resource)) : 0;
  if (wrong >= 0) {
    throw new UserError(
      `deployment.resources[${wrong}] is no resource with urn and type; allowed: the output of pulumi stack export`,
    );
  }
  return resources as unknown as CheckpointResource[];
}

const isResource = (value: Value): boolean =>
  isObject(value) &&
  typeof value.type === "string" &&
  typeof value.urn === "string" &&
  /^urn:pulumi:.+?::.+?::.+?::/.test(value.urn);

/** Properties with their secrets as a program gets them: by value, a stand-in where only the passphrase opens it. */
function opened(properties: Properties): Properties {
  try {
    return mapLeaves(properties, (leaf) => (isSecret(leaf) ? secret(reveal(leaf)) : leaf)) as Properties;
  } catch {
    throw new UserError("holds a secret whose plaintext is not JSON");
  }
}

/** The entries of `object` that hold a value. */
export function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
