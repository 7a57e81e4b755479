/** The environment variables that a rollout's secrets are in. */

import { missingVariables } from "../../analysis/sources";
import { UserError } from "../../base/user-error";
import type { RolloutSettings } from "../../stacks/schema";
import { addressProblems } from "../views/notices";

/**
 * Refuses a rollout whose metrics come from a source without its secrets, as no step of it could ever be judged, or whose
 * notices have no address.
 *
 * @throws UserError with a line for each
 */
export function refuseMissingVariables(
  { analysis, sources, notices }: RolloutSettings,
  env: NodeJS.ProcessEnv,
): void {
  const problems = [...missingVariables(analysis, sources, env), ...addressProblems(notices, env)];
  if (problems.length > 0) throw new UserError(problems.join("\n"));
}
