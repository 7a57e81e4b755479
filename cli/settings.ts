/** A stack's settings, for commands that need them without running the program. */
import type { StackConfiguration } from "../offline/configuration";
import { rawSettings } from "../stacks/raw";
import { parseSettings, type Settings, SettingsError } from "../stacks/settings";
import { UsageError } from "./errors";

/** @throws UsageError with all that is wrong, a line each */
export function readSettings({ project, values }: StackConfiguration): Settings {
  try {
    return parseSettings(rawSettings(project, values));
  } catch (error) {
    throw error instanceof SettingsError ? new UsageError(error.message) : error;
  }
}
