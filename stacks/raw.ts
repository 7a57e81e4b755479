/** The program's configuration as its author wrote it, before any check. */
import type { Problem } from "./problems";
import { schema } from "./schema";

/** The namespace of settings in a project of any name. */
export const SETTINGS_NAMESPACE = "canary-traffic";

/** Names of the settings at the top: `apps`, `platform` and so on. */
export const isSetting = (name: string): boolean => Object.hasOwn(schema.shape, name);

/**
 * The namespace of a stack's settings: `canary-traffic` if the stack has a key of it, else the project's name. A project's own
 * keys can then be another program's.
 *
 * @param values full key to value
 */
export function settingsNamespace(project: string, values: Readonly<Record<string, unknown>>): string {
  const prefix = `${SETTINGS_NAMESPACE}:`;
  return Object.keys(values).some((key) => key.startsWith(prefix)) ? SETTINGS_NAMESPACE : project;
}

/** Settings below the project's name that nobody reads, as the stack has others below `canary-traffic`. */
export function mixedNamespaces(project: string, values: Readonly<Record<string, unknown>>): Problem[] {
  const namespace = settingsNamespace(project, values);
  if (namespace === project) return [];
  return Object.keys(values)
    .filter((key) => key.startsWith(`${project}:`) && isSetting(key.slice(project.length + 1)))
    .map((key) => ({
      key,
      value: "there",
      allowed: `${namespace}:${key.slice(project.length + 1)}, as this stack's settings begin with ${namespace}:`,
    }));
}

/**
 * The values of one namespace, without it.
 *
 * @param values full key to value, as the engine hands them to a program
 */
export function rawSettings(
  namespace: string,
  values: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const own = Object.entries(values).filter(([key]) => key.startsWith(`${namespace}:`));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(namespace.length + 1), decode(text)]));
}

/** Objects and lists are JSON, everything else is a text. */
function decode(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
