/** The regular expression, unanchored, of a text in which `*` stands for any text. */
export const expressionOf = (pattern: string): string =>
  pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");

export const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${expressionOf(pattern)}$`, "s").test(text);
