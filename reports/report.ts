/** What a reviewer is told of a preview first, whatever the format: a verdict a stack, and what is dangerous. */
import { formatWeight } from "../components/traffic";
import { isChange, type Preview } from "../offline/preview";
import type { Step } from "../offline/step";
import { type Finding, isRefusal } from "../policy/evaluate";
import { type AppShift, appShifts, type VariantShift, variantShifts } from "./shifts";

/** One stack's part of a report: its preview. */
export interface StackPreview {
  readonly stack: string;
  /** How the two sides came about, where that is not as usual. */
  readonly notes: readonly string[];
  readonly preview: Preview;
  /** What the stack's policies say, if they were asked. */
  readonly findings: readonly Finding[];
  /** Rules, limits and waivers that this change loosens, a sentence each. */
  readonly loosened: readonly string[];
  readonly error?: undefined;
}

/** A stack that could not be previewed, and why. */
export interface StackFailure {
  readonly stack: string;
  readonly error: string;
}

export type StackReport = StackPreview | StackFailure;

/** Something that a reviewer should not miss; the worst kind first. */
export interface Danger {
  readonly kind: "caution" | "warning" | "note";
  readonly message: string;
}

export const changesOf = (report: StackReport): Step[] =>
  report.error === undefined ? report.preview.steps.filter(isChange) : [];

/** `prod: myapp canary 10 % -> 25 % (effective 25 %), 1 to update, nothing replaced or deleted`. */
export function verdict(report: StackReport): string {
  if (report.error !== undefined) return `${report.stack}: no preview, see below`;
  const { preview } = report;
  const weights = appShifts(preview).flatMap(appVerdict);
  const changes =
    changesOf(report).length === 0
      ? ["no changes"]
      : [...(weights.length > 0 ? weights : ["weights unchanged"]), ...sums(preview)];
  const parts = [
    ...changes,
    ...(report.findings.some(isRefusal) ? ["refused by policy"] : []),
    ...(report.loosened.length > 0 ? ["policies loosened"] : []),
    ...(preview.refusals.length > 0 ? ["the update would fail"] : []),
  ];
  return `${report.stack}: ${parts.join(", ")}`;
}

function appVerdict(shift: AppShift): string[] {
  if (shift.after === undefined) return [`${shift.app} removed`];
  const canaries = variantShifts(shift)
    .filter(({ name }) => name !== "primary")
    .flatMap(variantVerdict);
  if (shift.before === undefined) return [[`${shift.app} new`, ...canaries].join(", ")];
  const host = shift.after.host !== shift.before.host ? [`now at ${shift.after.host ?? "no host"}`] : [];
  const all = [...canaries, ...host];
  return all.length === 0 ? [] : [`${shift.app} ${all.join(", ")}`];
}

function variantVerdict({ name, before, after }: VariantShift): string[] {
  if (after === undefined) return [`${name} ${formatWeight(before?.weight.asked ?? 0)} -> none`];
  const { asked, effective } = after.weight;
  if (before?.weight.asked === asked && before.weight.effective === effective) return [];
  const from = before === undefined ? "at" : `${formatWeight(before.weight.asked)} ->`;
  return [`${name} ${from} ${formatWeight(asked)} (effective ${formatWeight(effective)})`];
}

function sums({ summary }: Preview): string[] {
  const counted = (["create", "import", "update"] as const).flatMap((op) =>
    summary[op] === undefined ? [] : [`${summary[op]} to ${op}`],
  );
  const maybe = summary.mayChange === undefined ? [] : [`${summary.mayChange} may change`];
  const { replace, delete: deleted } = summary;
  if (replace === undefined && deleted === undefined)
    return [...counted, ...maybe, "nothing replaced or deleted"];
  const replacing = replace === undefined ? "nothing replaced" : `${replace} to replace`;
  const deleting = deleted === undefined ? "nothing deleted" : `${deleted} to delete`;
  return [...counted, ...maybe, replacing, deleting];
}

/** The last part of a type, as people call it: `TraefikService`. */
export const shortType = (type: string): string => type.split(/[:/]/).at(-1) ?? type;

export const stepTitle = (step: Step): string => `${shortType(step.type)} ${step.name}`;

/** All that stands out, the worst first. */
export function dangers(report: StackReport): Danger[] {
  if (report.error !== undefined) return [];
  const { preview, findings, loosened } = report;
  const covered = new Set(findings.map(({ urn }) => urn));
  const uncovered = changesOf(report).filter(({ urn }) => !covered.has(urn));
  const changes = changesOf(report).length > 0;
  const said = changes ? preview.diagnostics : [];
  const found: Danger[] = [
    ...loosened.map((message): Danger => ({ kind: "caution", message: `loosens ${message}` })),
    ...findings.filter((finding) => changes || isRefusal(finding)).map(findingDanger),
    ...preview.refusals.map((message): Danger => ({ kind: "caution", message: `will fail: ${message}` })),
    ...listed("will be replaced", "replace", uncovered),
    ...listed("will be deleted", "delete", uncovered),
    ...said
      .filter(({ severity, urn }) => /^(warning|error)$/.test(severity) && !(urn && covered.has(urn)))
      .map(({ message }): Danger => ({ kind: "warning", message })),
    // What the program says of a resource, and not what it prints.
    ...said
      .filter(({ severity, urn }) => severity === "info" && urn !== undefined)
      .map(({ message }): Danger => ({ kind: "note", message })),
    ...report.notes.map((message): Danger => ({ kind: "note", message })),
  ];
  const order = ["caution", "warning", "note"];
  return found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** Said of a finding that the change's own policies let pass. */
export const OF_BASE = ", by the base's policies";

function findingDanger({ severity, rule, message, waived, ofBase }: Finding): Danger {
  if (waived !== undefined) {
    return { kind: "note", message: `${message} (${rule}, waived until ${waived.until}: ${waived.reason})` };
  }
  return {
    kind: severity === "mandatory" ? "caution" : "warning",
    message: `${message} (${rule}${ofBase ? OF_BASE : ""})`,
  };
}

const MOST_LISTED = 8;

function listed(what: string, op: "replace" | "delete", steps: readonly Step[]): Danger[] {
  const all = steps.filter((step) => step.op === op);
  if (all.length === 0) return [];
  const named = all.slice(0, MOST_LISTED).map((step) => {
    const reasons = step.replaceReasons.length === 0 ? "" : ` (for ${step.replaceReasons.join(", ")})`;
    return stepTitle(step) + reasons;
  });
  const more = all.length > MOST_LISTED ? `, and ${all.length - MOST_LISTED} more` : "";
  return [{ kind: "warning", message: `${what}: ${named.join(", ")}${more}` }];
}
