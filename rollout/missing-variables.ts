/** The environment variables that a rollout's secrets are in. */
import type { RolloutSettings } from "../stacks/schema";
import { PlanError } from "./plan";
import { KEYS } from "./sources/datadog";
import { TOKEN } from "./sources/influxdb";
import { addressProblems } from "./views/notices";

/**
 * Refuses a rollout whose metrics come from a source without its secrets, as no step of it could ever be judged, or whose
 * notices have no address.
 *
 * @throws PlanError with a line for each
 */
export function refuseMissingVariables(
  { analysis, sources, notices }: RolloutSettings,
  env: NodeJS.ProcessEnv,
): void {
  const variables: Readonly<Record<string, readonly string[]>> = {
    prometheus: Object.values(sources.prometheus?.headers ?? {}),
    datadog: Object.values(KEYS),
    influxdb: [TOKEN],
    http: Object.values(sources.http?.headers ?? {}),
  };
  const used = new Set(analysis.metrics.map(({ source }) => source));
  const missing = [...used].flatMap((source) =>
    (variables[source] ?? [])
      .filter((variable) => !env[variable])
      .map(
        (variable) =>
          `environment variable ${variable}, of rollout.sources.${source}, is not set; allowed: its secret`,
      ),
  );
  const problems = [...missing, ...addressProblems(notices, env)];
  if (problems.length > 0) throw new PlanError(problems.join("\n"));
}
