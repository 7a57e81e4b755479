/** Ends of a command from outside. */
import { EXIT } from "./errors";

/** What a command lives through once, to end where things are consistent. */
const SIGNALS = { SIGINT: "Ctrl-C", SIGTERM: "SIGTERM", SIGHUP: "the terminal's end" } as const;

/**
 * Aborts a signal at each of them, until `release`. A second Ctrl-C ends the process at once.
 *
 * @param hear called whenever one comes
 */
export function stopping(hear: () => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted && name === "SIGINT") process.exit(EXIT.no);
    hear();
    controller.abort(`stopped by ${SIGNALS[name as keyof typeof SIGNALS]}`);
  };
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.off(name, stop);
    },
  };
}
