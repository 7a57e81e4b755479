/** Cuts the suite's files into parts that take about as long as each other. */

/**
 * The longest first, each to the part that has least to do yet; the same every time.
 *
 * @param seconds how long a file takes
 * @returns as many parts as asked for, each in the files' order
 */
export function cut(
  files: readonly string[],
  count: number,
  seconds: (file: string) => number,
): readonly string[][] {
  const parts = Array.from({ length: count }, () => ({ files: [] as string[], seconds: 0 }));
  const longestFirst = [...files].sort((a, b) => seconds(b) - seconds(a) || (a < b ? -1 : 1));
  for (const file of longestFirst) {
    const least = parts.reduce((found, part) => (part.seconds < found.seconds ? part : found));
    least.files.push(file);
    least.seconds += seconds(file);
  }
  return parts.map((part) => files.filter((file) => part.files.includes(file)));
}
