import { htmlText } from "../../base/escape";

/** HTML that may go into a page as it is. */
export class Html {
  constructor(readonly source: string) {}
}

type Part = Html | string | number | readonly Part[];

/** A template whose texts are escaped; HTML and lists of it are put in as they are. The template's own indentation is left out. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(
    strings
      .map((text, i) => text.replace(/\n +/g, "\n") + (i < parts.length ? sourceOf(parts[i] ?? "") : ""))
      .join(""),
  );

function sourceOf(part: Part): string {
  if (part instanceof Html) return part.source;
  return typeof part === "object" ? part.map(sourceOf).join("") : htmlText(String(part));
}

export const NOTHING = html``;
