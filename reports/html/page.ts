/** The frame that all pages share: one that needs nothing from anywhere, or one that a rollout serves. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Html, html } from "./markup";

export interface Page {
  readonly title: string;
  /** Path of the page's own style sheet, which follows the one that all pages share. */
  readonly sheet: string;
  readonly body: Html;
}

/** A page without a script, a font or a request. */
export const wholePage = ({ title, sheet, body }: Page): string =>
  framed(
    title,
    html`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
${new Html(style(sheet))}</style>`,
    body,
  );

/** A document whose `head` says where its style and script are. */
export const framed = (title: string, head: Html, body: Html): string =>
  `<!DOCTYPE html>${
    html`
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${head}
</head>
<body>
${body}
</body>
</html>
`.source
  }`;

/** The style that all pages share, and that of each sheet. */
export const style = (...sheets: readonly string[]): string =>
  [join(__dirname, "base.css"), ...sheets].map((file) => readFileSync(file, "utf8")).join("");
