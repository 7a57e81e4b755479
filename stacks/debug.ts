/** Debug canaries that are over. */
import { DEBUG_VARIANT } from "./apps";
import type { Parsed, ParsedApp } from "./schema";

/** An app's debug canary whose last day has passed. */
export interface ExpiredDebug {
  readonly app: string;
  readonly until: string;
}

/** @param today ISO date; the last day of a debug canary still counts */
export const expiredDebug = (apps: Parsed["apps"], today: string): ExpiredDebug[] =>
  Object.entries(apps).flatMap(([app, { debug }]) =>
    debug?.until !== undefined && debug.until < today ? [{ app, until: debug.until }] : [],
  );

/**
 * The settings without the debug canaries that are over, and what would lead to them.
 *
 * @param today ISO date; the last day of a debug canary still counts
 */
export function withoutExpired(parsed: Parsed, today: string): { current: Parsed; expired: ExpiredDebug[] } {
  const expired = expiredDebug(parsed.apps, today);
  const isOver = (name: string): boolean => expired.some(({ app }) => app === name);
  const kept = Object.entries(parsed.apps).map(([name, app]) => [
    name,
    isOver(name) ? withoutDebug(app) : app,
  ]);
  return { current: { ...parsed, apps: Object.fromEntries(kept) }, expired };
}

function withoutDebug({ debug: _debug, mirror, ...app }: ParsedApp): ParsedApp {
  return {
    ...app,
    match: app.match.filter(({ variant }) => variant !== DEBUG_VARIANT),
    ...(mirror && mirror.variant !== DEBUG_VARIANT && { mirror }),
  };
}
