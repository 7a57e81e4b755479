/** The setting `patches`: changes of what the program declares, put into effect where each resource is made. */
import { isDeepStrictEqual } from "node:util";
import { type ResourceTransformation, secret } from "@pulumi/pulumi";
import { matches } from "../base/patterns";
import { awsTypes } from "../components/aws/types";
import { type JsonOperation, JsonPatchError, operated, steps } from "../components/patches/json-patch";
import { isKnownMap, type Json } from "../components/patches/lazy";
import { mergeKeysOf, strategicMerge } from "../components/patches/strategic";
import { type Manifest, routers } from "../components/routers";
import type { Problem } from "./problems";
import type { Patch } from "./schema/patches";
import { listed } from "./spelling";

/** What carries weights on AWS, and is the settings' to say, by type: names of inputs. */
const WEIGHTS: Readonly<Record<string, readonly string[]>> = {
  [awsTypes.listener]: ["defaultActions"],
  [awsTypes.listenerRule]: ["actions"],
  [awsTypes.group]: ["minSize", "maxSize", "desiredCapacity"],
  [awsTypes.record]: ["weightedRoutingPolicies", "setIdentifier"],
};

/** Kinds whose objects carry weights, with the routers that read them there. */
const CARRIERS = Object.values(routers).map(({ traits, readWeights }) => ({
  kinds: traits.touches,
  readWeights,
}));

interface Declared {
  readonly type: string;
  readonly name: string;
  readonly objectName: unknown;
}

export class Patches {
  private readonly wrong: Problem[] = [];
  private readonly declared: Declared[] = [];
  /** Indices of patches that had a target. */
  private readonly used = new Set<number>();

  /**
   * @param patches put into effect one after another
   * @param isSecret whether values of patches are encrypted in the stack's file, and so stay secret in the state
   * @param counted logical names of the Deployments whose number of pods is a weight
   */
  constructor(
    private readonly patches: readonly Patch[],
    private readonly isSecret = false,
    private readonly counted: readonly string[] = [],
  ) {}

  /** To be registered before the first resource is made. */
  readonly transformation: ResourceTransformation = ({ type, name, props, opts }) => {
    if (!/^(aws|kubernetes):/.test(type) || this.patches.length === 0) return undefined;
    const objectName = isKnownMap(props.metadata) ? props.metadata.name : undefined;
    const resource = { type, name, objectName };
    this.declared.push(resource);
    let changed: Record<string, unknown> = props;
    for (const [i, patch] of this.patches.entries()) {
      if (!isTarget(patch, resource)) continue;
      this.used.add(i);
      changed = this.patched(changed, patch, i, { ...resource, left: opts.ignoreChanges ?? [] });
    }
    return changed === props ? undefined : { props: changed, opts };
  };

  private patched(
    props: Record<string, unknown>,
    { merge, json = [] }: Patch,
    i: number,
    { type, name, left }: Pick<Declared, "type" | "name"> & { readonly left: readonly string[] },
  ): Record<string, unknown> {
    const label = labelOf({ type, name });
    const hidden = (value: Json): Json => (this.isSecret ? (secretLeaves(value) as Json) : value);
    const refuse = (key: string, value: unknown, allowed: string): void =>
      void this.wrong.push({ key: `patches[${i}].${key}`, value, allowed });
    let after: unknown = props;
    if (merge !== undefined) after = strategicMerge(after, hidden(merge), mergeKeysOf(type));
    try {
      for (const operation of json) after = operated(after, withHidden(operation, hidden));
    } catch (error) {
      if (!(error instanceof JsonPatchError)) throw error;
      refuse("json", json, `for ${label}, ${error.message}`);
      return props;
    }
    const touched = [
      ...Object.keys(merge ?? {}),
      ...json.flatMap(({ path, from }) =>
        [path, from].flatMap((each) => (each === undefined ? [] : steps(each).slice(0, 1))),
      ),
    ];
    const kept = touched.find((key) => left.includes(key));
    const weight =
      touched.find((key) => WEIGHTS[type]?.includes(key)) ??
      objectWeight(this.counted, { type, name }, props, after as Record<string, unknown>);
    if (kept !== undefined || weight !== undefined) {
      const why = kept === undefined ? "weights are the settings' to say" : "its maker sets it";
      refuse(
        merge === undefined ? "json" : "merge",
        merge ?? json,
        `other fields of ${label} than ${kept ?? weight}: ${why}`,
      );
      return props;
    }
    return after as Record<string, unknown>;
  }

  /** Once all resources are declared: the patches that have no target, or can't be done. */
  problems(): Problem[] {
    return this.patches.flatMap((patch, i): Problem[] => {
      const key = `patches[${i}]`;
      if (this.used.has(i)) return this.wrong.filter((problem) => problem.key.startsWith(`${key}.`));
      return [
        {
          key: `${key}.target`,
          value: patch.target,
          allowed: `of a resource that there is: ${this.known(patch)}`,
        },
      ];
    });
  }

  /** The resources of the patch's kind; all, if there is none of it. */
  private known({ target }: Patch): string {
    const ofKind = this.declared.filter((each) => isOfKind(target.kind, each.type));
    const shown = (ofKind.length > 0 ? ofKind : this.declared).map(labelOf);
    return listed([...new Set(shown)]);
  }
}

const labelOf = ({ type, name }: Pick<Declared, "type" | "name">): string =>
  `${type.split(":").at(-1)}/${name}`;

const isOfKind = (pattern: string, type: string): boolean =>
  matches(pattern, type) || matches(pattern, type.split(":").at(-1) ?? "");

const isTarget = ({ target }: Patch, { type, name, objectName }: Declared): boolean =>
  isOfKind(target.kind, type) &&
  (matches(target.name, name) || (typeof objectName === "string" && matches(target.name, objectName)));

const withHidden = (operation: JsonOperation, hidden: (value: Json) => Json): JsonOperation =>
  operation.value === undefined ? operation : { ...operation, value: hidden(operation.value) };

const secretLeaves = (value: Json): unknown => {
  if (Array.isArray(value)) return value.map(secretLeaves);
  if (isKnownMap(value))
    return Object.fromEntries(
      // Directives and merge keys are read here.
      Object.entries(value).map(([key, below]) => [
        key,
        /^(\$patch|name|mountPath)$/.test(key) ? below : secretLeaves(below as Json),
      ]),
    );
  return typeof value === "string" ? secret(value) : value;
};

/**
 * What carries a weight and would be changed by other code than the settings'; undefined if nothing is.
 *
 * @param counted logical names of the Deployments whose number of pods is a weight
 */
export function changedWeight(
  counted: readonly string[],
  resource: Pick<Declared, "type" | "name">,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string | undefined {
  const ofAws = WEIGHTS[resource.type]?.find((key) => !isDeepStrictEqual(before[key], after[key]));
  return ofAws ?? objectWeight(counted, resource, before, after);
}

function objectWeight(
  counted: readonly string[],
  { type, name }: Pick<Declared, "type" | "name">,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string | undefined {
  const kind = type.split(":").at(-1) ?? "";
  const field = (of: Record<string, unknown>, key: string): unknown =>
    isKnownMap(of.spec) ? of.spec[key] : undefined;
  const differs = (key: string): boolean => !isDeepStrictEqual(field(before, key), field(after, key));
  if (kind === "Deployment")
    return counted.includes(name) && differs("replicas") ? "spec.replicas" : undefined;
  if (kind === "Service" && differs("selector")) return "spec.selector";
  const carries = CARRIERS.filter(({ kinds }) => kinds.includes(kind)).some(
    ({ readWeights }) => !isDeepStrictEqual(readSafely(readWeights, before), readSafely(readWeights, after)),
  );
  return carries ? "those that carry its weights" : undefined;
}

function readSafely(
  read: (manifests: readonly Manifest[]) => Record<string, number>,
  object: object,
): unknown {
  try {
    return read([object as Manifest]);
  } catch {
    return undefined;
  }
}
