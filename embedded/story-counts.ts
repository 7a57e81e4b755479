/** What became of every request of the demo's rollouts. */

import type { Period } from "./cluster";
import { isSplitBy } from "./demo";
import type { VariantTally } from "./load";
import { BROKEN, TARGET } from "./story-stack";

const CANARY = `${TARGET.app}-${TARGET.canary}`;
const BAR = 20;

/** What users get from a broken version. */
const BROKEN_ANSWER = "status 500";

/** The counts by version and weight, a line each. */
export function countLines(periods: readonly Period[], { answered, failed }: VariantTally): string[] {
  const rows = [...merged(periods)].map(([what, { canary, all }]) => {
    const filled = all === 0 ? 0 : Math.round((canary / all) * BAR);
    const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
    return { what, bar, counts: `${count(canary)} of ${count(all)}` };
  });
  const width = Math.max(...rows.map(({ what }) => what.length));
  const countWidth = Math.max(...rows.map(({ counts }) => counts.length));
  const versions = [...answered].map(([version, number]) => `${count(number)} answers of ${version}`);
  return [
    "",
    "What the canary got of the requests:",
    ...rows.map(({ what, bar, counts }) => `  ${what.padEnd(width)}  ${bar}  ${counts.padStart(countWidth)}`),
    `Users had ${versions.join(", ")}, and ${count(failed.get(BROKEN_ANSWER) ?? 0)} errors of ${BROKEN}.`,
    "",
  ];
}

/** What is wrong with the counts, a clause each. */
export function complaintsOf(periods: readonly Period[], { failed }: VariantTally): string[] {
  const broken = sum(
    periods
      .filter(({ images }) => images.get(CANARY) === BROKEN)
      .map(({ answered }) => answered.get(CANARY) ?? 0),
  );
  const met = failed.get(BROKEN_ANSWER) ?? 0;
  const others = sum(failed.values()) - met;
  const off = periods.filter(({ weights, answered }) => !isSplitBy(weights, answered));
  return [
    ...off.map(
      ({ weights, images }) =>
        `the counts of ${images.get(CANARY)} at ${weights[CANARY]} % are not the weight's`,
    ),
    ...(met === broken ? [] : [`users met ${met} errors, and ${BROKEN} made ${broken}`]),
    ...(others === 0 ? [] : [`${others} other requests failed`]),
  ];
}

/** The requests by the canary's version and weight. */
function merged(periods: readonly Period[]): Map<string, { canary: number; all: number }> {
  const rows = new Map<string, { canary: number; all: number }>();
  for (const { images, weights, answered } of periods) {
    const what = `${images.get(CANARY)} at ${weights[CANARY] ?? 0} %`;
    const { canary, all } = rows.get(what) ?? { canary: 0, all: 0 };
    rows.set(what, { canary: canary + (answered.get(CANARY) ?? 0), all: all + sum(answered.values()) });
  }
  return rows;
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);

const count = (number: number): string => number.toLocaleString("en-US");
