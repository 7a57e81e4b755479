import { type Finding, isRefusal } from "../policy/evaluate";

/** What users get by the update, and a reviewer has to look at; no text if there is nothing. */
export const userFindingsText = (findings: readonly Finding[]): string =>
  findings.length === 0 ? "" : ["To look at:", ...findings.flatMap(lines), ""].join("\n");

/** Findings for people: what refuses the update first, then the rest; sums last. */
export function findingsText(findings: readonly Finding[]): string {
  const refused = findings.filter(isRefusal);
  const others = findings.filter((finding) => !isRefusal(finding));
  const sum =
    refused.length > 0
      ? `refused by ${refused.length} of ${findings.length} findings`
      : findings.length > 0
        ? `passed, with ${findings.length} to look at`
        : "passed";
  return ["Policies:", ...[...refused, ...others].flatMap(lines), `    ${sum}`, ""].join("\n");
}

function lines({ severity, rule, message, waived }: Finding): string[] {
  if (waived === undefined) return [`    ${severity.padEnd(9)}  ${rule}: ${message}`];
  return [`    waived     ${rule}: ${message}`, `               until ${waived.until}: ${waived.reason}`];
}
