import * as pulumi from "@pulumi/pulumi";
import { Adoption } from "./stacks/adoption";
import { countedNames } from "./stacks/apps";
import { elb } from "./stacks/elb";
import { Gate } from "./stacks/gate";
import { idleWeight } from "./stacks/idle-weight";
import { kubernetes } from "./stacks/kubernetes";
import { keeping, type Tell } from "./stacks/messages";
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

export = adopting((tell) =>
  declare(config.getSecretObject<Record<string, Record<string, string>>>("secrets") ?? {}, tell),
);

function declare(secrets: pulumi.Input<Record<string, Record<string, string>>>, tell: Tell): Outputs {
  switch (settings.platform) {
    case "elb":
      return elb(settings, undefined, tell);
    case "kubernetes":
      return kubernetes(settings, secrets, undefined, tell);
    case "migration":
      return migration(settings, secrets, tell);
  }
}

/** Declares resources, some of which take over what was there before, or are patched. */
function adopting(declared: (tell: Tell) => Outputs): Outputs {
  const { adopt, patches: asked } = settings;
  const gate = new Gate();
  const { tell, sendAll } = keeping();
  const adoption = new Adoption(adopt);
  const patches = new Patches(asked, isSecretKeyOf("patches"), countedNames(settings));
  if (Object.keys(adopt).length + asked.length > 0)
    for (const { transformation } of [gate, adoption, patches])
      pulumi.runtime.registerStackTransformation(transformation);
  const outputs = declared(tell);
  const problems = [...adoption.problems(), ...patches.problems()];
  // On the way back what has no target changes nothing, and must not keep a canary in service.
  if (problems.length > 0 && process.env[BACK_VARIABLE] === undefined)
    throw new pulumi.RunError(new SettingsError(problems).message);
  gate.open();
  sendAll();
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
