/** Several views as one, of which none can bring down another, the rollout, or the command. */
import { within } from "../../base/deadline";
import { messageOf } from "../../base/user-error";
import type { View } from "./view";

/** Milliseconds that a view gets to finish: a full disk, or a page that somebody keeps open, must not keep the command. */
const CLOSING_MS = 10_000;

/**
 * The screen and the other views as one. What a view throws, or does not finish, becomes a warning on the screen.
 *
 * @param closingMs milliseconds that each view gets to finish; default 10,000
 */
export function together(screen: View, others: readonly View[], closingMs = CLOSING_MS): View {
  const warn = (error: unknown): void => {
    try {
      screen.note(`warning: ${messageOf(error)}`);
    } catch {
      // A screen that is gone has nobody to warn.
    }
  };
  const all = [screen, ...others];
  const closed = (view: View): Promise<void> =>
    within(closingMs, "a view", async () => view.close(), new AbortController().signal).catch(warn);
  return {
    hear(event) {
      for (const view of all) {
        try {
          view.hear(event);
        } catch (error) {
          warn(error);
        }
      }
    },
    note(line) {
      for (const view of all) {
        try {
          view.note(line);
        } catch {
          // What can't be shown here is shown by the others.
        }
      }
    },
    async close() {
      await Promise.all(others.map(closed));
      await closed(screen);
    },
  };
}
