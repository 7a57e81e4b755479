/** The stacks of docs/your-fleet.md: the fleet, and what the page adds to it. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";

export const PAGE = readFileSync(join(resolve(__dirname, ".."), "docs/your-fleet.md"), "utf8");

/** A stack's file. */
export interface StackFile {
  readonly config: Readonly<Record<string, unknown>>;
}

const files = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => parse(text) as StackFile);

/** The fleet at the page's beginning, and the same with each thing that the page adds to it. */
export const [fleet, ...additions] = files.map(
  (file): StackFile => ({ config: { ...files[0]?.config, ...file.config } }),
) as [StackFile, ...StackFile[]];

/** The first addition whose text has the word. */
export function withWord(word: string): StackFile {
  const found = additions.find((file) =>
    JSON.stringify(file.config["canary-traffic:patches"])?.includes(word),
  );
  if (found === undefined) throw new Error(`docs/your-fleet.md has no patch with ${word}`);
  return found;
}
