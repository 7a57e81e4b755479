/** A whole rollout by a controller in the cluster, under load. */
import assert from "node:assert/strict";
import { Load } from "../../lab/load/load";
import { counts, type LoadReport, total } from "../../lab/load/tally";
import type { ControlledApp, Shift } from "./controlled";
import { origins, THROTTLE_MS, untilSettled } from "./edges";
import { lab } from "./hooks";
import { rated } from "./tier";

/** Requests a second. */
const RATE = rated(200);

/** What a controller says of itself. */
export interface Watched {
  /** The weight of the new version; 0 if there is none. */
  weight(): Promise<number>;
  /** Its own word for how far it is. */
  phase(): Promise<string | undefined>;
  /** The phases in which it is done. */
  readonly done: readonly string[];
  /** The phase in which the primary becomes of the new version; undefined if its pods are never exchanged. */
  readonly promoting?: string;
}

/** What came of a rollout. */
export interface Seen {
  readonly report: LoadReport;
  readonly shifts: readonly Shift[];
  /** Until when the primary was surely not becoming of the new version, in milliseconds since the epoch. */
  readonly promotion: number;
}

export const users = async ({ host }: ControlledApp): Promise<Load> =>
  Load.start(lab(), { origins: await origins(lab()), host, rate: RATE, by: "x-version" });

/** From a change until the controller is done with it, and the last weight is another one than 0 at least once. */
export async function rolledOut(
  app: ControlledApp,
  { weight, phase, done, promoting }: Watched,
  change: () => Promise<void>,
): Promise<Seen> {
  const load = await users(app);
  const shifts: Shift[] = [];
  let promotion: number | undefined;
  let shifting = Date.now();
  await change();
  await lab().until(
    "the controller is done",
    async () => {
      const asked = Date.now();
      // First, so that the weight at the end is the last one.
      const at = (await phase()) ?? "";
      const now = await weight();
      const last = shifts.at(-1);
      if (last?.weight === now) shifts.splice(-1, 1, { ...last, until: asked });
      else shifts.push({ weight: now, at: Date.now(), until: asked });
      if (at === promoting) promotion ??= shifting;
      else shifting = asked;
      return shifts.length > 1 && done.includes(at);
    },
    240,
  );
  await untilSettled(lab());
  const report = await load.stop();
  return { report, shifts, promotion: promotion ?? Number.POSITIVE_INFINITY };
}

/** At each step the new version has its share, until the primary is of that version, too. */
export function hasItsShares(version: string, { report, shifts, promotion }: Seen): void {
  for (const { weight, at, until } of shifts) {
    if (weight === 0) continue;
    const end = Math.min(promotion, until);
    const counted = counts(report, at + THROTTLE_MS + 1000, end);
    const seen = (counted[`200 ${version}`] ?? 0) + (counted[`500 ${version}`] ?? 0);
    const share = (100 * seen) / total(counted);
    assert.ok(Math.abs(share - weight) < 1, `${share} % of ${total(counted)} at ${weight} %`);
  }
}

/**
 * A controller takes the pods away as it takes the weight, and a Traefik that hears of the pods first has none for the share:
 * https://github.com/traefik/traefik/issues/12417
 *
 * @param share percent that the pods had
 */
export function isLastPodsEnd(unavailable: number, { windows }: LoadReport, share: number): void {
  const ending = windows.filter(({ counts }) => counts["503"] !== undefined);
  const sum = ending.reduce((requests, { counts }) => requests + total(counts), 0);
  assert.ok(unavailable <= (sum * share) / 100 + ending.length, `${unavailable} of ${sum}`);
}
