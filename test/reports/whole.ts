/** What every comment must be: whole Markdown, with diagrams of known form. */
import assert from "node:assert/strict";

interface Parsed {
  /** What is outside of fenced blocks. */
  readonly prose: string;
  readonly blocks: readonly { readonly language: string; readonly lines: readonly string[] }[];
  readonly closed: boolean;
}

/** Takes Markdown apart as GitHub does: fences end at a line of as many backticks or more. */
function parse(text: string): Parsed {
  const prose: string[] = [];
  const blocks: { language: string; lines: string[] }[] = [];
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    const [, ticks, language = ""] = line.match(/^(`{3,})([^`]*)$/) ?? [];
    if (fence === undefined && ticks !== undefined) {
      fence = ticks;
      blocks.push({ language, lines: [] });
    } else if (
      fence !== undefined &&
      ticks !== undefined &&
      language === "" &&
      ticks.length >= fence.length
    ) {
      fence = undefined;
    } else if (fence !== undefined) blocks.at(-1)?.lines.push(line);
    else prose.push(line);
  }
  return { prose: prose.join("\n"), blocks, closed: fence === undefined };
}

/** Asserts that the comment is whole, whatever it was made from. */
export function assertWhole(text: string): Parsed {
  const parsed = parse(text);
  assert.ok(parsed.closed, "a fence is open");
  const active = outsideCode(parsed.prose);
  const count = (tag: string): number => active.split(tag).length - 1;
  assert.equal(count("<details>"), count("</details>"));
  assert.equal(count("<summary>"), count("</summary>"));
  for (const { language, lines } of parsed.blocks) {
    if (language === "diff") for (const line of lines) assert.match(line, /^[+!-]( |$)|^ |^$/);
    if (language === "mermaid") assertDiagram(lines);
  }
  return parsed;
}

/** Prose without inline code and escaped characters, which mean nothing to a renderer. */
export const outsideCode = (prose: string): string =>
  prose.replace(/\\[\\`*_[\]<|~$&]/g, "").replace(/(?<!`)(`+)(?!`)(?:.*?[^`])\1(?!`)/g, "");

const LABEL = `"(?:[\\w .,/:+()%-]|#\\d+;|<br>)*"`;
const DIAGRAM = [
  /^flowchart LR$/,
  /^ {2}subgraph (before|after)$/,
  /^ {4}direction LR$/,
  new RegExp(`^ {4}\\w+\\(\\[${LABEL}\\]\\)(:::changed)?$`),
  new RegExp(`^ {4}\\w+ (-->|-\\.->)\\|${LABEL}\\| \\w+\\[${LABEL}\\](:::changed)?$`),
  /^ {2}end$/,
  /^ {2}before ==> after$/,
  /^ {2}classDef changed stroke-width:3px$/,
];

/** Every line is of a form that Mermaid was seen to draw. */
function assertDiagram(lines: readonly string[]): void {
  for (const line of lines) {
    assert.ok(
      DIAGRAM.some((form) => form.test(line)),
      line,
    );
    assert.doesNotMatch(line, /%%/);
  }
}
