/** The views of a rollout that a command line asks for. */
import pc from "picocolors";
import { messageOf } from "../../base/user-error";
import type { RolloutEvent } from "../journal/events";
import type { PageOptions } from "../ui/view";
import { eventsFile, reportFile } from "./files";
import { isLive, liveView, type Terminal } from "./live";
import { plainView } from "./plain";
import { together } from "./together";
import type { View } from "./view";

export interface ViewOptions {
  /** What was before this run of the rollout, if it is resumed. */
  readonly past: readonly RolloutEvent[];
  /** File for the report. */
  readonly report?: string | undefined;
  /** File for the events. */
  readonly events?: string | undefined;
  /** What the page on this machine is about, where it is asked for. */
  readonly ui?: Pick<PageOptions, "stack" | "answer"> | undefined;
  /** Shows the live view, if it is a terminal. */
  readonly terminal: Terminal;
  /** Takes lines if it is none. */
  readonly write: (line: string) => void;
}

/** The live view, or lines if there is no terminal. */
export async function openScreen(
  { past, terminal, write }: Pick<ViewOptions, "past" | "terminal" | "write">,
  now: () => number,
): Promise<View> {
  return isLive(terminal, process.env) ? liveView(terminal, { past, colors: pc, now }) : plainView(write);
}

/**
 * A rollout that is resumed goes on without those that can't be opened, as on a full disk: its canary is out already.
 *
 * @throws UserError if a file can't be written, before a rollout begins
 */
export async function openViews({ past, report, events, ui, terminal, write }: ViewOptions): Promise<View> {
  const opened = async <T>(open: () => T | Promise<T>): Promise<T[]> => {
    try {
      return [await open()];
    } catch (error) {
      if (past.length === 0) throw error;
      write(`warning: ${messageOf(error)}`);
      return [];
    }
  };
  const files = [
    ...(events === undefined ? [] : await opened(() => eventsFile(events))),
    ...(report === undefined ? [] : await opened(() => reportFile(report, past, Date.now))),
  ];
  const [page] = ui === undefined ? [] : await opened(() => openPage({ ...ui, past, now: Date.now }));
  const screen = await openScreen({ past, terminal, write }, Date.now);
  return together(screen, [...files, ...(page ? [announced(page, screen)] : [])]);
}

/** A page whose address is told once there is a rollout to see: what is refused has none. */
function announced(page: View & { readonly address: string }, screen: View): View {
  let isTold = false;
  return {
    hear(event) {
      if (!isTold) screen.note(`the rollout's page, for whoever has this address: ${page.address}`);
      isTold = true;
      page.hear(event);
    },
    note: page.note,
    close: page.close,
  };
}

/** Its charts' library takes a while to load. */
function openPage(options: PageOptions): ReturnType<typeof import("../ui/view").pageView> {
  const { pageView }: typeof import("../ui/view") = require("../ui/view");
  return pageView(options);
}
