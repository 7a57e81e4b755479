/** The program's configuration as its author wrote it, before any check. */

/**
 * The values of one namespace, without it.
 *
 * @param values full key to value, as the engine hands them to a program
 */
export function rawSettings(
  namespace: string,
  values: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const own = Object.entries(values).filter(([key]) => key.startsWith(`${namespace}:`));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(namespace.length + 1), decode(text)]));
}

/** Objects and lists are JSON, everything else is a text. */
function decode(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
