/** Metrics of any HTTP server that answers with JSON. A metric's query is a JSONPath into the answer. */
import type { JSONValue } from "json-p3";
import * as z from "zod";
import { refusedIf } from "../../components/fields";
import { MetricError, type MetricSource, type SourceKind } from "../source";
import { measuredIn, notJsonPath } from "./json-values";
import { filled, ofWindow, placeholdersIn, unfilled, variantTexts, windowTexts } from "./placeholders";
import { address, addressOf, ask, headers, withoutHeaders } from "./request";

const settings = z.strictObject({
  /** Address of a JSON answer; takes `{{app}}`, `{{namespace}}`, `{{variant}}`, `{{service}}`, `{{from}}` and `{{to}}`. */
  url: address,
  /** Headers of each question, such as Authorization; default none. */
  headers,
});
type Settings = z.output<typeof settings>;

export const openHttp = ({ url, headers }: Settings, env: NodeJS.ProcessEnv): MetricSource => ({
  async read(metric, window, signal) {
    const address = new URL(filled(url, encoded(windowTexts(window))));
    const { ok, status, json } = await ask(address, headers, env, signal);
    if (!ok) throw new MetricError(`${addressOf(address)} answers with status ${status}`);
    if (json === undefined) throw new MetricError(`${addressOf(address)} answers with no JSON`);
    return {
      ...measuredIn(metric, json as JSONValue, window),
      look: `${metric.query} of ${addressOf(address)}`,
    };
  },
});

const encoded = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encodeURIComponent(text)]));

/** A path that both JSONPath's standard and Kubernetes' own dialect read alike. */
const PLAIN_PATH = /^\$(\.[A-Za-z_]\w*|\[\d+\])+$/;

export const http: SourceKind<Settings> = {
  settings,
  side: undefined,
  variables: ({ headers }) => Object.values(headers),
  problems: ({ url }) => unfilled("url", url, ofWindow),
  metricProblems: notJsonPath,
  handOver: {
    flagger: undefined,
    "argo-rollouts": {
      problems: ({ url, headers }, asking) => [
        ...withoutHeaders(headers, asking),
        ...refusedIf(
          placeholdersIn(url).some((name) => name === "from" || name === "to"),
          "url",
          url,
          `no {{from}} and {{to}} ${asking.by}`,
        ),
      ],
      metricProblems: ({ query }, { by }) =>
        refusedIf(!PLAIN_PATH.test(query), "query", query, `a path such as $.errors.rate ${by}`),
      query: ({ query }, { url }, about) => ({
        provider: { web: { url: filled(url, variantTexts(about)), jsonPath: `{${query}}` } },
        result: "value",
      }),
    },
  },
  open: openHttp,
};
