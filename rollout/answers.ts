/** What somebody says to a rollout from elsewhere on the machine, through a file beside its journal. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { RolloutEvent } from "./events";
import type { Approvals, Clock, Decision } from "./ports";

/** A word to one rollout. */
export interface Answer extends Decision {
  /** The rollout's id. */
  readonly id: string;
  /** The step that is approved. */
  readonly step?: number;
}

const POLL_MS = 250;

/** Leaves an answer for the rollout to find; a later one takes its place. */
export function leaveAnswer(file: string, answer: Answer): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(answer));
  renameSync(unfinished, file);
}

/** The step that a rollout waits for an approval of; undefined where it does not. */
export function awaitedStep(events: readonly RolloutEvent[]): number | undefined {
  const last = events.filter(({ type }) => DECIDING.includes(type)).at(-1);
  return last?.type === "approval-awaited" ? last.step : undefined;
}

const DECIDING: readonly RolloutEvent["type"][] = [
  "approval-awaited",
  "approved",
  "shifting",
  "rolling-back",
  "resumed",
  "ended",
];

/** The answers that one rollout gets. */
export class Answers implements Approvals {
  constructor(
    private readonly file: string,
    private readonly id: string,
    private readonly clock: Clock,
  ) {}

  decision(step: number, signal: AbortSignal): Promise<Decision> {
    return this.#find((answer) => answer.decision === "approve" && answer.step === step, signal);
  }

  /** Resolves once somebody says to abort. */
  aborted(signal: AbortSignal): Promise<Decision> {
    return this.#find(({ decision }) => decision === "abort", signal);
  }

  async #find(isMeant: (answer: Answer) => boolean, signal: AbortSignal): Promise<Answer> {
    for (;;) {
      const answer = readAnswer(this.file);
      if (answer?.id === this.id && isMeant(answer)) {
        rmSync(this.file, { force: true });
        return answer;
      }
      await this.clock.sleep(POLL_MS, signal);
    }
  }
}

function readAnswer(file: string): Answer | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The first word that comes of several. */
export const anyOf = (approvals: readonly Approvals[]): Approvals => ({
  async decision(step, signal) {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      return await Promise.race(approvals.map((each) => each.decision(step, either)));
    } finally {
      over.abort();
    }
  },
});
