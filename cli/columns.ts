/** Tables for a terminal. */
type Row = readonly string[];

const GAP = "  ";

/**
 * Rows with their columns aligned to the left. Where they would be wider than the terminal the widest columns are narrowed,
 * and their texts go on below.
 *
 * @param width characters in a line
 */
export function columns(rows: readonly Row[], width: number): string {
  const widths = narrowed(rows, width);
  return rows
    .flatMap((row) => {
      const cells = row.map((text, column) => wrapped(text, widths[column] ?? 0));
      const height = Math.max(...cells.map((lines) => lines.length));
      return Array.from({ length: height }, (_, line) =>
        cells
          .map((lines, column) => (lines[line] ?? "").padEnd(widths[column] ?? 0))
          .join(GAP)
          .trimEnd(),
      );
    })
    .join("\n");
}

/** A text in lines of at most `width` characters; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function narrowed(rows: readonly Row[], width: number): number[] {
  const longest = (words: (text: string) => string[]): number[] =>
    (rows[0] ?? []).map((_, column) =>
      Math.max(...rows.flatMap((row) => words(row[column] ?? "").map((word) => word.length))),
    );
  const widths = longest((text) => [text]);
  const least = longest((text) => text.split(" "));
  const room = width - GAP.length * (widths.length - 1);
  for (let over = widths.reduce((sum, one) => sum + one, 0) - room; over > 0; over--) {
    const spare = widths.map((one, column) => (one > (least[column] ?? 0) ? one : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if (spare[widest] === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
