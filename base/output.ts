/** The one way out for text that people read on a terminal or in a log. What machines read goes through `data`. */
import { visible } from "./escape";
import { redacted } from "./secrets";

/** Colours and weights of letters, of which a terminal forgets nothing but these. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape is what is looked for
const STYLE = /\u001b\[[\d;]{0,20}m/;

/** Commands to GitHub's runner begin a line. */
const defused = (line: string): string => line.replace(/^(\s*)::/, "$1:\\:");

/** A line as it may be printed: no secret, no control or bidi character, no command to who reads the log. */
const harmless = (line: string): string => defused(visible(redacted(line)));

/** A text of lines, each harmless; styles are its maker's, who sees to what comes from outside by `oneLine`. */
export const printable = (text: string): string =>
  text
    .split("\n")
    .map((line) =>
      defused(
        redacted(line)
          .split(new RegExp(`(${STYLE.source})`))
          .map((part, i) => (i % 2 === 1 ? part : visible(part)))
          .join(""),
      ),
    )
    .join("\n");

/** One line, whatever line breaks are in it. */
export const oneLine = (text: string): string => harmless(text.split(BREAKS).join(" ").replaceAll("\t", " "));
const BREAKS = /\r\n|[\r\n\u2028\u2029]/;

/** What follows the first line of a text stands out, so that it is taken for no line of its own. */
export const continued = (text: string, start: string): string =>
  text.split(BREAKS).map(harmless).join(`\n${start}| `);

/** Writes text of lines, the result of a command. */
export const print = (text: string): void => void process.stdout.write(printable(text));
/** Writes one line, part of the result. */
export const printLine = (line: string): void => void process.stdout.write(`${oneLine(line)}\n`);
/** Writes what a machine reads: JSON, YAML, Markdown, HTML, whose makers see to what is in it. */
export const data = (text: string): void => void process.stdout.write(text);
/** JSON in which no character is left that a terminal or a log's reader obeys: escapes stand for them. */
export const jsonText = (value: unknown, indent: number): string =>
  `${visible(JSON.stringify(value, null, indent))}\n`;
/** Writes text of lines beside the result. */
export const tell = (text: string): void => void process.stderr.write(printable(text));
/** Writes one line beside the result. */
export const tellLine = (line: string): void => void process.stderr.write(`${oneLine(line)}\n`);
