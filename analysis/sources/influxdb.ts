/**
 * Metrics of InfluxDB 2 by Flux of one's own, with placeholders.
 *
 * https://docs.influxdata.com/influxdb/v2/query-data/execute-queries/influx-api/
 */
import * as z from "zod";
import { limitedText, TooLongError } from "../../base/limited-text";
import { text } from "../../components/fields";
import { countsOf } from "../counts";
import { MetricError, type MetricSource, type Sample, type SourceKind } from "../source";
import { filled, ofWindow, unfilled, windowTexts } from "./placeholders";
import { address, variableValue } from "./request";

/** As InfluxDB's own command line names it. */
const TOKEN = "INFLUX_TOKEN";
const TIMEOUT_MS = 10_000;

/** A row of the table that a query comes to. */
interface Row {
  readonly _time?: unknown;
  readonly _value?: unknown;
  /** Number of the row's table. */
  readonly table?: unknown;
}

const settings = z.strictObject({
  /** Its address, with the path before `/api/v2` if there is one. */
  url: address,
  /** Name or id of the organization whose buckets are asked; the token is in the variable INFLUX_TOKEN. */
  org: text(/\S/, "an organization's name or id"),
});
type Settings = z.output<typeof settings>;

export const openInfluxdb = ({ url, org }: Settings, env: NodeJS.ProcessEnv): MetricSource => ({
  async read(metric, window, signal) {
    const asked = async (text: string): Promise<[string, Sample[]]> => {
      const query = filled(text, windowTexts(window));
      const rows = await rowsOf({ url, org, token: variableValue(TOKEN, url, env) }, query, signal);
      const tables = new Set(rows.map(({ table }) => table)).size;
      if (tables > 1) throw new MetricError(`the query has ${tables} tables, and needs one: ${query}`);
      return [query, rows.flatMap((row) => sample(row, window.to))];
    };
    const [[query, samples], all] = await Promise.all([
      asked(metric.query),
      metric.of === undefined ? undefined : asked(metric.of),
    ]);
    const look = `${query} at ${url}`;
    return all === undefined ? { samples, look } : { samples: [], counts: countsOf(samples, all[1]), look };
  },
});

export const influxdb: SourceKind<Settings> = {
  settings,
  side: undefined,
  variables: () => [TOKEN],
  problems: () => [],
  metricProblems: ({ query, of }) => [
    ...unfilled("query", query, ofWindow),
    ...unfilled("of", of ?? "", ofWindow),
  ],
  handOver: undefined,
  open: openInfluxdb,
};

async function rowsOf(
  { url, org, token }: Settings & { token: string },
  query: string,
  signal: AbortSignal,
): Promise<Row[]> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let text = "";
  try {
    const answer = await fetch(`${url.replace(/\/$/, "")}/api/v2/query?org=${encodeURIComponent(org)}`, {
      method: "POST",
      headers: { authorization: `Token ${token}`, "content-type": "application/json", accept: "text/csv" },
      body: JSON.stringify({ query, type: "flux", dialect: DIALECT }),
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    text = await limitedText(answer);
    // Of what a server says, what is wrong with the query alone is sure to be no secret.
    const why = answer.status === 400 ? messageIn(text) : "";
    if (!answer.ok) throw new MetricError(`${url} answers with status ${answer.status}${why}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MetricError) throw error;
    if (error instanceof TooLongError) throw new MetricError(`${url} ${error.message}`);
    throw new MetricError(`${url} can't be reached`);
  }
  return rowsIn(text);
}

/** What the client's reader of annotated CSV needs. */
const DIALECT = { header: true, delimiter: ",", annotations: ["datatype", "group", "default"] };

async function rowsIn(text: string): Promise<Row[]> {
  const { linesToTables, stringToLines } = await import("@influxdata/influxdb-client");
  const rows: Row[] = [];
  const failed = (): never => {
    throw new MetricError("the answer is no annotated CSV");
  };
  const consumer = linesToTables({
    next: (values, table) => void rows.push(table.toObject(values)),
    error: failed,
    complete: () => {},
  });
  stringToLines(text, consumer);
  return rows;
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? `: ${message}` : "";
  } catch {
    return "";
  }
}

function sample({ _time, _value }: Row, end: number): Sample[] {
  if (_value === null || _value === undefined) return [];
  if (typeof _value !== "number") throw new MetricError("the query's _value is no number");
  const time = typeof _time === "string" ? Date.parse(_time) : end;
  return Number.isFinite(_value) ? [{ time, value: _value }] : [];
}
