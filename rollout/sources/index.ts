/** The metric sources that a stack has. */
import type { SourcesSettings } from "../../stacks/schema/rollout-sources";
import type { MetricSource } from "../ports";
import { cloudWatch } from "./cloudwatch";
import { command } from "./command";
import { datadog } from "./datadog";
import { http } from "./http";
import { influxdb } from "./influxdb";
import { prometheus } from "./prometheus";

/**
 * Sources by the keys of `rollout.sources`.
 *
 * @param env where the variables are that the settings name
 */
export function metricSources(
  settings: SourcesSettings,
  env: NodeJS.ProcessEnv,
): Readonly<Record<string, MetricSource>> {
  return {
    ...(settings.prometheus && { prometheus: prometheus(settings.prometheus, env) }),
    ...(settings.cloudwatch && { cloudwatch: cloudWatch(settings.cloudwatch) }),
    ...(settings.datadog && { datadog: datadog(settings.datadog, env) }),
    ...(settings.influxdb && { influxdb: influxdb(settings.influxdb, env) }),
    ...(settings.http && { http: http(settings.http, env) }),
    ...(settings.command && { command: command(settings.command) }),
  };
}
