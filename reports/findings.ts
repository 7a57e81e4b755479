import { type Finding, isRefusal } from "../policy/evaluate";
import { OF_BASE } from "./report";

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
    ...loosened.map((one) => `    loosened   ${one}`),
    `    ${sum}`,
    "",
  ].join("\n");
}

function lines({ severity, rule, message, waived, ofBase }: Finding): string[] {
  if (waived === undefined) return [`    ${severity.padEnd(9)}  ${rule}${ofBase ? OF_BASE : ""}: ${message}`];
  return [`    waived     ${rule}: ${message}`, `               until ${waived.until}: ${waived.reason}`];
}
