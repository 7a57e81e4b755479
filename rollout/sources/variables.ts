/** The environment variables that metric sources read their secrets from. */
import type { RolloutSettings } from "../../stacks/schema";
import { PlanError } from "../plan";
import { KEYS } from "./datadog";
import { TOKEN } from "./influxdb";

/**
 * Refuses a rollout whose metrics come from a source without its secrets: no step of it could ever be judged.
 *
 * @throws PlanError
 */
export function refuseMissingVariables({ analysis, sources }: RolloutSettings, env: NodeJS.ProcessEnv): void {
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
      .map((variable) => `environment variable ${variable}, of rollout.sources.${source}, is not set`),
  );
  if (missing.length > 0)
    throw new PlanError(missing.map((line) => `${line}; allowed: its secret`).join("\n"));
}
