import { oneLine } from "../base/output";
import { type Finding, isRefusal } from "../policy/evaluate";
import { OF_BASE } from "./report";

/** What users get by the update, and a reviewer has to look at; no text if there is nothing. */
export const userFindingsText = (findings: readonly Finding[], loosened: readonly string[]): string =>
  findings.length + loosened.length === 0
    ? ""
    : ["To look at:", ...findings.flatMap(lines), ...loosened.map(looser), ""].join("\n");

const looser = (one: string): string => `    loosened   ${oneLine(one)}`;

/** Findings for people: what refuses the update first, then the rest, then what the change loosens; sums last. */
export function findingsText(findings: readonly Finding[], loosened: readonly string[] = []): string {
  const refused = findings.filter(isRefusal);
  const others = findings.filter((finding) => !isRefusal(finding));
  const sum =
    refused.length > 0
      ? `refused by ${refused.length} of ${findings.length} findings`
      : findings.length + loosened.length > 0
        ? `passed, with ${findings.length + loosened.length} to look at`
        : "passed";
  return [
    "Policies:",
    ...[...refused, ...others].flatMap(lines),
    ...loosened.map(looser),
    `    ${sum}`,
    "",
  ].join("\n");
}

function lines({ severity, rule, message, waived, ofBase }: Finding): string[] {
  const said = oneLine(message);
  if (waived === undefined) return [`    ${severity.padEnd(9)}  ${rule}${ofBase ? OF_BASE : ""}: ${said}`];
  return [
    `    waived     ${rule}: ${said}`,
    `               until ${waived.until}: ${oneLine(waived.reason)}`,
  ];
}
