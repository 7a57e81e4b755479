import type { Colors } from "picocolors/types";

/** Columns of a bar that stands for all. */
const WIDTH = 40;

/** Draws counts as bars of their shares, a line each: the first green, the others yellow. */
export function bars(counts: ReadonlyMap<string, number>, colors: Colors): string[] {
  const rows = [...counts].map(([label, count]) => ({ label, count, digits: count.toLocaleString("en-US") }));
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const labelWidth = Math.max(...rows.map(({ label }) => label.length));
  const digitsWidth = Math.max(...rows.map(({ digits }) => digits.length));
  return rows.map(({ label, count, digits }, i) => {
    const share = total === 0 ? 0 : count / total;
    const length = count === 0 ? 0 : Math.max(1, Math.round(share * WIDTH));
    const bar =
      (i === 0 ? colors.green : colors.yellow)("█".repeat(length)) + colors.dim("░".repeat(WIDTH - length));
    const percent = `${Number((share * 100).toFixed(2))} %`;
    return `${label.padEnd(labelWidth)}  ${bar}  ${digits.padStart(digitsWidth)}  ${percent}`;
  });
}
