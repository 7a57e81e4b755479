/** What is secret, for everything that is written for people: texts that were met as secrets, and what looks like one. */
import { createHash } from "node:crypto";

/** What stands in place of a secret. */
export const MASK = "[secret]";

const UNREADABLE = "secret-";

/** A stand-in for a value that only the stack's passphrase opens. */
export const unreadable = (ciphertext: string): string =>
  UNREADABLE + createHash("sha256").update(ciphertext).digest("hex").slice(0, 12);

/** Whether a value is a text that `unreadable` made. */
export const isUnreadable = (value: unknown): boolean =>
  typeof value === "string" && new RegExp(`^${UNREADABLE}[0-9a-f]{12}$`).test(value);

/** Shorter texts are words and numbers that stand elsewhere, too. Pulumi's own filter begins at 3. */
const SHORTEST = 6;

const known = new Set<string>();
let pattern: RegExp | undefined;

/** Keeps a text out of whatever `redacted` gets to see from now on; one that is short, or a number, is left to its own place. */
export function keepSecret(text: string): void {
  if (text.length < SHORTEST || /^[\d.]+$/.test(text) || known.has(text)) return;
  known.add(text);
  pattern = undefined;
}

/** Begins anew, as a command does. */
export function forgetSecrets(): void {
  known.clear();
  pattern = undefined;
}

/** Whether it is a text that was met as a secret. */
export const isKnownSecret = (text: string): boolean => known.has(text);

/**
 * The text without secrets: those that were met, as they are or as base64, JSON, an address or a page have them, and in an address its
 * user and the values of its query; tokens after `Bearer` and `Basic`; key ids of AWS.
 */
export function redacted(text: string): string {
  const shown = known.size === 0 ? text : text.replace(knownPattern(), MASK);
  if (!LIKELY.test(shown)) return shown;
  return shown
    .replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@"'<>]{1,4096}@/gi, `$1${MASK}@`)
    .replace(QUERY_VALUE, (whole, start: string, name: string) =>
      ASKED.has(name.toLowerCase()) ? whole : start + MASK,
    )
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${MASK}`)
    .replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}/g, MASK);
}

/** Any text that the patterns below could find something in: one look instead of four, as a preview has thousands of texts. */
const LIKELY = /:\/\/|[?&]|bearer|basic|AKIA|ASIA/i;

/** A value in an address's query, with what comes before it. */
const QUERY_VALUE = /([?&]([\w.~%[\]-]{1,64})=)(?!\[secret\])[^\s&#"'<>`)]+/g;

/** What metrics are asked with: the only values of a query that are shown. */
const ASKED = new Set([
  "query",
  "q",
  "db",
  "from",
  "to",
  "start",
  "end",
  "step",
  "time",
  "namespace",
  "app",
  "service",
]);

function knownPattern(): RegExp {
  if (pattern !== undefined) return pattern;
  const forms = [...known].flatMap((text) => [
    text,
    ...base64Forms(text),
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
    ...(text.includes("\n") ? text.split("\n").filter((line) => line.length >= SHORTEST * 2) : []),
  ]);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  pattern = new RegExp(
    longestFirst.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"),
    "g",
  );
  return pattern;
}

/** A text in base64 wherever it begins among others: what comes before it moves its letters. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.from("\0".repeat(before) + text).toString("base64");
    const first = before === 0 ? 0 : before + 1;
    const last = whole.replace(/=+$/, "");
    const cut = last.slice(first, whole.includes("=") ? -1 : undefined);
    return cut.length >= SHORTEST ? [cut] : [];
  });
}

/** Every text in `value` without secrets. */
export function redactedDeep<T>(value: T): T {
  if (typeof value === "string") return redacted(value) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactedDeep(item)) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactedDeep(item)])) as T;
}
