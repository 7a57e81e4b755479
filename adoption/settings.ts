/** Settings as trees, and their way into a stack's file. */
import * as yaml from "yaml";
import { isObject, type Value } from "../offline/values";

/** Settings that change, by their first key. */
export type SettingsChanges = Readonly<Record<string, Value>>;

/** `aws.fleetSize` and the like as a tree. */
export function nested(settings: ReadonlyMap<string, Value>): SettingsChanges {
  const tree: { [key: string]: Value } = {};
  for (const [path, value] of settings) {
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    let at = tree;
    for (const step of steps) {
      const below = at[step];
      at[step] = isObject(below) ? below : {};
      at = at[step];
    }
    at[last] = value;
  }
  return tree;
}

/** A tree with the leaves of another in place of its own. */
export function merged(before: Value | undefined, change: Value): Value {
  if (!isObject(before) || !isObject(change)) return change;
  const entries = Object.entries(change).map(([key, value]) => [key, merged(before[key], value)]);
  return { ...before, ...Object.fromEntries(entries) };
}

/** A stack file's text with the changes in it: comments, order and all other settings stay. */
export function withSettings(text: string, changes: SettingsChanges): string {
  const document = yaml.parseDocument(text);
  for (const [path, value] of leaves(changes)) document.setIn(["config", ...path], value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Every leaf of a tree, lists being leaves, with its path. */
function leaves(value: Value, path: readonly string[] = []): [readonly string[], Value][] {
  if (!isObject(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, below]) => leaves(below, [...path, key]));
}

/** The changes as they stand in a stack's file. */
export const settingsText = (changes: SettingsChanges): string =>
  yaml.stringify({ config: changes }, { lineWidth: 0 });
