/** What somebody says to a rollout from elsewhere on the machine, through a file beside its journal. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { RolloutEvent } from "./events";
import type { Approvals, Clock, Decision, Judgement, Judgements } from "./ports";

/** A word to one rollout, by its id. */
export type Answer = { readonly id: string } & (
  | (Decision & {
      /** The step that is approved. */
      readonly step?: number;
    })
  | JudgementOf
);

/** What somebody says of a metric at a step. */
interface JudgementOf extends Judgement {
  readonly decision: "judge";
  readonly step: number;
  readonly metric: string;
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

/** The step that a rollout judges; undefined while there is none. */
export function judgedStep(events: readonly RolloutEvent[]): number | undefined {
  const last = events.filter(({ type }) => MOVING.includes(type)).at(-1);
  return last?.type === "observed" ? last.step : undefined;
}

const MOVING: readonly RolloutEvent["type"][] = ["shifting", "observed", "rolling-back", "resumed", "ended"];

/** The answers that one rollout gets. */
export class Answers implements Approvals, Judgements {
  readonly #judgements: JudgementOf[] = [];

  constructor(
    private readonly file: string,
    private readonly id: string,
    private readonly clock: Clock,
    private readonly stack: string,
  ) {}

  decision(step: number, signal: AbortSignal): Promise<Decision> {
    return this.#find(
      (answer): answer is AnswerOf<"approve"> => answer.decision === "approve" && answer.step === step,
      signal,
    );
  }

  /** Resolves once somebody says to abort. */
  aborted(signal: AbortSignal): Promise<Decision> {
    return this.#find((answer): answer is AnswerOf<"abort"> => answer.decision === "abort", signal);
  }

  of(step: number, metric: string): Judgement | undefined {
    return this.#judgements.filter((said) => said.step === step && said.metric === metric).at(-1);
  }

  howTo(metric: string): string {
    return `canary judge -s ${this.stack} pass|fail --metric ${JSON.stringify(metric)}`;
  }

  /** Hears judgements until the signal aborts, and then rejects. */
  async collect(signal: AbortSignal): Promise<never> {
    const isJudgement = (answer: Answer): answer is AnswerOf<"judge"> => answer.decision === "judge";
    for (;;) this.#judgements.push(await this.#find(isJudgement, signal));
  }

  async #find<A extends Answer>(isMeant: (answer: Answer) => answer is A, signal: AbortSignal): Promise<A> {
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

type AnswerOf<Word extends Answer["decision"]> = Answer & { readonly decision: Word };

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
