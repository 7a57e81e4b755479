/**
 * Metrics of InfluxDB 2 by Flux of one's own, with placeholders.
 *
 * https://docs.influxdata.com/influxdb/v2/query-data/execute-queries/influx-api/
 */
import type { InfluxDBSettings } from "../../stacks/schema/rollout-sources";
import { MetricError, type MetricSource, type Sample } from "../ports";
import { textsOf } from "./http";
import { filled } from "./placeholders";
import { variableValue } from "./request";

/** As InfluxDB's own command line names it. */
export const TOKEN = "INFLUX_TOKEN";
const TIMEOUT_MS = 10_000;

/** A row of the table that a query comes to. */
interface Row {
  readonly _time?: unknown;
  readonly _value?: unknown;
  /** Number of the row's table. */
  readonly table?: unknown;
}

export const influxdb = ({ url, org }: InfluxDBSettings, env: NodeJS.ProcessEnv): MetricSource => ({
  async read(metric, window, signal) {
    const query = filled(metric.query, textsOf(window));
    const rows = await rowsOf({ url, org, token: variableValue(TOKEN, url, env) }, query, signal);
    const tables = new Set(rows.map(({ table }) => table)).size;
    if (tables > 1) throw new MetricError(`the query has ${tables} tables; allowed: one: ${query}`);
    return { samples: rows.flatMap((row) => sample(row, window.to)), look: `${query} at ${url}` };
  },
});

async function rowsOf(
  { url, org, token }: InfluxDBSettings & { token: string },
  query: string,
  signal: AbortSignal,
): Promise<Row[]> {
  const { HttpError, InfluxDB } = await import("@influxdata/influxdb-client");
  const api = new InfluxDB({ url, token, timeout: TIMEOUT_MS }).getQueryApi(org);
  let cancel = (): void => {};
  const asked = new Promise<Row[]>((resolve, reject) => {
    const rows: Row[] = [];
    api.queryRows(query, {
      next: (values, table) => void rows.push(table.toObject(values)),
      complete: () => resolve(rows),
      error: reject,
      useCancellable: (request) => {
        cancel = () => request.cancel();
      },
    });
  });
  signal.addEventListener("abort", cancel);
  try {
    const rows = await asked;
    signal.throwIfAborted();
    return rows;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HttpError)) throw new MetricError(`${url} can't be reached`);
    // Of what a server says, what is wrong with the query alone is sure to be no secret.
    const why = error.statusCode === 400 ? `: ${error.message}` : "";
    throw new MetricError(`${url} answers with status ${error.statusCode}${why}`);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

function sample({ _time, _value }: Row, end: number): Sample[] {
  if (_value === null || _value === undefined) return [];
  if (typeof _value !== "number") throw new MetricError("the query's _value is no number");
  const time = typeof _time === "string" ? Date.parse(_time) : end;
  return Number.isFinite(_value) ? [{ time, value: _value }] : [];
}
