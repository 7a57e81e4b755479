/**
 * What the AWS provider answers, offline: which names it makes up, what it takes for a change, and which changes it makes
 * by replacement. aws-types.json holds a row per type, read from the file it names in terraform-provider-aws v6.58.0 (which
 * @pulumi/aws 7 bridges); the conditions that a row can't hold are functions here.
 */
import { awsTypes } from "../../components/aws/types";
import { type DetailedDiff, type Diff, diffProperties, isReplacing } from "../diff";
import type { ResourceState } from "../state";
import {
  isObject,
  joinPath,
  type Properties,
  parsePath,
  reveal,
  UNKNOWN,
  type Value,
  valueAt,
} from "../values";
import table from "./aws-types.json";
import { madeUpName, type ProviderModel, type Registration } from "./model";

interface TypeRow {
  readonly source: string;
  /** Inputs whose change replaces: `ForceNew` and `RequiresReplace`. */
  readonly replaces: readonly string[];
  /** Lists whose order means nothing. */
  readonly sets?: readonly string[];
  /** Inputs that keep their value when a program no longer sets them. */
  readonly keeps?: readonly string[];
  readonly defaults?: Readonly<Record<string, Value>>;
  /** Inputs for which false, 0 and the empty text are the same as nothing. */
  readonly falsy?: readonly string[];
  readonly autoName?: { readonly property: string; readonly longest: number };
  readonly deleteBeforeReplace?: boolean;
}

const TYPES: Readonly<Record<string, TypeRow>> = table.types as unknown as Record<string, TypeRow>;

/** Inputs that the provider fills in, which a program's inputs lack. */
const INJECTED = new Set(["__defaults", "tagsAll", "region"]);

/** Inputs whose change makes no new version of a launch template: `launchTemplateUpdateKeys`. */
const NO_NEW_VERSION = [
  "name",
  "tags",
  "namePrefix",
  "description",
  "defaultVersion",
  "updateDefaultVersion",
];

export const awsModel: ProviderModel = {
  check({ type, name, inputs, replaced }: Registration, old?: ResourceState): Properties {
    const naming = TYPES[type]?.autoName;
    if (naming === undefined || inputs[naming.property] !== undefined || inputs.namePrefix !== undefined)
      return inputs;
    const made =
      old?.inputs[naming.property] ??
      madeUpName(name, { type, name, ...inputs }, 7, replaced?.inputs[naming.property]);
    if (String(made).length > naming.longest) {
      throw new Error(
        `${type} ${name}: its name becomes ${made}, ${String(made).length} characters; AWS takes ${naming.longest}`,
      );
    }
    return { ...inputs, [naming.property]: made, __defaults: [naming.property] };
  },

  diff(old, inputs): Diff {
    const row = TYPES[old.type];
    const listed = (paths: readonly string[] | undefined, path: string): boolean =>
      paths?.some((pattern) => matches(pattern, path)) ?? false;
    const found = diffProperties(withoutInjected(old.inputs), withoutInjected(inputs), {
      replaces: (path) => listed(row?.replaces, path),
      isSet: (path) => row?.sets?.some((pattern) => samePlace(pattern, path)) ?? false,
      same: (path, a, b) => String(a) === String(b) || sameText(old.type, path, a, b),
    });
    const detailed = Object.fromEntries(
      Object.entries(found).filter(([path, { kind }]) => {
        const [before, after] = [valueAt(old.inputs, path), valueAt(inputs, path)];
        if (kind.startsWith("delete") && row?.keeps?.some((pattern) => leavesOut(pattern, path, inputs)))
          return false;
        if (before === undefined || after === undefined) {
          const present = before ?? after;
          if (present === row?.defaults?.[path]) return false;
          if (isEmpty(present) && before === undefined && listed(row?.keeps, path)) return false;
          if (listed(row?.falsy, path) && !present) return false;
        }
        return true;
      }),
    );
    const replacing = withConditions(old, inputs, detailed);
    const named = row?.autoName !== undefined && !defaultsOf(inputs).includes(row.autoName.property);
    return {
      detailed: replacing,
      deleteBeforeReplace:
        Object.values(replacing).some(isReplacing) && (row?.deleteBeforeReplace === true || named),
    };
  },

  created: (inputs) => inputs,

  updated(old, inputs, { detailed }): Properties {
    const outputs = { ...old.outputs, ...inputs };
    const changed = Object.keys(detailed).map((path) => parsePath(path)[0] ?? "");
    if (old.type === awsTypes.launchTemplate && changed.some((key) => !NO_NEW_VERSION.includes(key))) {
      outputs.latestVersion = UNKNOWN;
      if (inputs.updateDefaultVersion === true) outputs.defaultVersion = UNKNOWN;
    }
    return outputs;
  },

  placeholders: (type): Properties =>
    type === awsTypes.launchTemplate ? { latestVersion: 1, defaultVersion: 1 } : {},

  idOf: (_, name) => `<${name}.id>`,
};

function withoutInjected(inputs: Properties): Properties {
  const strip = (value: Value): Value => {
    if (Array.isArray(value)) return value.map(strip);
    if (!isObject(value)) return value;
    const { __defaults: _, ...rest } = value;
    return Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, strip(item)]));
  };
  const own = Object.entries(inputs).filter(([key]) => !INJECTED.has(key));
  return strip(Object.fromEntries(own)) as Properties;
}

const defaultsOf = (inputs: Properties): Value[] =>
  Array.isArray(inputs.__defaults) ? inputs.__defaults : [];

/** Whether `path` is at the pattern's place or below it. */
function matches(pattern: string, path: string): boolean {
  const steps = parsePath(path);
  return parsePath(pattern).every(
    (step, i) => step === steps[i] || (step === "*" && /^\d+$/.test(steps[i] ?? "")),
  );
}

const isEmpty = (value: Value | undefined): boolean => Array.isArray(value) && value.length === 0;

/** Whether `path` is at the pattern's place or below it, and nothing is at that place: an empty list is something. */
function leavesOut(pattern: string, path: string, inputs: Properties): boolean {
  const place = parsePath(path).slice(0, parsePath(pattern).length).reduce(joinPath, "");
  return matches(pattern, path) && valueAt(inputs, place) === undefined;
}

const samePlace = (pattern: string, path: string): boolean =>
  matches(pattern, path) && parsePath(pattern).length === parsePath(path).length;

/** Texts that AWS takes for the same: a record's trailing dot and case, a protocol's case. */
function sameText(type: string, path: string, a: Value, b: Value): boolean {
  const fold = (value: Value): string => String(value).toLowerCase().replace(/\.$/, "");
  const folded =
    (type === awsTypes.record && /^(name|aliases\[\d+\]\.name)$/.test(path)) ||
    (type === awsTypes.classicLoadBalancer && /^listeners\[\d+\]\.(instanceProtocol|lbProtocol)$/.test(path));
  return folded && fold(a) === fold(b);
}

const SOURCES = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];

/** Replacements that depend on more than which input changed: `CustomizeDiff` and `ModifyPlan`. */
function withConditions(old: ResourceState, inputs: Properties, detailed: DetailedDiff): DetailedDiff {
  const replace = (...keys: string[]): DetailedDiff =>
    Object.fromEntries(
      Object.entries(detailed).map(([path, change]) =>
        keys.includes(parsePath(path)[0] ?? "") && !isReplacing(change)
          ? [path, { ...change, kind: `${change.kind}-replace` as typeof change.kind }]
          : [path, change],
      ),
    );
  switch (old.type) {
    case awsTypes.ingressRule:
    case awsTypes.egressRule: {
      const sourceOf = (properties: Properties) => SOURCES.find((key) => properties[key] !== undefined);
      return sourceOf(old.inputs) === sourceOf(inputs) ? detailed : replace(...SOURCES);
    }
    case awsTypes.classicLoadBalancer:
      return keepsNone(old.inputs.subnets, inputs.subnets) ? replace("subnets") : detailed;
    case awsTypes.loadBalancer:
      return inputs.loadBalancerType === "network"
        ? replace(...networkReplaces(old.inputs, inputs))
        : detailed;
    default:
      return detailed;
  }
}

/** Whether none of the old members stays; an unknown set counts as empty. */
function keepsNone(before: Value | undefined, after: Value | undefined): boolean {
  if (!Array.isArray(before) || before.length === 0) return false;
  const kept = Array.isArray(after) && !after.some((item) => reveal(item) === UNKNOWN) ? after : [];
  return !before.some((item) => kept.includes(item));
}

/** A network load balancer takes further subnets, but neither fewer nor others, nor its first or no security group. */
function networkReplaces(old: Properties, fresh: Properties): string[] {
  const size = (value: Value | undefined): number => (Array.isArray(value) ? value.length : 0);
  const first = (size(old.securityGroups) === 0) !== (size(fresh.securityGroups) === 0);
  return [
    ...(size(fresh.subnets) <= size(old.subnets) ? ["subnets"] : []),
    ...(size(fresh.subnetMappings) <= size(old.subnetMappings) ? ["subnetMappings"] : []),
    ...(first && fresh.securityGroups !== undefined ? ["securityGroups"] : []),
  ];
}
