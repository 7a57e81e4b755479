/**
 * A regular expression (RE2) for a whole Cookie header in which the cookie has exactly this value. It is anchored at both
 * ends, so it says the same to routers that match a part of the header and to those that match all of it.
 */
export function cookieHeader(name: string, value: string): string {
  return `^(.*;\\s*)?${escaped(name)}=${escaped(value)}(\\s*;.*)?$`;
}

/** The text of a regular expression that matches this text alone. */
export const escaped = (text: string): string => text.replace(/[.+*?^$()[\]{}|\\]/g, "\\$&");
