/** An update that takes requests and pods from a variant, as two: no pod ends while the router still counts on it. */
import type { Clock } from "../../analysis/clock";
import type { Target } from "../../analysis/plan";
import { targetKey, type Weights } from "../../analysis/plan";
import type { Settings } from "../../stacks/settings";
import { OBSERVE_SECONDS } from "../machine/limits";
import { shownWeights } from "../machine/move";
import { untilObserved } from "../machine/observe";
import { expectedShares } from "../plan/effective";
import type { EngineShifter } from "../shifters/engine";
import type { HeldBack } from "./held-back";

export interface UpdateWorld {
  readonly settings: Settings;
  /** The canaries whose weights are looked for. */
  readonly targets: readonly Target[];
  readonly shifter: EngineShifter;
  readonly clock: Clock;
  /** Gets what the engine prints, and what is waited for. */
  readonly onOutput: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Seconds that Traefik may take to load a configuration that it knows of, and one more. */
const LEAST_SECONDS = 3;

/** Time that a router gets to act on weights that its objects have: for so long pods that end go on serving, too. */
export const settleSeconds = ({ apps }: Settings, names: readonly string[]): number =>
  Math.max(
    LEAST_SECONDS,
    ...apps.filter(({ name }) => names.includes(name)).map(({ preStopSeconds }) => preStopSeconds),
  );

/**
 * Updates the stack to what its file says.
 *
 * @param held what has to wait until requests have left
 * @returns why the second update was not begun; undefined when all is done
 */
export async function updateInOrder(
  world: UpdateWorld,
  held: HeldBack | undefined,
): Promise<string | undefined> {
  const { shifter, signal, onOutput } = world;
  if (held === undefined) {
    await shifter.updateAsFiled({ message: "canary up", signal, onOutput });
    return undefined;
  }
  const message = `canary up, 1 of 2: requests before pods: ${held.reasons.join("; ")}`;
  await shifter.updateAsFiled({ message, exclude: held.urns, signal, onOutput });
  const seconds = settleSeconds(world.settings, held.apps);
  onOutput(`1 of 2 updates is done; waiting until the new weights are observed, and ${seconds} s more\n`);
  const late = await notObserved(world);
  if (late !== undefined) return late;
  await world.clock.sleep(seconds * 1000, signal);
  const changed = await shifter.changedByHand();
  if (changed.length > 0) return `the stack file was changed meanwhile: ${changed.join(", ")}`;
  await shifter.updateAsFiled({ message: `canary up, 2 of 2: ${held.labels.join(", ")}`, signal, onOutput });
  return undefined;
}

async function notObserved({
  settings,
  targets,
  shifter,
  clock,
  signal,
}: UpdateWorld): Promise<string | undefined> {
  const weights = weightsAsFiled(settings, targets);
  const expected = (asked: Weights) => expectedShares(settings, asked);
  const there = await untilObserved({ shifter, clock, expected }, weights, OBSERVE_SECONDS, signal);
  return there.arrived
    ? undefined
    : `${shownWeights(weights)} was not observed within ${OBSERVE_SECONDS} s: ${there.observed}`;
}

function weightsAsFiled({ apps }: Settings, targets: readonly Target[]): Weights {
  const weightOf = ({ app, canary }: Target): number | undefined =>
    apps.find(({ name }) => name === app)?.canaries.find(({ name }) => name === canary)?.weight;
  return Object.fromEntries(targets.map((target) => [targetKey(target), weightOf(target) ?? 0]));
}
