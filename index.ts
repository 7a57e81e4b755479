import * as pulumi from "@pulumi/pulumi";
import { Adoption } from "./stacks/adoption";
import { countedNames } from "./stacks/apps";
import { elb } from "./stacks/elb";
import { idleWeight } from "./stacks/idle-weight";
import { kubernetes } from "./stacks/kubernetes";
import { migration } from "./stacks/migration";
import type { Outputs } from "./stacks/outputs";
import { Patches } from "./stacks/patches";
import { formatProblem } from "./stacks/problems";
import { rawSettings } from "./stacks/raw";
import { BACK_VARIABLE, parseSettings, parseToGoBack, type Settings, SettingsError } from "./stacks/settings";

const config = new pulumi.Config();
const settings = readSettings();
for (const problem of idleWeight(settings, config.getNumber("canaryWeight") ?? 0))
  pulumi.log.warn(formatProblem(problem));

export = adopting(() =>
  declare(config.getSecretObject<Record<string, Record<string, string>>>("secrets") ?? {}),
);

function declare(secrets: pulumi.Input<Record<string, Record<string, string>>>): Outputs {
  switch (settings.platform) {
    case "elb":
      return elb(settings);
    case "kubernetes":
      return kubernetes(settings, secrets);
    case "migration":
      return migration(settings, secrets);
  }
}

/** Declares resources, some of which take over what was there before. */
function adopting(declared: () => Outputs): Outputs {
  const adoption = new Adoption(settings.adopt);
  pulumi.runtime.registerStackTransformation(adoption.transformation);
  const patches = new Patches(settings.patches, isSecretKeyOf("patches"), countedNames(settings));
  pulumi.runtime.registerStackTransformation(patches.transformation);
  const outputs = declared();
  inOneError(() => adoption.finish());
  inOneError(() => patches.finish());
  return outputs;
}

function readSettings(): Settings {
  const parse = process.env[BACK_VARIABLE] === undefined ? parseSettings : parseToGoBack;
  return inOneError(() => parse(rawSettings(config.name, pulumi.runtime.allConfig())));
}

/** Whether a setting's value is encrypted, in part or as a whole: the engine tells the keys in a variable. */
function isSecretKeyOf(key: string): boolean {
  const variable = "PULUMI_CONFIG_SECRET_KEYS";
  const keys: unknown = JSON.parse(pulumi.runtime.allConfig()[variable] ?? process.env[variable] ?? "[]");
  return Array.isArray(keys) && keys.includes(`${config.name}:${key}`);
}

/** What is wrong with the stack's settings becomes one error without a stack trace. */
function inOneError<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof SettingsError ? new pulumi.RunError(error.message) : error;
  }
}
