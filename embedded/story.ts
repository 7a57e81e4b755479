/** The demo's rollouts: a broken canary goes back by itself, the fixed one goes to 100 % and is promoted. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Colors } from "picocolors/types";
import { analyser } from "../analysis/analyse";
import type { Clock } from "../analysis/clock";
import { replaceFile } from "../base/replace-file";
import { readConfiguration, type StackConfiguration } from "../offline/configuration";
import { stackFile } from "../offline/stack-names";
import { rolloutFiles } from "../rollout/journal/journal";
import { beginRollout, type Session } from "../rollout/machine/session";
import type { Ended } from "../rollout/machine/world";
import { placesOf } from "../rollout/places";
import { EngineShifter } from "../rollout/shifters/engine";
import { withCanaryImage } from "../rollout/updates/stack-file";
import type { View } from "../rollout/views/view";
import { ENDINGS } from "../rollout/views/words";
import type { WiredStack } from "../rollout/wiring";
import type { Settings } from "../stacks/settings";
import { EmbeddedCluster, type Period } from "./cluster";
import { EmbeddedEngine } from "./engine";
import { CONCURRENCY, startUsers, type Users, type VariantTally } from "./load";
import { EmbeddedMetrics } from "./metrics";
import type { ReadableRouter } from "./readers";
import { complaintsOf, countLines } from "./story-counts";
import { BROKEN, FIXED, HOST, METRICS, STACK, startImage, TARGET, writeStack } from "./story-stack";

export interface Story {
  readonly router: ReadableRouter;
  readonly clock: Clock;
  readonly colors: Colors;
  /** Takes each line of what is told beside the rollouts. */
  readonly print: (line: string) => void;
  /** Opens what shows one rollout. */
  readonly openScreen: () => Promise<View>;
  /** Hears of both rollouts. */
  readonly listeners: readonly View["hear"][];
  readonly settingsOf: (configuration: StackConfiguration) => Settings;
  /** Does what `canary promote` does; answers its exit code. */
  readonly promote: (on: StoryStack) => Promise<number>;
  /** Ends it early: servers are closed, and the promise rejects. */
  readonly signal: AbortSignal;
}

/** The stack as it was updated last. */
export interface StoryStack extends WiredStack {
  readonly targets: readonly [typeof TARGET];
  readonly shifter: EngineShifter;
  readonly signal: AbortSignal;
}

/** How long users look at what a rollout came to. */
const AFTERWARDS_MS = 1000;

/** What the story happens on. */
interface Stage {
  /** Of the project, with the journal. */
  readonly folder: string;
  readonly engine: EmbeddedEngine;
  readonly cluster: EmbeddedCluster;
  readonly metrics: EmbeddedMetrics;
}

/** Tells the story. Resolves with whether both rollouts ended as they should and every count is right. */
export async function tellStory(story: Story): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "canary-demo-"));
  const metrics = new EmbeddedMetrics(story.clock);
  const cluster = new EmbeddedCluster(story.router, startImage, (answer) => metrics.record(answer));
  const engine = new EmbeddedEngine(folder, STACK, (objects) => cluster.apply(objects));
  let users: Users | undefined;
  try {
    writeStack(folder, story.router);
    await engine.up();
    users = startUsers(cluster.url, HOST);
    const complaints = await bothActs(story, { folder, engine, cluster, metrics });
    await users.stop();
    await nextTurn();
    return tellCounts(story, cluster.periods, users.tally, complaints);
  } finally {
    await users?.stop();
    await cluster.close();
    rmSync(folder, { recursive: true });
  }
}

/** @returns which of the rollouts did not end as they should */
async function bothActs(story: Story, stage: Stage): Promise<string[]> {
  const { print, clock, signal } = story;
  for (const line of [...INTRODUCTION, "", ...BROKEN_ONE]) print(line);
  const broken = await rollOut(story, stage);
  await clock.sleep(AFTERWARDS_MS, signal);

  for (const line of ["", FIXED_ONE]) print(line);
  await deployCanary(stage, FIXED);
  await clock.sleep(AFTERWARDS_MS, signal);
  const fixed = await rollOut(story, stage);
  const isPromoted = fixed.outcome === "done" && (await promote(story, stage));
  await clock.sleep(AFTERWARDS_MS, signal);
  return [
    ...(broken.outcome === "rolled-back" ? [] : [`${BROKEN} was not rolled back`]),
    ...(isPromoted ? [] : [`${FIXED} was not promoted`]),
  ];
}

const INTRODUCTION = [
  "",
  "Now a rollout, by the code of canary rollout. An engine and a cluster inside this process take the",
  `place of yours; ${CONCURRENCY} users send requests all the time. The metrics are those of the proxy between.`,
];

const BROKEN_ONE = [
  `${BROKEN} is broken: it answers every request with an error. The first step is 25 %, one canary beside`,
  "three primaries.",
];

const FIXED_ONE = `${FIXED} is fixed.`;

/** Rolls out what is deployed as the canary. @throws what the signal was aborted with */
async function rollOut(story: Story, stage: Stage): Promise<Ended> {
  const { clock, signal, print } = story;
  const { settings, shifter } = deployed(story, stage);
  const analysis = { ...settings.rollout.analysis, metrics: [...METRICS] };
  const world = { sources: { embedded: stage.metrics }, clock, ...placesOf(settings, async () => []) };
  print(`$ canary rollout -s ${STACK} --to 100`);
  const screen = await story.openScreen();
  const session: Session = {
    stack: STACK,
    settings: { ...settings, rollout: { ...settings.rollout, analysis } },
    files: rolloutFiles(stage.folder, STACK),
    parts: {
      clock,
      shifter: () => shifter,
      analyse: (plan) => analyser(plan.analysis, world),
      approvals: [],
      listeners: [screen.hear, ...story.listeners],
    },
    stop: signal,
  };
  const ended = await beginRollout(session, [TARGET], { to: 100 }).finally(screen.close);
  signal.throwIfAborted();
  print(`${ENDINGS[ended.outcome]}: ${ended.reason}`);
  return ended;
}

async function promote(story: Story, stage: Stage): Promise<boolean> {
  story.print("");
  story.print(`$ canary promote -s ${STACK}`);
  return (await story.promote(deployed(story, stage))) === 0;
}

/** Updates the stack to another version of the canary, as its team would. */
async function deployCanary({ folder, engine }: Stage, image: string): Promise<void> {
  const file = stackFile(folder, STACK);
  const { project } = readConfiguration(folder, STACK);
  replaceFile(file, withCanaryImage(readFileSync(file, "utf8"), project, TARGET, image));
  await engine.up();
}

function deployed({ settingsOf, clock, signal }: Story, { folder, engine, cluster }: Stage): StoryStack {
  const configuration = readConfiguration(folder, STACK);
  const settings = settingsOf(configuration);
  const targets = [TARGET] as const;
  const readers = { cluster, account: undefined };
  const shifter = new EngineShifter({ folder, configuration, settings, targets, engine, readers, clock });
  return { folder, configuration, settings, targets, shifter, signal };
}

/** @returns whether there is nothing to complain of */
function tellCounts(
  { print, colors }: Story,
  periods: readonly Period[],
  tally: VariantTally,
  complaints: readonly string[],
): boolean {
  for (const line of countLines(periods, tally)) print(line);
  const all = [...complaints, ...complaintsOf(periods, tally)];
  print(
    all.length === 0
      ? colors.green(
          "Passed: nobody beyond a step's weight met the broken version, and no other request failed.",
        )
      : colors.red(`Failed: ${all.join("; ")}.`),
  );
  return all.length === 0;
}
