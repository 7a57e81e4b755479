/** Which values of an app's environment are encrypted in the stack's file: they stay secret in the state. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { settingsNamespace } from "./raw";

/** Names of the variables by app; undefined if any of them may be, as the stack has an environment of secrets. */
export type EncryptedVariables = Readonly<Record<string, readonly string[]>> | undefined;

/** The engine hands a program the values alone: the file tells which of them it has decrypted. */
export function encryptedVariables(): EncryptedVariables {
  const namespace = settingsNamespace(pulumi.getProject(), pulumi.runtime.allConfig());
  const folder = rootFolder();
  const file = stackFile(folder, pulumi.getStack());
  return encryptedIn(existsSync(file) ? readFileSync(file, "utf8") : "", namespace);
}

/**
 * @param text of the stack's file
 * @param namespace of the settings
 */
export function encryptedIn(text: string, namespace: string): EncryptedVariables {
  if (!/\bsecure\b|fn::secret/.test(text)) return {};
  const { config = {}, environment } = parsed(text);
  if (environment !== undefined) return undefined;
  const apps = (config[`${namespace}:apps`] ?? config.apps ?? {}) as Record<string, App>;
  // Encrypted as a whole: any of the variables in it is.
  if ([apps, ...Object.values(apps), ...Object.values(apps).map((app) => app?.env)].some(isEncrypted))
    return undefined;
  return Object.fromEntries(
    Object.entries(apps).map(([name, app]) => [
      name,
      Object.entries(app?.env ?? {})
        .filter(([, value]) => typeof value === "object" && value !== null)
        .map(([variable]) => variable),
    ]),
  );
}

const isEncrypted = (node: unknown): boolean =>
  typeof node === "object" && node !== null && "secure" in node && typeof node.secure === "string";

interface App {
  readonly env?: Readonly<Record<string, unknown>>;
}

/** The app's variables, with those marked that are secret. */
export const markedEnv = (
  { name, env }: { readonly name: string; readonly env: Readonly<Record<string, string>> },
  encrypted: EncryptedVariables,
): Record<string, pulumi.Input<string>> =>
  Object.fromEntries(
    Object.entries(env).map(([variable, value]) => {
      const isSecret = encrypted === undefined || encrypted[name]?.includes(variable);
      return [variable, isSecret ? pulumi.secret(value) : value];
    }),
  );

/** The project's folder; the program's own, which is mostly the same, if the engine does not say. */
function rootFolder(): string {
  const folder = pulumi.getRootDirectory();
  return existsSync(join(folder, "Pulumi.yaml")) ? folder : process.cwd();
}

function stackFile(folder: string, stack: string): string {
  const project = join(folder, "Pulumi.yaml");
  const text = existsSync(project) ? readFileSync(project, "utf8") : "";
  const { stackConfigDir = "" } = /^stackConfigDir\b/m.test(text) ? parsed(text) : {};
  return join(folder, String(stackConfigDir), `Pulumi.${stack}.yaml`);
}

interface File {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly environment?: unknown;
  readonly stackConfigDir?: unknown;
}

/** Loaded only by who needs it: most stacks have no such value. */
function parsed(text: string): File {
  const { parse }: typeof import("yaml") = require("yaml");
  return (parse(text, { logLevel: "silent" }) ?? {}) as File;
}
