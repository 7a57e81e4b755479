/** What a reviewer is told of a preview first, whatever the format: a verdict a stack, and what is dangerous. */
import { gathered } from "../base/gathered";
import { SIDE_LABELS, type Side } from "../components/aws/dns";
import { awsTypes, fleetTypes } from "../components/aws/types";
import { formatWeight } from "../components/traffic";
import {
  type AppShift,
  type AppSide,
  addressesIn,
  appShifts,
  type LostAddress,
  lostAddresses,
  type ShownVariant,
  sideShift,
  type VariantShift,
  variantShifts,
} from "../offline/audience";
import { isChange, isStack, type Preview } from "../offline/preview";
import { readWeights } from "../offline/shown";
import { nameOf } from "../offline/state";
import type { Step } from "../offline/step";
import { type Finding, isRefusal } from "../policy/evaluate";
import type { RuleName } from "../stacks/schema/policies";

/** One stack's part of a report: its preview. */
export interface StackPreview {
  readonly stack: string;
  /** How the two sides came about, if that is not as usual. */
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
  const shifts = appShifts(preview.steps);
  const lost = lostByApp(shifts);
  const weights = grouped(
    shifts.flatMap((shift) => appVerdict(shift, lost.get(shift.app))),
    " ",
  );
  const others = preview.providers.length === 0 ? [] : [`${providerKeys(preview)} changes`];
  const changes =
    changesOf(report).length === 0
      ? [others.length === 0 ? "no changes" : "weights unchanged"]
      : [
          ...(weights.length > 0 ? weights : ["weights unchanged"]),
          ...beside(report.findings),
          ...sums(preview),
        ];
  const parts = [
    ...others,
    ...changes,
    ...(report.findings.some(isRefusal) ? ["refused by policy"] : []),
    ...(report.loosened.length > 0 ? ["policies loosened"] : []),
    ...(preview.refusals.length > 0 ? ["the update would fail"] : []),
  ];
  return `${report.stack}: ${parts.join(", ")}`;
}

const providerKeys = ({ providers }: Preview): string => providers.map(({ key }) => key).join(", ");

/** What the engine does about another provider configuration is the providers' to say: they are not asked here. */
export const providerLines = ({ providers }: Preview): string[] =>
  providers.map(
    ({ key, before = "not set", after = "not set" }) =>
      `${key} ${before} -> ${after}: what is deployed may be replaced, or made anew in another place; ` +
      "the engine's own preview alone can tell",
  );

/** Apps that take over what has users: these get the weights by this update, however small a step that is in the file. */
export function takenOver({ steps }: Preview): string[] {
  const apps = new Set(steps.flatMap((step) => (isTakenOver(step) ? [ownerOf(step)] : [])));
  const weights = readWeights(steps.find(isStack)?.fresh?.outputs);
  return [...apps].flatMap((app) => {
    const canaries = Object.entries(weights[app] ?? {})
      .filter(([variant, { effective }]) => variant !== "primary" && effective > 0)
      .map(([variant, { effective }]) => `${formatWeight(effective)} of them go to ${variant}`);
    if (canaries.length === 0) return [];
    return [
      `${app}: users come with what it takes over: ${canaries.join(", ")} at once, whatever was before`,
    ];
  });
}

/** Whether it is a fleet of others that is new to the program, or one more listener of it. */
const isTakenOver = (step: Step): boolean =>
  (step.op === "create" || step.op === "import") &&
  (step.type === fleetTypes.existing ||
    (LISTENERS.includes(step.type) && `${step.fresh?.parent}`.includes(`${fleetTypes.existing}::`)));

const LISTENERS: readonly string[] = [awsTypes.listener, awsTypes.listenerRule];

const ownerOf = ({ type, name, fresh }: Step): string =>
  type === fleetTypes.existing ? name : nameOf(fresh?.parent ?? "");

/** What findings say that weights don't, in a word each; the finding itself stands below. */
const IN_BRIEF: Readonly<Partial<Record<RuleName, string>>> = {
  "route-changed": "routes change",
  "someone-there": "users meet nobody",
  "empty-target": "users meet nobody for a while",
};

function beside(findings: readonly Finding[]): string[] {
  const found = findings.filter(({ waived }) => waived === undefined).map(({ rule }) => IN_BRIEF[rule]);
  return [...new Set(found)].filter((text) => text !== undefined);
}

/** What is said of one app. */
export interface Said {
  readonly app: string;
  readonly text: string;
}

/** Groups of apps of which different things are said; more would not be read. */
const MOST_GROUPS = 6;
/** Apps of a group that are named. */
const MOST_NAMED = 3;

/** `myapp canary 10 % -> 25 %` or `40 apps canary 10 % -> 25 %`: apps of which the same is said stand together. */
export function grouped(said: readonly Said[], between: string): string[] {
  const groups = gathered(said, ({ text }) => text);
  const lines = [...groups].map(([text, apps]) => {
    const names = apps.length > MOST_NAMED ? `${apps.length} apps` : apps.map(({ app }) => app).join(" and ");
    return `${names}${between}${text}`;
  });
  if (lines.length <= MOST_GROUPS) return lines;
  const others = [...groups.values()].slice(MOST_GROUPS - 1).flat().length;
  return [...lines.slice(0, MOST_GROUPS - 1), `${others} more apps, see below`];
}

/** What users of each app lose. */
export const lostByApp = (shifts: readonly AppShift[]): ReadonlyMap<string, readonly LostAddress[]> =>
  gathered(lostAddresses(shifts), ({ app }) => app);

/** @param lost what users of this app lose */
export function appVerdict(shift: AppShift, lost: readonly LostAddress[] = []): Said[] {
  const { app } = shift;
  const losses = lost.map(({ address, to }) =>
    to === undefined ? `users of ${address} lose their route` : `loses ${address} to ${to}`,
  );
  if (shift.after === undefined) return [{ app, text: ["removed", ...losses].join(", ") }];
  const { after } = shift;
  const variants = variantShifts(shift).flatMap((variant) => variantVerdict(variant, after));
  if (shift.before === undefined) return [{ app, text: ["new", ...variants].join(", ") }];
  const all = [...sideVerdict(shift), ...variants, ...hostVerdict(shift), ...losses];
  return all.length === 0 ? [] : [{ app, text: all.join(", ") }];
}

/** `Kubernetes 0 % -> 100 % of its users`. */
export function sideVerdict(shift: AppShift): string[] {
  const moved = sideShift(shift);
  if (moved === undefined) return [];
  return [`${SIDE_LABELS.kubernetes} ${formatWeight(moved.from)} -> ${formatWeight(moved.to)} of its users`];
}

function hostVerdict({ before, after }: AppShift): string[] {
  if (before?.host === after?.host) return [];
  const hosts = addressesIn(after ?? {});
  return [
    `now at ${hosts.length > MOST_NAMED ? `${hosts.length} addresses` : hosts.join(" and ") || "no host"}`,
  ];
}

function variantVerdict({ name, before, after }: VariantShift, app: AppSide): string[] {
  if (after === undefined) return [`${name} ${formatWeight(before?.weight.asked ?? 0)} -> none`];
  const { asked, effective } = after.weight;
  const isSame = before?.weight.asked === asked && before.weight.effective === effective;
  if (isSame || name === "primary") {
    if (before === undefined || effective === 0) return [];
    const isByOther = before.service !== after.service;
    if (!isByOther && !hasNewImage(before, after, app)) return [];
    return [
      `${name} at ${formatWeight(asked)} ${isByOther ? `by another ${leading(after)}` : "with a new image"}`,
    ];
  }
  const from = before === undefined ? "at" : `${formatWeight(before.weight.asked)} ->`;
  return [`${name} ${from} ${formatWeight(asked)} (effective ${formatWeight(effective)})`];
}

/** What kind of thing leads to a variant that others make. */
const leading = ({ service }: ShownVariant): string =>
  /^(target group|group) /.exec(service ?? "")?.[1] ?? "Service";

/** Whether users of a variant get another version. */
function hasNewImage(before: ShownVariant, after: ShownVariant, { sides }: AppSide): boolean {
  const isServed = (side: string): boolean => sides[side as Side] !== 0;
  const sidesWithNew = Object.keys({ ...before.images, ...after.images }).filter(
    (side) => before.images[side as Side] !== after.images[side as Side],
  );
  return sidesWithNew.some(isServed);
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
  const changes = changesOf(report).length > 0 || preview.providers.length > 0;
  const { warnings } = preview.configuration;
  const said = preview.diagnostics.filter(({ message }) => changes || warnings.includes(message));
  const found: Danger[] = [
    ...loosened.map((message): Danger => ({ kind: "caution", message: `loosens ${message}` })),
    ...findings.filter((finding) => changes || isRefusal(finding)).map(findingDanger),
    ...providerLines(preview).map((message): Danger => ({ kind: "caution", message })),
    ...preview.refusals.map((message): Danger => ({ kind: "caution", message: `will fail: ${message}` })),
    ...listed("will be replaced", "replace", uncovered),
    ...listed(
      "will be deleted",
      "delete",
      uncovered.filter((step) => !isForgotten(step)),
    ),
    ...listed("will be forgotten, and stay as it is", undefined, uncovered.filter(isForgotten)),
    ...takenOver(preview).map((message): Danger => ({ kind: "warning", message })),
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

function findingDanger({ severity, rule, message, waived, ofBase, harmful }: Finding): Danger {
  if (waived !== undefined) {
    return { kind: "note", message: `${message} (${rule}, waived until ${waived.until}: ${waived.reason})` };
  }
  return {
    kind: severity === "mandatory" || harmful ? "caution" : "warning",
    message: `${message} (${rule}${ofBase ? OF_BASE : ""})`,
  };
}

const MOST_LISTED = 8;

/** Whether what is there stays, and the program no longer has it. */
const isForgotten = ({ op, old, fresh }: Step): boolean =>
  old?.retainOnDelete === true && (op === "delete" || (op === "import" && old.importId !== fresh?.importId));

/** @param op default those of all */
function listed(what: string, op: "replace" | "delete" | undefined, steps: readonly Step[]): Danger[] {
  const all = steps.filter((step) => op === undefined || step.op === op);
  if (all.length === 0) return [];
  const named = all.slice(0, MOST_LISTED).map((step) => {
    const reasons = step.replaceReasons.length === 0 ? "" : ` (for ${step.replaceReasons.join(", ")})`;
    return stepTitle(step) + reasons;
  });
  const more = all.length > MOST_LISTED ? `, and ${all.length - MOST_LISTED} more` : "";
  return [{ kind: "warning", message: `${what}: ${named.join(", ")}${more}` }];
}
