/** Asks an HTTP server for JSON. Neither headers nor answers are part of an error: both may hold secrets. */
import * as z from "zod";
import { limitedText, TooLongError } from "../../base/limited-text";
import { mapOf, type Refusal, refusedIf, text } from "../../components/fields";
import { type Asking, MetricError } from "../source";

const ADDRESS = "an address such as https://metrics.example.com, without a name or password in it";

function isAddress(value: string): boolean {
  // Placeholders are no characters of an address.
  const address = value.replace(/\{\{\s*\w+\s*\}\}/g, "x");
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return ["http:", "https:"].includes(protocol) && username === "" && password === "";
}

/** The setting of a server's address. */
export const address = z.string({ error: ADDRESS }).refine(isAddress, ADDRESS);

/** The setting of headers: names of environment variables by the header whose value each holds. */
export const headers = mapOf(
  text(/^[A-Za-z0-9-]+$/, "the name of a header such as Authorization"),
  text(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable, not the value itself"),
  "a map from headers to names of environment variables",
).default({});

type HeaderVariables = z.output<typeof headers>;

/** Refuses headers where a hand-over engine asks. */
export const withoutHeaders = (variables: HeaderVariables, { by }: Asking): Refusal[] =>
  refusedIf(
    Object.keys(variables).length > 0,
    "headers",
    variables,
    `none ${by}, which has no variables of this machine`,
  );

const TIMEOUT_MS = 10_000;

export interface HttpAnswer {
  readonly ok: boolean;
  readonly status: number;
  /** Undefined if the body is no JSON. */
  readonly json: unknown;
}

/**
 * What the server answers. Redirects are not followed, as headers would go along to another server.
 *
 * @throws MetricError if it does not answer
 */
export async function ask(
  url: URL,
  variables: HeaderVariables,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  init: Pick<RequestInit, "method" | "body"> = {},
): Promise<HttpAnswer> {
  const headers = headersOf(variables, env);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  try {
    const answer = await fetch(url, {
      ...init,
      headers,
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    const text = await limitedText(answer);
    return { ok: answer.ok, status: answer.status, json: parsed(text) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TooLongError) throw new MetricError(`${addressOf(url)} ${error.message}`);
    const why = timeout.signal.aborted ? `does not answer within ${TIMEOUT_MS / 1000} s` : "can't be reached";
    throw new MetricError(`${addressOf(url)} ${why}`);
  } finally {
    clearTimeout(timer);
  }
}

/** A URL without what may hold a secret. */
export const addressOf = (url: URL): string => `${url.origin}${url.pathname}`;

function headersOf(variables: HeaderVariables, env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([header, variable]) => [
      header,
      variableValue(variable, `header ${header}`, env),
    ]),
  );
}

/**
 * The value of an environment variable.
 *
 * @param use what it is for, for people
 * @throws MetricError if it has none
 */
export function variableValue(variable: string, use: string, env: NodeJS.ProcessEnv): string {
  const value = env[variable];
  if (value === undefined || value === "")
    throw new MetricError(`environment variable ${variable}, for ${use}, is not set`);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
