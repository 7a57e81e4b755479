/** A report for people. */
import { stripVTControlCharacters } from "node:util";
import { createColors } from "picocolors";
import { formatWeight } from "../components/traffic";
import { differs, isAsAsked, type Report, type VariantStatus } from "./report";

type Row = readonly string[];

export function reportText(report: Report, colour: boolean): string {
  const { red, dim, bold } = createColors(colour);
  const { variants, facts, unseen } = report;
  const mark = (holds: boolean, text: string): string => (holds ? text : red(`${text} !`));
  const weights = variants.map(
    (variant): Row => [
      variant.app,
      variant.variant,
      variant.router,
      formatWeight(variant.asked),
      formatWeight(variant.effective),
      mark(isAsAsked(variant), observedText(variant)),
    ],
  );
  const rest = facts.map(({ what, asked, observed, holds }): Row => [what, asked, mark(holds, observed)]);
  const parts = [
    table([["app", "variant", "router", "asked", "effective", "observed"].map(bold), ...weights]),
    ...(rest.length === 0 ? [] : [table([["", "asked", "observed"].map(bold), ...rest])]),
    ...(unseen.length === 0 ? [] : [unseen.map((line) => dim(`Not seen: ${line}`)).join("\n")]),
    differs(report) ? red("Differs where marked with !") : "All is as asked",
  ];
  return `${parts.join("\n\n")}\n`;
}

const observedText = ({ observed }: VariantStatus): string =>
  observed === undefined ? "none" : formatWeight(observed);

/** Rows with their columns aligned to the left. */
function table(rows: readonly Row[]): string {
  const width = (text: string): number => stripVTControlCharacters(text).length;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
  const padded = (text: string, column: number): string =>
    text + " ".repeat((widths[column] ?? 0) - width(text));
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
