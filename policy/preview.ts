/** Policies on an offline preview. */
import type { StackConfiguration } from "../offline/configuration";
import { isStack, type Preview } from "../offline/preview";
import { readWeights } from "../offline/shown";
import type { ResourceState } from "../offline/state";
import type { Step } from "../offline/step";
import type { PolicySettings } from "../stacks/schema";
import { evaluate, type Finding } from "./evaluate";
import {
  type Departure,
  type GraphResource,
  type GraphStep,
  type GraphWithChanges,
  plainProps,
} from "./graph";
import { parsePolicies } from "./settings";

export interface FindingOptions {
  /** ISO date; default that of the clock. */
  readonly today?: string;
  /** What was seen of the load balancers that the update deletes; default that nobody looked. */
  readonly departures?: readonly Departure[];
}

/** What the stack's policies find in a preview, by the settings of its new side. */
export function previewFindings(preview: Preview, { today, ...seen }: FindingOptions = {}): Finding[] {
  return evaluate({ ...graphOf(preview), ...seen }, policiesOf(preview.configuration), today);
}

export function graphOf({ configuration, steps }: Preview): GraphWithChanges {
  const stack = steps.find(isStack);
  return {
    stack: configuration.stack,
    resources: steps.flatMap(({ fresh }) => (fresh === undefined ? [] : [resourceOf(fresh)])),
    weights: readWeights(stack?.fresh?.outputs),
    changes: {
      steps: steps.map(stepOf),
      weights: readWeights(stack?.old?.outputs),
      routers: (stack?.fresh?.outputs.routers ?? {}) as Record<string, string>,
    },
  };
}

export function policiesOf({ project, values }: StackConfiguration): PolicySettings {
  return parsePolicies(values[`${project}:policies`]);
}

const resourceOf = ({ urn, type, name, inputs, protect = false }: ResourceState): GraphResource => ({
  urn,
  type,
  name,
  protect,
  props: plainProps(inputs),
});

const stepOf = ({ op, old, fresh, replaceReasons }: Step): GraphStep => ({
  op,
  ...(old && { before: resourceOf(old) }),
  ...(fresh && { after: resourceOf(fresh) }),
  retained: old?.retainOnDelete === true,
  replaceReasons,
});
