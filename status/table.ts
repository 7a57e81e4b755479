/** A report for people. */
import { stripVTControlCharacters } from "node:util";
import { createColors } from "picocolors";
import { SIDE_LABELS, type Side } from "../components/aws/dns";
import { formatWeight } from "../components/traffic";
import { shortImage } from "../offline/audience";
import { type AppUsers, differs, isAsAsked, type Report, type VariantStatus } from "./report";

type Row = readonly string[];

export function reportText(report: Report, colour: boolean): string {
  const { red, dim, bold } = createColors(colour);
  const { stack, looked, users, variants, facts, unread, unseen } = report;
  const mark = (holds: boolean, text: string): string => (holds ? text : red(`${text} !`));
  const weights = variants.map(
    (variant): Row => [
      variant.app,
      variant.variant,
      variant.version === undefined ? "" : shortImage(variant.version),
      variant.router,
      formatWeight(variant.asked),
      formatWeight(variant.effective),
      mark(isAsAsked(variant), observedText(variant)),
    ],
  );
  const rest = facts.map(({ what, asked, observed, holds }): Row => [what, asked, mark(holds, observed)]);
  const notSeen = [...unread, ...unseen];
  const difference = unread.length > 0 ? "Not all could be read" : "Differs where marked with !";
  const verdict = differs(report) ? red(difference) : "All is as asked";
  const shared = users.filter(({ sides }) => Object.keys(sides).length > 1);
  const parts = [
    `Stack ${[stack, looked.join("; ")].filter((part) => part !== "").join(": ")}`,
    ...(shared.length === 0 ? [] : [shared.map(ledTo).join("\n")]),
    table([["app", "variant", "version", "router", "asked", "effective", "observed"].map(bold), ...weights]),
    ...(rest.length === 0 ? [] : [table([["", "asked", "observed"].map(bold), ...rest])]),
    ...(notSeen.length === 0 ? [] : [notSeen.map((line) => dim(`Not seen: ${line}`)).join("\n")]),
    verdict,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Where DNS is to lead an app's users: "myapp.example.com: 80 % of its users to AWS, 20 % to Kubernetes". */
function ledTo({ app, host, sides }: AppUsers): string {
  const shares = Object.entries(sides).map(
    ([side, share], i) =>
      `${formatWeight(share)} ${i === 0 ? "of its users " : ""}to ${SIDE_LABELS[side as Side]}`,
  );
  return `${host ?? app}: DNS leads ${shares.join(", ")}`;
}

function observedText({ seen, observed }: VariantStatus): string {
  if (!seen) return "not seen";
  return observed === undefined ? "none" : formatWeight(observed);
}

/** Rows with their columns aligned to the left. */
function table(rows: readonly Row[]): string {
  const width = (text: string): number => stripVTControlCharacters(text).length;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
  const padded = (text: string, column: number): string =>
    text + " ".repeat((widths[column] ?? 0) - width(text));
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
