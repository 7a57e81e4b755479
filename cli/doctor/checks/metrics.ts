/** What judges canaries. */

import type { MetricPlan } from "../../../analysis/plan";
import { MetricError, type MetricSource } from "../../../analysis/source";
import { metricSources, missingVariables, sourceKind, sourceOf } from "../../../analysis/sources";
import { serviceNameOf } from "../../../stacks/apps";
import { type Diagnosis, type DoctorCheck, fine, missing, type Patient, unknown } from "../check";

/** Milliseconds of the past that a source is asked about. */
const PAST_MS = 300_000;

export const metrics: DoctorCheck = {
  title: "metrics",
  concerns: ({ settings }) => settings.rollout.engine === "pulumi",
  async look(patient, signal) {
    const { settings, env } = patient;
    const { analysis, sources } = settings.rollout;
    if (analysis.metrics.length === 0)
      return missing(
        "there are none, and canary rollout judges by them",
        "set rollout.analysis.metrics: see docs/analysis.md; canary rollout --unjudged goes without",
      );
    const unset = missingVariables(analysis, sources, env);
    if (unset.length > 0) return missing(unset.join("; "), "export VARIABLE=...");
    const open = metricSources(sources, env);
    const answers = await Promise.all(
      Object.entries(open).flatMap(([name, source]) => {
        const first = analysis.metrics.find((one) => sourceOf(sources, one)?.name === name);
        return first === undefined ? [] : [askOnce(patient, name, source, first, signal)];
      }),
    );
    const worst =
      answers.find(({ state }) => state === "missing") ?? answers.find(({ state }) => state !== "fine");
    return (
      worst ?? fine(answers.length === 0 ? "a person judges" : answers.map(({ says }) => says).join(", "))
    );
  },
};

async function askOnce(
  { settings }: Patient,
  name: string,
  source: MetricSource,
  metric: MetricPlan,
  signal: AbortSignal,
): Promise<Diagnosis> {
  // The names that AWS knows load balancers by are in the state alone.
  if (sourceKind(name)?.side === "elb")
    return unknown(`${name}: canary analyse asks it, once the stack is deployed`);
  const [app] = settings.apps;
  if (app === undefined) return fine(name);
  const to = Date.now();
  const window = {
    app: app.name,
    namespace: app.namespace,
    variant: "primary",
    service: serviceNameOf(app, "primary"),
  };
  try {
    await source.read(metric, { ...window, from: to - PAST_MS, to }, signal);
    return fine(`${name} answers`);
  } catch (error) {
    if (!(error instanceof MetricError)) throw error;
    return missing(
      `${name}: ${error.message}`,
      `set rollout.sources.${name} right, and see docs/analysis.md`,
    );
  }
}
