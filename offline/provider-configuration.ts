/**
 * The configuration of default providers: where a stack's resources are. The engine makes such a provider of each package in
 * use from the keys of its namespace, and replaces what it made if one of them changes.
 */

import { isUnreadable } from "../base/secrets";
import { SETTINGS_NAMESPACE } from "../stacks/raw";
import { isDefaultProvider, type ResourceState } from "./state";
import type { Step } from "./step";
import { MASK, type Value } from "./values";

/** A key such as `aws:region` that changes; undefined if it is not set. */
export interface ProviderChange {
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Full key to value, as the engine has them. */
type Values = Readonly<Record<string, string>>;

const isProviderKey = (key: string, project: string): boolean => {
  const [namespace = ""] = key.split(":");
  return ![project, SETTINGS_NAMESPACE, "pulumi"].includes(namespace);
};

/** How two configurations differ in keys of providers; secrets are masked. */
export function providerChanges(
  project: string,
  before: Values,
  after: Values,
  secretKeys: readonly string[] = [],
): ProviderChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => isProviderKey(key, project) && canonical(before[key]) !== canonical(after[key]))
    .filter((key) => ![before[key], after[key]].some((value) => value !== undefined && isUnreadable(value)))
    .map((key) => {
      const shown = (value: string | undefined) =>
        value !== undefined && secretKeys.includes(key) ? MASK : value;
      return { key, before: shown(before[key]), after: shown(after[key]) };
    });
}

/** Order and blanks of JSON mean nothing. */
function canonical(value: string | undefined): string | undefined {
  if (value === undefined || !/^[[{]/.test(value)) return value;
  try {
    return JSON.stringify(sorted(JSON.parse(value)));
  } catch {
    return value;
  }
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** Inputs of a default provider that no key of the configuration sets. */
const PROVIDERS_OWN = /^(version|pluginDownloadURL|skip\w+)$/;

/**
 * The configuration that a checkpoint's default providers were made from, for the packages that have one there.
 *
 * @param after the configuration now: of packages that the checkpoint has no provider of, it is taken for the one before
 */
export function providersOf(states: readonly ResourceState[], project: string, after: Values): Values {
  const defaults = states.filter(isDefaultProvider);
  const packages = new Set(defaults.map(({ type }) => type.split(":")[2] ?? ""));
  const others = Object.entries(after).filter(
    ([key]) => isProviderKey(key, project) && !packages.has(key.split(":")[0] ?? ""),
  );
  const made = defaults.flatMap(({ type, inputs }) =>
    Object.entries(inputs)
      .filter(([name]) => !PROVIDERS_OWN.test(name) && !isUnreadable(inputs[name]))
      .map(([name, value]) => [
        `${type.split(":")[2]}:${name}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
  );
  return Object.fromEntries([...others, ...made]);
}

/** Why the engine would not even begin: default providers that the configuration disables, and the program needs. */
export function disabledProviders(values: Values, steps: readonly Step[]): string[] {
  const disabled = values["pulumi:disable-default-providers"];
  if (disabled === undefined) return [];
  const names = listOf(disabled);
  const needed = steps
    .filter(({ fresh }) => fresh?.custom && fresh.provider === undefined)
    .map(({ type }) => type.split(":")[0] ?? "");
  return [...new Set(needed)]
    .filter((name) => names.includes("*") || names.includes(name))
    .map(
      (name) =>
        `pulumi:disable-default-providers is ${disabled}, and the program needs the default provider of ${name}; ` +
        `allowed: a list without ${name}`,
    );
}

function listOf(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
