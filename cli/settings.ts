/** A stack's settings, for commands that need them without running the program. */
import type { StackConfiguration } from "../offline/configuration";
import { rawSettings } from "../stacks/raw";
import { parseSettings, parseToGoBack, type Settings } from "../stacks/settings";

/** @throws SettingsError with all that is wrong, a line each */
export const readSettings = ({ namespace, values }: StackConfiguration): Settings =>
  parseSettings(rawSettings(namespace, values));

/** To go back by, whatever stands below `rollout`. @throws SettingsError with what else is wrong */
export const readToGoBack = ({ namespace, values }: StackConfiguration): Settings =>
  parseToGoBack(rawSettings(namespace, values));
