/** Makes texts from outside harmless when they are printed: a setting's value must not become markup. */

const BREAKS = /\r\n|[\r\n\u2028\u2029]/;

/**
 * Characters that would hide, reorder or end what is around them (https://trojansource.codes), or that nobody sees: Unicode's controls, its
 * marks of direction, and all that it says to show as nothing, but for the choice between a sign and its picture.
 */
const HARMFUL =
  /(?!\t|\n|\ufe0e|\ufe0f)[\p{Cc}\p{Bidi_C}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu;

/** Commands to Azure's and TeamCity's runners stand anywhere in a line. */
const COMMAND = /##(?=\w*\[)/g;

/** What is harmful made visible, as JSON escapes it. */
export const visible = (text: string): string =>
  text
    .replace(HARMFUL, (character) => character.split("").map(escapeOf).join(""))
    .replace(COMMAND, `#${escapeOf("#")}`);

/** What is harmful within YAML's double quotes, escaped: what is meant stays the same. */
export const yamlVisible = (text: string): string => visible(text.replace(BEYOND_16_BITS, escapeOf));

/** Harmful ones that JSON has two escapes for, and YAML one of another kind. */
const BEYOND_16_BITS = /(?=[\u{10000}-\u{10ffff}])\p{Default_Ignorable_Code_Point}/gu;

function escapeOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return character.length === 1 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
}

/** The lines of a text, each harmless to a terminal and to readers. */
export const visibleLines = (text: string): string[] => text.split(BREAKS).map(visible);

/** One harmless line, whatever line breaks are in it. */
export const visibleLine = (text: string): string =>
  text.split(BREAKS).map(visible).join(" ").replaceAll("\t", " ");

/** Text with its middle left out if it is longer than `most` characters. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = Math.floor((most - 3) / 2);
  return `${text.slice(0, kept).replace(LONE_FIRST, "")}...${text.slice(-kept).replace(LONE_SECOND, "")}`;
}
/** Halves of a character that a cut went through. */
const LONE_FIRST = /[\ud800-\udbff]$/;
const LONE_SECOND = /^[\udc00-\udfff]/;

/**
 * Text that Markdown shows as it is, in a line. GitHub looks for `@name`, `#1` and addresses in what it has rendered, so
 * that escapes are of no use against those: a zero-width space keeps them apart.
 */
export const markdownText = (text: string): string =>
  visibleLine(text)
    .replace(/[\\`*_[\]<|~$&]/g, "\\$&")
    .replace(/@/g, "@\u200b")
    .replace(/#(?=\d)/g, "#\u200b")
    .replace(/(https?|ftp|www)(?=[:.])/gi, "$1\u200b")
    .replace(/^(\s*)([#+>=-]|\d+(?=[.)]))/, "$1\u200b$2");

/** Text as inline code. */
export function codeSpan(text: string): string {
  const line = visibleLine(text) || " ";
  const ticks = "`".repeat(longestRun(line) + 1);
  const pad = /^[` ]|[` ]$/.test(line) ? " " : "";
  return ticks + pad + line + pad + ticks;
}

/** Lines as a fenced block that no line among them can end. */
export function fenced(language: string, lines: readonly string[]): string {
  const body = lines.join("\n");
  const ticks = "`".repeat(Math.max(3, longestRun(body) + 1));
  return `${ticks}${language}\n${body}\n${ticks}`;
}

const longestRun = (text: string): number =>
  Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text between tags or in a quoted attribute of HTML. */
export const htmlText = (text: string): string =>
  visible(text.replaceAll("\n", " ")).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

/** Text in a quoted label of a Mermaid diagram; what is not plain becomes Mermaid's own entities. */
export const mermaidLabel = (text: string): string =>
  [...shortened(visibleLine(text), 60)]
    .map((character) => (/[\w .,/:+()%-]/.test(character) ? character : `#${character.codePointAt(0)};`))
    .join("")
    .replaceAll("%%", "#37;#37;");

/** A name from a file within a sentence: in quotes, as JSON has them, if it is empty or would break the line. */
export const quotedUnlessPlain = (name: string): string =>
  /^[^\p{Cc}\u2028\u2029]+$/u.test(name) ? name : JSON.stringify(name);

/** A command's words as a shell takes them, in a line: harmless to a terminal, too. */
export const shellLine = (words: readonly string[]): string =>
  words
    .map((word) => (/^[\w./:=@,+-]+$/.test(word) ? word : `'${visibleLine(word).replaceAll("'", "'\\''")}'`))
    .join(" ");
