/** Previews made by hand, to hold what no program of ours would. */
import { type DetailedDiff, diffProperties } from "../../offline/diff";
import type { Preview } from "../../offline/preview";
import { makeUrn, type ResourceState, STACK_TYPE } from "../../offline/state";
import type { Op, Step } from "../../offline/step";
import type { Properties } from "../../offline/values";
import type { StackPreview } from "../../reports/report";

const PROJECT = "canary-traffic";
const rules = { replaces: () => false };

export interface Change {
  readonly op: Op;
  readonly type?: string;
  readonly name: string;
  readonly before?: Properties;
  readonly after?: Properties;
  readonly more?: Partial<Step>;
}

/** A step of a resource below the stack. */
export function step({ op, type = "kubernetes:core/v1:ConfigMap", name, before, after, more }: Change): Step {
  const parent = type === STACK_TYPE ? undefined : makeUrn("dev", PROJECT, STACK_TYPE, `${PROJECT}-dev`);
  const urn = makeUrn("dev", PROJECT, type, name);
  const state = (inputs: Properties): ResourceState => ({
    urn,
    type,
    name,
    custom: type !== STACK_TYPE,
    inputs,
    outputs: type === STACK_TYPE ? inputs : {},
    dependencies: [],
    propertyDependencies: {},
    ...(parent && { parent }),
  });
  const detailedDiff: DetailedDiff = before && after ? diffProperties(before, after, rules) : {};
  return {
    op,
    urn,
    type,
    name,
    detailedDiff,
    replaceReasons: [],
    ...(before && { old: state(before) }),
    ...(after && { fresh: state(after) }),
    ...more,
  };
}

const weights = (canary: number): Properties => ({
  primary: { asked: 100 - canary, effective: 100 - canary },
  canary: { asked: canary, effective: canary },
});

/** Stack outputs with one app. */
export const outputs = (canary: number, host = "myapp.example.com", app = "myapp"): Properties => ({
  hosts: { [app]: host },
  routers: { [app]: "traefik" },
  weights: { [app]: weights(canary) },
});

/** What a stack's report is made from; the canary goes from 10 % to `canary`. */
export function report(
  changes: readonly Change[],
  {
    after = outputs(25),
    before = outputs(10),
    ...more
  }: Partial<StackPreview> & {
    after?: Properties;
    before?: Properties;
    refusals?: readonly string[];
  } = {},
): StackPreview {
  const stack = step({ op: "same", type: STACK_TYPE, name: `${PROJECT}-dev`, before, after });
  const steps = [{ ...stack, detailedDiff: {} }, ...changes.map(step)];
  const summary: Record<string, number> = {};
  for (const { op } of steps) summary[op] = (summary[op] ?? 0) + 1;
  const preview: Preview = {
    configuration: {
      project: PROJECT,
      namespace: PROJECT,
      stack: "dev",
      main: "index.ts",
      values: {},
      secretKeys: [],
      warnings: [],
    },
    ...{
      steps,
      summary,
      diagnostics: [],
      refusals: more.refusals ?? [],
      besideWeights: new Set(),
      providers: [],
    },
  };
  return { stack: "dev", notes: [], findings: [], loosened: [], preview, ...more };
}
