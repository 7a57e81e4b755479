/** Source maps that lead to lines: those that lead to each word are as large as the scripts. */
import { readFileSync, writeFileSync } from "node:fs";
import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";

/** @param file of a source map, which is written anew */
export function mapLines(file: string): void {
  const map = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(
    file,
    JSON.stringify({ ...map, names: [], mappings: encode(decode(map.mappings).map(ofLines)) }),
  );
}

/** Of a script's line, the first place of each line of the sources. */
function ofLines(segments: readonly SourceMapSegment[]): SourceMapSegment[] {
  const kept: SourceMapSegment[] = [];
  for (const segment of segments) {
    const [column, source, line, at] = segment;
    const last = kept.at(-1);
    if (source === undefined || (last !== undefined && last[1] === source && last[2] === line)) continue;
    kept.push([column, source, line as number, at as number]);
  }
  return kept;
}
