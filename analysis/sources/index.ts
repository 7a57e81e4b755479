/** The metric sources that there are. */
import type { z } from "zod";
import type { AnalysisPlan, MetricPlan } from "../plan";
import type { AwsReach, MetricSource, SourceKind } from "../source";
import { cloudwatch } from "./cloudwatch";
import { command } from "./command";
import { datadog } from "./datadog";
import { http } from "./http";
import { influxdb } from "./influxdb";
import { prometheus } from "./prometheus";

const registry = {
  prometheus,
  cloudwatch,
  datadog,
  influxdb,
  http,
  command,
} as const satisfies Record<string, SourceKind>;

export type SourceName = keyof typeof registry;

/** The settings `rollout.sources`. */
export type SourcesSettings = {
  readonly [Name in SourceName]?: z.output<(typeof registry)[Name]["settings"]> | undefined;
};

/** Every source by its key in `rollout.sources`. */
export const sourceKinds: Readonly<Record<SourceName, SourceKind>> = registry;

/** The source of this name; undefined if metrics name a person or somebody else. */
export const sourceKind = (name: string): SourceKind | undefined =>
  Object.hasOwn(sourceKinds, name) ? sourceKinds[name as SourceName] : undefined;

/** A source that a stack has set up. */
interface Configured {
  readonly name: SourceName;
  readonly kind: SourceKind;
  readonly settings: unknown;
}

/** The sources that settings set up, in their order. */
export const configured = (settings: SourcesSettings): Configured[] =>
  (Object.keys(sourceKinds) as SourceName[]).flatMap((name) =>
    settings[name] === undefined ? [] : [{ name, kind: sourceKinds[name], settings: settings[name] }],
  );

/** The source that a metric names, if the stack has set it up. */
export const sourceOf = (settings: SourcesSettings, { source }: Pick<MetricPlan, "source">) =>
  configured(settings).find(({ name }) => name === source);

/**
 * The open sources by the keys of `rollout.sources`.
 *
 * @param env where the variables are that the settings name
 * @param aws how the stack reaches AWS
 */
export const metricSources = (
  settings: SourcesSettings,
  env: NodeJS.ProcessEnv,
  aws?: AwsReach,
): Readonly<Record<string, MetricSource>> =>
  Object.fromEntries(
    configured(settings).map(({ name, kind, settings }) => [name, kind.open(settings, env, aws)]),
  );

/** Variables of the sources that metrics name and that are not set, a line each. */
export function missingVariables(
  { metrics }: Pick<AnalysisPlan, "metrics">,
  settings: SourcesSettings,
  env: NodeJS.ProcessEnv,
): string[] {
  const used = new Set(metrics.flatMap((metric) => sourceOf(settings, metric)?.name ?? []));
  return [...used].flatMap((name) =>
    sourceKinds[name]
      .variables(settings[name])
      .filter((variable) => !env[variable])
      .map(
        (variable) =>
          `environment variable ${variable}, of rollout.sources.${name}, is not set; set it to the secret`,
      ),
  );
}
