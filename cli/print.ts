/** Previews in every format. */

import { shellLine } from "../base/escape";
import { data, jsonText, print } from "../base/output";
import { redacted, redactedDeep } from "../base/secrets";
import { shownOverride } from "../offline/overrides";
import { isChange, type Preview } from "../offline/preview";
import { findingsText, userFindingsText } from "../reports/findings";
import { previewHtml } from "../reports/html";
import { previewJson } from "../reports/json";
import { previewMarkdown, type ReportOptions } from "../reports/markdown";
import type { StackPreview, StackReport } from "../reports/report";
import { previewText } from "../reports/text";
import type { OldSideOptions } from "./old-side";
import type { StackOptions } from "./options";

export const FORMATS = ["text", "json", "markdown", "html"] as const;

export interface PrintOptions extends OldSideOptions, StackOptions {
  readonly format: (typeof FORMATS)[number];
  readonly allStacks: boolean;
  readonly showSames: boolean;
  readonly policy: boolean;
}

/** Writes previews to stdout. */
export function printedOut(all: readonly StackReport[], options: PrintOptions): void {
  const reports = all.map(withoutSecrets);
  if (options.format === "text") print(joined(reports, text, options));
  else data(PRINTERS[options.format](reports, options));
}

const PRINTERS: Record<
  Exclude<PrintOptions["format"], "text">,
  (reports: readonly StackReport[], options: PrintOptions) => string
> = {
  markdown: (reports, options) => previewMarkdown(reports, wording(options)),
  html: (reports, options) => previewHtml(reports, wording(options)),
  json: (reports, options) => joined(reports, json, options),
};

const joined = (
  reports: readonly StackReport[],
  single: (report: StackPreview, options: PrintOptions) => string,
  options: PrintOptions,
): string =>
  reports
    .map((report) =>
      report.error === undefined ? single(report, options) : `${report.stack}: ${report.error}\n`,
    )
    .join("\n");

/** Whatever people wrote or an error says; the preview itself is without secrets already. */
const withoutSecrets = (report: StackReport): StackReport =>
  report.error === undefined
    ? {
        ...report,
        notes: report.notes.map(redacted),
        findings: redactedDeep(report.findings),
        loosened: report.loosened.map(redacted),
      }
    : { ...report, error: redacted(report.error) };

function json(report: StackPreview, { showSames, policy }: PrintOptions): string {
  const { findings, loosened } = report;
  const policies = policy ? { policies: findings, loosened } : {};
  return jsonText({ ...previewJson(withNotes(report), showSames), ...policies }, 4);
}

function text(report: StackPreview, options: PrintOptions): string {
  const { showSames, policy } = options;
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const preview = previewText(withNotes(report), { showSames, colour });
  const { loosened } = report;
  const findings = policy
    ? findingsText(report.findings, loosened)
    : userFindingsText(report.findings, loosened);
  const note = isOfFileAlone(report, options) ? comparedWithFile(report.stack) : "";
  return [preview, findings, note].filter((part) => part !== "").join("\n");
}

/** Whether nothing changes because the new side is the old one: what the stack's file says. */
const isOfFileAlone = ({ preview }: StackPreview, { base, state, config }: PrintOptions): boolean =>
  base === undefined && state === undefined && config.length === 0 && !preview.steps.some(isChange);

const comparedWithFile = (stack: string): string =>
  `Both sides are the stack's file, and all of it counts as deployed. To compare with what is deployed, or see what a first update creates:
    pulumi stack export -s ${stack} --file state.json
    npx canary preview -s ${stack} --state state.json
To see what a change does: -c key=value, or --base REVISION.
`;

/** The preview with what is to be known of its two sides among its messages. */
const withNotes = ({ preview, notes }: StackPreview): Preview => ({
  ...preview,
  diagnostics: [
    ...notes.map((message) => ({ severity: "warning" as const, message })),
    ...preview.diagnostics,
  ],
});

function wording(options: PrintOptions): ReportOptions {
  const { base, state, config, configPath, stack, allStacks, policy } = options;
  const old =
    base !== undefined
      ? `the merge base with ${base}`
      : state !== undefined
        ? `the state in ${state}`
        : "the configuration as filed";
  const settings = config.map(shownOverride);
  const words = [
    ...["npx", "canary", "preview"],
    ...(allStacks ? ["--all-stacks"] : ["-s", stack]),
    ...(base === undefined ? [] : ["--base", base]),
    ...(state === undefined ? [] : ["--state", state]),
    ...settings.flatMap((setting) => ["-c", setting]),
    ...(configPath ? ["--config-path"] : []),
    ...(policy ? ["--policy"] : []),
  ];
  const now = config.length === 0 ? "this checkout" : `this checkout with ${settings.join(", ")}`;
  return { compared: `${now} with ${old}`, command: shellLine(words) };
}
