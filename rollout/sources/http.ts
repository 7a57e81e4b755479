/** Metrics of any HTTP server that answers with JSON. A metric's query is a JSONPath into the answer. */
import type { JSONValue } from "json-p3";
import type { HttpSettings } from "../../stacks/schema/rollout-sources";
import { MetricError, type MetricSource, type Window } from "../ports";
import { samplesAt } from "./json-values";
import { filled } from "./placeholders";
import { addressOf, ask } from "./request";

export const http = ({ url, headers }: HttpSettings, env: NodeJS.ProcessEnv): MetricSource => ({
  async read(metric, window, signal) {
    const address = new URL(filled(url, inAddress(window)));
    const { ok, status, json } = await ask(address, headers, env, signal);
    if (!ok) throw new MetricError(`${addressOf(address)} answers with status ${status}`);
    if (json === undefined) throw new MetricError(`${addressOf(address)} answers with no JSON`);
    const samples = samplesAt(metric.query, json as JSONValue, window.to);
    return { samples, look: `${metric.query} of ${addressOf(address)}` };
  },
});

/** What placeholders stand for; times in seconds since the epoch. */
export function textsOf({ app, namespace, variant, service, from, to }: Window): Record<string, string> {
  const seconds = (time: number): string => String(Math.floor(time / 1000));
  return { app, namespace, variant, service, from: seconds(from), to: seconds(to) };
}

const inAddress = (window: Window): Record<string, string> =>
  Object.fromEntries(Object.entries(textsOf(window)).map(([key, text]) => [key, encodeURIComponent(text)]));
