/** What a rollout of a stack runs on: the one place that knows which shifter and sources there are. */
import { analyser } from "../analysis/analyse";
import { systemClock } from "../analysis/clock";
import { metricSources } from "../analysis/sources";
import type { StackConfiguration } from "../offline/configuration";
import type { ResourceState } from "../offline/state";
import type { Settings } from "../stacks/settings";
import { metricsReach } from "../status/aws-access";
import { followOf } from "./follow";
import { Heartbeat } from "./heartbeat/heartbeat";
import { bringImage, type NewImage } from "./images/new-image";
import { targetKindOf } from "./kinds";
import type { Parts } from "./machine/session";
import { placesOf } from "./places";
import { unusedKeys } from "./plan/analysis-plan";
import { foresee } from "./plan/foresee";
import { engineShifter } from "./shifters";
import type { EngineShifter } from "./shifters/engine";
import { notices } from "./views/notices";

/** A stack as its file has it. */
export interface WiredStack {
  /** The project's folder. */
  readonly folder: string;
  readonly configuration: StackConfiguration;
  readonly settings: Settings;
  /** Brought to the canary before the rollout begins. */
  readonly newImage?: NewImage | undefined;
}

/** Chooses the parts for a stack. What is to be known beside the events goes to `note`, a line each. */
export type Wire = (stack: WiredStack, note: (line: string) => void) => Parts | Promise<Parts>;

/** What a stack's canaries are judged in. */
export const analysisWorld = (
  { settings, configuration }: Pick<WiredStack, "settings" | "configuration">,
  state: () => Promise<readonly ResourceState[]>,
) => ({
  sources: metricSources(settings.rollout.sources, process.env, metricsReach(configuration.values)),
  clock: systemClock,
  ...placesOf(settings, state),
});

export const wiring: Wire = (stack, note) => {
  const { settings, configuration } = stack;
  const told = notices(settings.rollout.notices, {
    stack: configuration.stack,
    env: process.env,
    warn: note,
  });
  if (settings.rollout.analysis.metrics.length === 0)
    note("warning: rollout.analysis.metrics is empty: no step is judged, and nothing goes back by itself");
  for (const line of unusedKeys(settings.rollout)) note(`warning: ${line}`);
  let shifter: EngineShifter | undefined;
  const world = analysisWorld(stack, async () => (await shifter?.state()) ?? []);
  return {
    clock: systemClock,
    async shifter(targets, since) {
      if (stack.newImage) {
        note(`${stack.newImage.image} is new: the canary gets it at 0 %`);
        await bringImage(stack.newImage, stack, await engineShifter(stack, targets, () => {}));
      }
      for (const line of targetKindOf(targets).unjudged(settings)) note(`warning: ${line}`);
      shifter = await engineShifter(stack, targets, note, since);
      return shifter;
    },
    analyse: (plan, judgements) =>
      analyser(plan.analysis, { ...world, judgements, steps: plan.steps.length }),
    follow: ({ targets }) => followOf(settings, targets, world),
    foresee: (plan, signal) => foresee(plan, world, signal),
    approvals: [],
    heartbeat: (rollout, from, heed) =>
      shifter?.tags && new Heartbeat({ tags: shifter.tags, clock: systemClock, heed, note }, rollout, from),
    listeners: [told.listener],
    finish: told.flush,
  };
};
