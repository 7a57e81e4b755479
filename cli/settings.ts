/** A stack's settings, for commands that need them without running the program. */
import type { StackConfiguration } from "../offline/configuration";
import { parseSettings, type Settings, SettingsError } from "../stacks/settings";
import { UsageError } from "./errors";

/** @throws UsageError with all that is wrong, a line each */
export function readSettings({ project, values }: StackConfiguration): Settings {
  const own = Object.entries(values).filter(([key]) => key.startsWith(`${project}:`));
  const raw = own.map(([key, text]) => [key.slice(project.length + 1), decode(text)]);
  try {
    return parseSettings(Object.fromEntries(raw));
  } catch (error) {
    throw error instanceof SettingsError ? new UsageError(error.message) : error;
  }
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
