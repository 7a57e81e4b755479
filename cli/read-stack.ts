/** A stack as the command line asks for it. */
import {
  type Override,
  parseOverride,
  readConfiguration,
  type StackConfiguration,
} from "../offline/configuration";
import { findProject } from "../offline/find-project";
import { idleWeight } from "../stacks/idle-weight";
import { formatProblem, type Problem, SettingsError } from "../stacks/problems";
import { rawSettings } from "../stacks/raw";
import { parseSettings } from "../stacks/settings";
import type { StackOptions } from "./options";

/** The project and, for it, the configuration with and without what the command line overrides. */
export function readStack({ stack, config, configPath }: StackOptions): {
  folder: string;
  asFiled: StackConfiguration;
  asAsked: StackConfiguration;
} {
  const folder = findProject(process.cwd());
  const overrides: Override[] = config.map((text) => parseOverride(text, configPath));
  const [asFiled, asAsked] = [readConfiguration(folder, stack), readConfiguration(folder, stack, overrides)];
  if (overrides.length > 0) refuseIdleWeights(asFiled, asAsked);
  return { folder, asFiled, asAsked };
}

/** Refuses a weight that the command line gives to a stack without a canary; one in the file is the program's to warn of. */
function refuseIdleWeights(asFiled: StackConfiguration, asAsked: StackConfiguration): void {
  const filed = new Set(idleIn(asFiled).map(formatProblem));
  const problems = idleIn(asAsked).filter((problem) => !filed.has(formatProblem(problem)));
  if (problems.length > 0) throw new SettingsError(problems);
}

function idleIn({ namespace, values }: StackConfiguration): Problem[] {
  try {
    return idleWeight(
      parseSettings(rawSettings(namespace, values)),
      Number(values[`${namespace}:canaryWeight`] ?? 0),
    );
  } catch {
    // The program says what is wrong with its settings, all at once.
    return [];
  }
}
