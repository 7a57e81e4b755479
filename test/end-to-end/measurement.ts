/** What the suite has measured of shifts, kept for the figure. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { LoadWindow } from "../../lab/load/tally";

export interface Measurement {
  /** Weight of the canary in percent, and since when it was asked for, in milliseconds since the epoch. */
  readonly shifts: readonly { readonly weight: number; readonly asked: number }[];
  readonly windows: readonly LoadWindow[];
}

const FILE = resolve(__dirname, "../../out/lab/shift.json");

export function saveMeasurement(measurement: Measurement): void {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, JSON.stringify(measurement));
}

export function readMeasurement(): Measurement {
  return JSON.parse(readFileSync(FILE, "utf8")) as Measurement;
}
