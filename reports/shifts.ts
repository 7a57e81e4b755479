/** What a preview does to each app's traffic: weights, images and hosts, before and after. */

import { awsTypes } from "../components/aws/types";
import { isStack, type Preview } from "../offline/preview";
import { readWeights, type ShownWeight } from "../offline/shown";
import type { Step } from "../offline/step";
import { type Properties, type Value, valueAt } from "../offline/values";

/** One version of an app on one side of the preview. */
export interface ShownVariant {
  /** `primary`, or the canary's name. */
  readonly name: string;
  readonly weight: ShownWeight;
  /** Container or machine image; undefined where it can't be known. */
  readonly image?: string;
}

export interface AppSide {
  readonly host?: string;
  readonly variants: readonly ShownVariant[];
}

/** An app on both sides; undefined where it is not there. */
export interface AppShift {
  readonly app: string;
  readonly before?: AppSide;
  readonly after?: AppSide;
}

/** A variant on both sides. */
export interface VariantShift {
  readonly name: string;
  readonly before?: ShownVariant;
  readonly after?: ShownVariant;
}

/** Every app of the stack, those that go last. */
export function appShifts(preview: Preview): AppShift[] {
  const stack = preview.steps.find(isStack);
  const [before, after] = [
    appSides(stack?.old?.outputs, preview.steps, "old"),
    appSides(stack?.fresh?.outputs, preview.steps, "fresh"),
  ];
  return [...new Set([...after.keys(), ...before.keys()])].map((app) => {
    const [was, is] = [before.get(app), after.get(app)];
    return { app, ...(was && { before: was }), ...(is && { after: is }) };
  });
}

/** The variants of an app side by side, those that go last. */
export function variantShifts({ before, after }: AppShift): VariantShift[] {
  const find = (side: AppSide | undefined, name: string): ShownVariant | undefined =>
    side?.variants.find((variant) => variant.name === name);
  const names = new Set([...(after?.variants ?? []), ...(before?.variants ?? [])].map(({ name }) => name));
  return [...names].map((name) => {
    const [was, is] = [find(before, name), find(after, name)];
    return { name, ...(was && { before: was }), ...(is && { after: is }) };
  });
}

/** Whether what users get of the variant changes. */
export const isShifted = ({ before, after }: VariantShift): boolean =>
  before?.weight.asked !== after?.weight.asked ||
  before?.weight.effective !== after?.weight.effective ||
  before?.image !== after?.image;

/** Whether what the app's users get changes. */
export const changesTraffic = (shift: AppShift): boolean =>
  shift.before?.host !== shift.after?.host || variantShifts(shift).some(isShifted);

function appSides(
  outputs: Properties | undefined,
  steps: readonly Step[],
  side: "old" | "fresh",
): Map<string, AppSide> {
  const images = new Map<string, string>();
  for (const step of steps) {
    const image = imageOf(step.type, step[side]?.inputs);
    if (typeof image === "string") images.set(step.name, image);
  }
  return new Map(
    Object.entries(readWeights(outputs)).map(([app, weights]) => {
      const host = valueAt(outputs, `hosts.${app}`);
      const variants = primaryFirst(weights).map(([name, weight]) => {
        const image = images.get(name === "primary" ? app : `${app}-${name}`);
        return { name, weight, ...(image !== undefined && { image }) };
      });
      return [app, { variants, ...(typeof host === "string" && { host }) }];
    }),
  );
}

/** The engine and the SDK each have their own order of keys. */
const primaryFirst = (weights: Record<string, ShownWeight>): [string, ShownWeight][] =>
  Object.entries(weights).sort(
    ([a], [b]) => Number(b === "primary") - Number(a === "primary") || (a < b ? -1 : 1),
  );

function imageOf(type: string, inputs: Properties | undefined): Value | undefined {
  if (type === "kubernetes:apps/v1:Deployment")
    return valueAt(inputs, "spec.template.spec.containers[0].image");
  return type === awsTypes.launchTemplate ? valueAt(inputs, "imageId") : undefined;
}
