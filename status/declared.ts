/** What a stack's program asks for. */
import type { StackConfiguration } from "../offline/configuration";
import { evaluate } from "../offline/program";
import { readWeights, type ShownWeight } from "../offline/shown";
import { type ResourceState, STACK_TYPE } from "../offline/state";
import { valueAt } from "../offline/values";

export interface DeclaredApp {
  readonly name: string;
  /** What splits its traffic, as the stack's output `routers` names it. */
  readonly router: string;
  /** The variants' weights, the primary's first. */
  readonly weights: readonly (readonly [variant: string, weight: ShownWeight])[];
}

export interface Declared {
  readonly stack: string;
  readonly apps: readonly DeclaredApp[];
  readonly resources: readonly ResourceState[];
  /** Setting `aws:region`. */
  readonly region?: string | undefined;
}

export async function declare(folder: string, configuration: StackConfiguration): Promise<Declared> {
  const { states } = await evaluate(folder, configuration);
  const outputs = states.find(({ type }) => type === STACK_TYPE)?.outputs;
  const apps = Object.entries(readWeights(outputs)).map(([name, weights]) => ({
    name,
    router: String(valueAt(outputs, `routers.${name}`) ?? ""),
    weights: Object.entries(weights).sort(([a], [b]) => Number(b === "primary") - Number(a === "primary")),
  }));
  const { stack, values } = configuration;
  return { stack, apps, resources: states, region: values["aws:region"] };
}

/** Name of what belongs to one variant: the app's own for the primary. */
export const variantName = (app: string, variant: string): string =>
  variant === "primary" ? app : `${app}-${variant}`;
