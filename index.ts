import * as pulumi from "@pulumi/pulumi";
import { elb } from "./stacks/elb";
import { kubernetes } from "./stacks/kubernetes";
import { parseSettings, type Settings, SettingsError } from "./stacks/settings";

const config = new pulumi.Config();
const settings = readSettings();

export = settings.platform === "elb"
  ? elb(settings)
  : kubernetes(settings, config.getSecretObject<Record<string, Record<string, string>>>("secrets") ?? {});

/** The stack's settings; all that is wrong with them becomes one error without a stack trace. */
function readSettings(): Settings {
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(`${config.name}:`));
  const raw = own.map(([key, text]) => [key.slice(config.name.length + 1), decode(text)]);
  try {
    return parseSettings(Object.fromEntries(raw));
  } catch (error) {
    throw error instanceof SettingsError ? new pulumi.RunError(error.message) : error;
  }
}

/** Objects and lists reach a program as JSON, everything else as a text. */
function decode(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
