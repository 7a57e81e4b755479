/** What a rollout of a stack runs on: the one place that knows which shifter, sources and views there are. */
import type { StackConfiguration } from "../offline/configuration";
import type { Settings } from "../stacks/settings";
import { analyser, type Place } from "./analyse";
import { systemClock } from "./clock";
import type { Parts } from "./session";
import { engineShifter } from "./shifters";
import { metricSources } from "./sources";
import { plainView } from "./views/plain";

/** A stack as its file has it. */
export interface WiredStack {
  /** The project's folder. */
  readonly folder: string;
  readonly configuration: StackConfiguration;
  readonly settings: Settings;
}

/** Chooses the parts for a stack. */
export type Wire = (stack: WiredStack) => Parts | Promise<Parts>;

/** @param write gets what happens, a line each */
export const wiring =
  (write: (line: string) => void): Wire =>
  (stack) => ({
    clock: systemClock,
    shifter: (targets) => engineShifter(stack, targets, write),
    analyse: (plan) =>
      analyser(plan.analysis, {
        sources: metricSources(stack.settings.rollout.sources, process.env),
        clock: systemClock,
        place: (app, variant) => placeOf(stack.settings, app, variant),
      }),
    approvals: [],
    listeners: [plainView(write)],
  });

/** Namespace and Service of a variant; on platform `elb` the name of its load balancer. */
function placeOf({ apps }: Settings, app: string, variant: string): Place {
  const found = apps.find(({ name }) => name === app);
  const canary = found?.canaries.find(({ name }) => name === variant);
  return {
    namespace: canary?.namespace ?? found?.namespace ?? app,
    service: variant === "primary" ? app : `${app}-${variant}`,
  };
}
