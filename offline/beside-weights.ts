/** What an update would change even if all weights stayed: a reviewer of a shift has to see it. */
import { DEBUG_VARIANT } from "../stacks/apps";
import { appShifts, sideShift, variantShifts } from "./audience";
import type { StackConfiguration } from "./configuration";
import { evaluate } from "./program";
import type { ResourceState } from "./state";
import { isChange, type Step } from "./step";
import { isObject, type Properties } from "./values";

/**
 * URNs of the resources that change by anything but a weight. The program is asked once more, with the weights before, unless
 * it can be seen that nothing but numbers of a weight changes.
 *
 * @param olds what is deployed, as `preview` had it
 */
export async function besideWeights(
  folder: string,
  configuration: StackConfiguration,
  steps: readonly Step[],
  olds: readonly ResourceState[],
): Promise<ReadonlySet<string>> {
  const changes = steps.filter(isChange);
  const all = new Set(changes.map(({ urn }) => urn));
  const control = withWeightsBefore(configuration, steps);
  if (control === "no shift") return all;
  const others = changes.filter((step) => !isByNumbers(step));
  if (others.length === 0 || control === "of no setting") return new Set(others.map(({ urn }) => urn));
  try {
    const without = await evaluate(folder, control, olds);
    return new Set(without.steps.filter(isChange).map(({ urn }) => urn));
  } catch {
    return all;
  }
}

/** Paths of numbers that are a weight wherever they are: of a route, a listener, a record, a group of instances. */
const NUMBER = /(^|[.[\]"/-])(canary-)?weight("\])?$|^(desiredCapacity|minSize|maxSize|waitForElbCapacity)$/;

const isByNumbers = ({ op, detailedDiff }: Step): boolean =>
  op === "update" &&
  Object.entries(detailedDiff).every(([path, { kind }]) => kind === "update" && NUMBER.test(path));

/** The configuration with the weights of the old side, unless no weight changes, or none that the program has from a setting. */
function withWeightsBefore(
  configuration: StackConfiguration,
  steps: readonly Step[],
): StackConfiguration | "no shift" | "of no setting" {
  const { namespace, values } = configuration;
  const apps = parsed(values[`${namespace}:apps`]);
  const shifts = appShifts(steps);
  let isShifted = false;
  let isOfSetting = false;
  for (const shift of shifts) {
    if (shift.before === undefined) continue;
    const app = own(apps, shift.app);
    for (const { name, before, after } of variantShifts(shift)) {
      if (name === "primary" || after === undefined || before?.weight.asked === after.weight.asked) continue;
      isShifted = true;
      if (app === undefined) continue;
      isOfSetting = true;
      setWeight(app, name, before?.weight.asked ?? 0);
    }
  }
  const dns = parsed(values[`${namespace}:dns`]);
  const moved = shifts.map(sideShift).find((shift) => shift !== undefined);
  if (moved !== undefined && dns.kubernetesWeight !== undefined) {
    isShifted = isOfSetting = true;
    dns.kubernetesWeight = moved.from;
  }
  if (!isOfSetting) return isShifted ? "of no setting" : "no shift";
  const changed = { [`${namespace}:apps`]: JSON.stringify(apps), [`${namespace}:dns`]: JSON.stringify(dns) };
  return { ...configuration, values: { ...values, ...changed } };
}

function setWeight(app: Properties, variant: string, weight: number): void {
  const canary = isObject(app.canaries) ? own(app.canaries, variant) : undefined;
  if (canary !== undefined) canary.weight = weight;
  else if (variant === DEBUG_VARIANT && isObject(app.debug)) app.debug.weight = weight;
  else if (variant === "canary") app.canaryWeight = weight;
}

const parsed = (text: string | undefined): Properties => {
  const value: unknown = JSON.parse(text ?? "{}");
  return isObject(value as Properties) ? (value as Properties) : {};
};

function own(map: Properties, name: string): Properties | undefined {
  const value = Object.hasOwn(map, name) ? map[name] : undefined;
  return isObject(value) ? value : undefined;
}
