/** The examples' pages, and the commands that they show with what these print. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export const EXAMPLES = resolve(__dirname, "../../examples");
export const PAGES = ["README.md", "appinfo/README.md", "echo.md", "variants.md"];

export interface Shown {
  readonly words: readonly string[];
  readonly output: string;
}

/** Each block of a page that begins with `$ npx canary`. */
export function shown(page: string): Shown[] {
  const text = readFileSync(resolve(EXAMPLES, page), "utf8");
  const blocks = [...text.matchAll(/```console\n\$ npx canary (.*)\n([^`]*)```/g)];
  return blocks.map(([, command = "", output = ""]) => ({
    words: (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, "")),
    output,
  }));
}
