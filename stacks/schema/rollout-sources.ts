/** Where metrics come from: `rollout.sources`, a key for each kind of source. Secrets come by names of variables alone. */
import * as z from "zod";
import { integer, list, mapOf, text } from "../../components/fields";
import { meshes } from "../../rollout/sources/queries";

const ADDRESS = "an address such as https://metrics.example.com, without a name or password in it";

const isAddress = (value: string): boolean => {
  // Placeholders are no characters of an address.
  const address = value.replace(/\{\{\s*\w+\s*\}\}/g, "x");
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return ["http:", "https:"].includes(protocol) && username === "" && password === "";
};
const address = z.string({ error: ADDRESS }).refine(isAddress, ADDRESS);

/** https://docs.datadoghq.com/getting_started/site/ */
const datadogSites = [
  "datadoghq.com",
  "us3.datadoghq.com",
  "us5.datadoghq.com",
  "datadoghq.eu",
  "ap1.datadoghq.com",
  "ap2.datadoghq.com",
  "ddog-gov.com",
  "us2.ddog-gov.com",
] as const;

/** Environment variables by the header whose value each holds. */
const headers = mapOf(
  text(/^[A-Za-z0-9-]+$/, "the name of a header such as Authorization"),
  text(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable, not the value itself"),
  "a map from headers to names of environment variables",
).default({});

const prometheus = z.strictObject({
  /** Its address, with the path before `/api/v1` if there is one. */
  url: address,
  /** Headers of each question, such as Authorization; default none. */
  headers,
  /** Whose metrics the built-in queries are about; default traefik. */
  metrics: z.enum(meshes, { error: `one of ${meshes.join(", ")}` }).default("traefik"),
  /** Seconds from one scrape to the next; default 15. */
  scrapeSeconds: integer(1, 300, "seconds").default(15),
});

const cloudwatch = z.strictObject({
  /** Region of the load balancers. */
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as eu-central-1"),
});

const datadog = z.strictObject({
  /** The site that the account is on; default datadoghq.com. */
  site: z.enum(datadogSites, { error: `one of ${datadogSites.join(", ")}` }).default("datadoghq.com"),
});

const influxdb = z.strictObject({
  /** Its address, with the path before `/api/v2` if there is one. */
  url: address,
  /** Name or id of the organization whose buckets are asked. */
  org: text(/\S/, "an organization's name or id"),
});

const http = z.strictObject({
  /** Address of a JSON answer; takes `{{app}}`, `{{namespace}}`, `{{variant}}`, `{{service}}`, `{{from}}` and `{{to}}`. */
  url: address,
  /** Headers of each question, such as Authorization; default none. */
  headers,
});

const command = z.strictObject({
  /** Program and arguments, without a shell; takes the placeholders of `http.url`. */
  argv: list(text(/\S/, "a word"), 1, "a list of a program and its arguments"),
  /** Seconds that it may take; default 10. */
  timeoutSeconds: integer(1, 300, "seconds").default(10),
});

export const sources = z.strictObject({
  /** A Prometheus server, or what answers as one. */
  prometheus: prometheus.optional(),
  /** CloudWatch's metrics of load balancers. */
  cloudwatch: cloudwatch.optional(),
  /** Datadog, with the keys in the variables `DD_API_KEY` and `DD_APP_KEY`. */
  datadog: datadog.optional(),
  /** InfluxDB 2 by Flux, with the token in the variable `INFLUX_TOKEN`. */
  influxdb: influxdb.optional(),
  /** An HTTP server that answers with JSON. */
  http: http.optional(),
  /** A command that prints JSON. */
  command: command.optional(),
});

export type SourcesSettings = z.output<typeof sources>;
export type PrometheusSettings = z.output<typeof prometheus>;
export type CloudWatchSettings = z.output<typeof cloudwatch>;
export type DatadogSettings = z.output<typeof datadog>;
export type InfluxDBSettings = z.output<typeof influxdb>;
export type HttpSettings = z.output<typeof http>;
export type CommandSettings = z.output<typeof command>;
