/** `canary watch`: a rollout as it goes on, on whichever machine it runs. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { printLine, tellLine } from "../base/output";
import { findProject } from "../offline/find-project";
import { readSign, type Sign } from "../rollout/heartbeat/sign";
import { lastRollout, rolloutFiles } from "../rollout/journal/journal";
import { holderOf } from "../rollout/journal/lock";
import { openScreen } from "../rollout/views";
import type { StackOption } from "./approve";
import { EXIT } from "./errors";
import { withStackOption } from "./options";
import { type RolloutHere, rolloutHere } from "./rollout-here";
import { rolloutElsewhere } from "./say-word";

/** Milliseconds between two looks at the journal here, and at what another machine's rollout says of itself. */
const [LOOK_MS, FAR_LOOK_MS] = [500, 10_000];

/** `canary watch`. Exits 1 if the rollout ends otherwise than done. */
export function watchCommand(): Command {
  return withStackOption(new Command("watch")).action(async ({ stack }: StackOption) => {
    const folder = findProject(process.cwd());
    const here = rolloutHere(folder, stack);
    const outcome = here === undefined ? await watchFar(folder, stack) : await watchHere(folder, stack, here);
    printLine(`${stack}: ${outcome}`);
    process.exitCode = outcome.startsWith("done") ? EXIT.done : EXIT.no;
  });
}

/** All of it, as where it was started. */
async function watchHere(folder: string, stack: string, { begun }: RolloutHere): Promise<string> {
  const { journal, lock } = rolloutFiles(folder, stack);
  const screen = await openScreen({ past: [], terminal: process.stdout, write: printLine }, Date.now);
  try {
    for (let seen = 0; ; await sleep(LOOK_MS)) {
      // First, as what a process writes before its end is read then.
      const lives = holderOf(lock)?.command === "rollout";
      const events = lastRollout(journal);
      const [first] = events;
      if (first?.type !== "begun" || first.id !== begun.id) return "another rollout has begun";
      for (const event of events.slice(seen)) screen.hear(event);
      seen = events.length;
      const last = events.at(-1);
      if (last?.type === "ended") return `${last.outcome}: ${last.reason}`;
      if (!lives)
        return `the rollout's process has ended before its end; canary rollout -s ${stack} --resume goes on, with --rollback it goes back`;
    }
  } finally {
    screen.close();
  }
}

/** Its steps, as far as it tells them beside the state. */
async function watchFar(folder: string, stack: string): Promise<string> {
  const { sign: first, tags } = await rolloutElsewhere(folder, stack);
  tellLine(`stack ${stack}: the rollout runs by ${first.by}, which tells its steps alone`);
  let told: string | undefined;
  let sign: Sign | undefined = first;
  for (;;) {
    if (sign === undefined || sign.id !== first.id) return "another rollout has begun";
    if (sign.end !== undefined) return sign.end;
    const line = lineOf(sign);
    if (line !== told) printLine(`${sign.at.slice(11, 19)} ${line}`);
    told = line;
    await sleep(FAR_LOOK_MS);
    // A backend that fails for a while is asked again.
    sign = await tags.read(AbortSignal.timeout(FAR_LOOK_MS)).then(readSign, () => sign);
  }
}

const lineOf = ({ step, isBack, course: { steps } }: Sign): string =>
  isBack ? "rolling back" : `step ${step} of ${steps.length}, ${steps[step - 1] ?? "?"} %`;
