/** What somebody says to a rollout from elsewhere on the machine, through files beside its journal. */

import { chmodSync, readFileSync, rmSync } from "node:fs";
import type { Clock } from "../../analysis/clock";
import type { Judgement, Judgements } from "../../analysis/person";
import { tellLine } from "../../base/output";
import { replaceFile } from "../../base/replace-file";
import type { Approvals, Decision } from "../machine/ports";
import type { RolloutEvent } from "./events";

/** A word to one rollout, by its id. */
export type Answer = { readonly id: string } & (
  | (Decision & {
      /** The step that is approved. */
      readonly step?: number;
    })
  | JudgementOf
  | { readonly decision: "pause"; readonly by: string }
);

/** What somebody says of a metric at a step. */
interface JudgementOf extends Judgement {
  readonly decision: "judge";
  readonly step: number;
  readonly metric: string;
}

const POLL_MS = 250;

const DECISIONS = ["approve", "abort", "judge", "pause"] as const satisfies Answer["decision"][];

/** A file for each, as no approval may take the place of an abort. */
const fileOf = (file: string, decision: Answer["decision"]): string => `${file}.${decision}`;

/** Leaves an answer for the rollout to find; a later one of its kind takes its place. */
export function leaveAnswer(file: string, answer: Answer): void {
  const place = fileOf(file, answer.decision);
  rmSync(place, { force: true });
  replaceFile(place, JSON.stringify(answer));
  // The rollout may be another user's.
  chmodSync(place, 0o644);
}

/** Has a rollout on this machine go back, wait before its next step, or go on. */
export function heedWord(
  file: string,
  {
    id,
    decision,
    by,
  }: { readonly id: string; readonly decision: "abort" | "pause" | "resume"; readonly by: string },
): void {
  if (decision === "resume") rmSync(fileOf(file, "pause"), { force: true });
  else leaveAnswer(file, { id, decision, by });
}

/** Removes the answers that nobody heard. */
export function clearAnswers(file: string): void {
  for (const decision of DECISIONS) rmSync(fileOf(file, decision), { force: true });
}

/** The step that a rollout waits for an approval of; undefined if it does not. */
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

/** The step that a rollout judges; undefined while there is none. */
export function judgedStep(events: readonly RolloutEvent[]): number | undefined {
  const last = events.filter(({ type }) => MOVING.includes(type)).at(-1);
  return last?.type === "observed" ? last.step : undefined;
}

const MOVING: readonly RolloutEvent["type"][] = ["shifting", "observed", "rolling-back", "resumed", "ended"];

/** The answers that one rollout gets. */
export class Answers implements Approvals, Judgements {
  private readonly judgements: JudgementOf[] = [];
  /** Files that can't be read, which is said once. */
  private readonly unreadable = new Set<string>();

  constructor(
    private readonly file: string,
    private readonly id: string,
    private readonly clock: Clock,
    private readonly stack: string,
  ) {}

  decision(step: number, signal: AbortSignal): Promise<Decision> {
    return this.find("approve", (answer) => answer.step === step, signal);
  }

  /** Resolves once somebody says to abort. */
  aborted(signal: AbortSignal): Promise<Decision> {
    return this.find("abort", () => true, signal);
  }

  /** Who has paused the rollout; undefined while nobody has. */
  pausedBy(): string | undefined {
    const answer = this.read(fileOf(this.file, "pause"));
    return answer?.decision === "pause" && answer.id === this.id ? answer.by : undefined;
  }

  of(step: number, metric: string): Judgement | undefined {
    return this.judgements.filter((said) => said.step === step && said.metric === metric).at(-1);
  }

  howTo(metric: string): string {
    return `canary judge -s ${this.stack} pass|fail --metric ${JSON.stringify(metric)}`;
  }

  /** Hears judgements until the signal aborts, and then rejects. */
  async collect(signal: AbortSignal): Promise<never> {
    for (;;) this.judgements.push(await this.find("judge", () => true, signal));
  }

  private async find<Word extends Answer["decision"]>(
    decision: Word,
    isMeant: (answer: AnswerOf<Word>) => boolean,
    signal: AbortSignal,
  ): Promise<AnswerOf<Word>> {
    const file = fileOf(this.file, decision);
    for (;;) {
      const answer = this.read(file) as AnswerOf<Word> | undefined;
      if (answer?.id === this.id && isMeant(answer)) {
        rmSync(file, { force: true });
        return answer;
      }
      await this.clock.sleep(POLL_MS, signal);
    }
  }

  /** Undefined while there is nothing that can be read: what comes later may be an abort. */
  private read(file: string): Answer | undefined {
    try {
      return JSON.parse(readFileSync(file, "utf8")) as Answer;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || this.unreadable.has(file)) return undefined;
      this.unreadable.add(file);
      tellLine(`warning: ${file} can't be read: ${message}`);
      return undefined;
    }
  }
}

type AnswerOf<Word extends Answer["decision"]> = Answer & { readonly decision: Word };

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
