/** Which settings hold secrets, or may hold one in place of the name of its variable. */

import { MASK, redacted } from "../base/secrets";

/** Keys whose values, and whatever is below them, are secret. */
const BELOW = [
  /^secrets\b/,
  /^rollout\.sources\.[^.]+\.(url|headers)\b/,
  /^rollout\.notices\b(\.\d+)?(\.urlFrom)?$/,
];

/** Settings of providers, and names that say so. */
const NAMED =
  /(^|[.:_-])(accessKey|secretKey|apiKey|privateKey|token|passw(or)?d|passphrase|kubeconfig|credentials?)$/i;

/** Whether the value at a key, such as `secrets.myapp.KEY`, with or without a namespace, is to be shown to nobody. */
export function isSecretKey(key: string): boolean {
  const [, namespace = "", path = ""] = /^(?:([^:"[\]]*):)?(.*)$/s.exec(key.replace(":config:", ":")) ?? [];
  const plain = path
    .replace(/\["((?:[^"\\]|\\.)*)"\]/g, ".$1")
    .replace(/\[(\d+)\]/g, ".$1")
    .replace(/^[."]+|"$/g, "");
  return (
    BELOW.some((pattern) => pattern.test(plain)) || NAMED.test(plain) || NAMED.test(`${namespace}:${plain}`)
  );
}

/** A setting's value, as the engine hands it to programs, as people may see it. */
export function shownSetting(key: string, value: string): string {
  if (isSecretKey(key)) return MASK;
  if (!/^\s*[[{]/.test(value)) return redacted(value);
  try {
    return JSON.stringify(shownBelow(key, JSON.parse(value)));
  } catch {
    // A part of it could be a secret, and where that would be is not to be told.
    return MASK;
  }
}

/** A setting's value, decoded, as people may see it. */
export function shownBelow(key: string, value: unknown): unknown {
  if (isSecretKey(key)) return MASK;
  if (typeof value === "string") return redacted(value);
  if (Array.isArray(value)) return value.map((item, i) => shownBelow(`${key}.${i}`, item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, shownBelow(`${key}.${name}`, item)]),
  );
}
