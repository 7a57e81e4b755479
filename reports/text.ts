/** Previews for people: sums first, then the tree of what changes, as `pulumi preview` draws it. */
import pc from "picocolors";
import { continued, oneLine } from "../base/output";
import { formatWeight } from "../components/traffic";
import { appShifts, changesTraffic, variantShifts } from "../offline/audience";
import type { DiffKind } from "../offline/diff";
import { isChange, isShown, isStack, type Preview } from "../offline/preview";
import { parentOf, readWeights, type ShownWeight, shownValue, sidesAt } from "../offline/shown";
import type { Op, Step } from "../offline/step";
import { isObject, isSecret, type Value, valueAt } from "../offline/values";
import { grouped, providerLines, sideVerdict, takenOver } from "./report";

type Colors = ReturnType<typeof pc.createColors>;

const SYMBOLS: Record<Op, string> = {
  same: "  ",
  create: "+ ",
  update: "~ ",
  replace: "+-",
  delete: "- ",
  import: "= ",
  read: "> ",
};

/** The whole preview; `colour` for terminals only. */
export function previewText(preview: Preview, options: { showSames: boolean; colour: boolean }): string {
  const colors = pc.createColors(options.colour);
  const parts = [
    headlines(preview)
      .map((line) => colors.bold(oneLine(line)))
      .join("\n"),
    `Previewing update (${preview.configuration.stack}):`,
    ...tree(preview, options.showSames, colors),
    "",
    ...outputChanges(preview, colors),
    "Resources:",
    ...counts(preview, colors),
    ...messages(preview, colors),
  ];
  return `${parts.join("\n")}\n`;
}

/** One line per app, `myapp: canary 10 % -> 25 % by traefik`, ending in the counts of the whole stack. */
export function headlines(preview: Preview): string[] {
  const { update = 0, replace = 0, create = 0, same = 0, mayChange = 0 } = preview.summary;
  const { delete: deleted = 0, import: imported = 0 } = preview.summary;
  const sums = [
    create > 0 && `${create} to create`,
    imported > 0 && `${imported} to import`,
    `${update} to update`,
    `${replace} to replace`,
    deleted > 0 && `${deleted} to delete`,
    mayChange > 0 && `${mayChange} may change`,
    `${same} unchanged`,
  ].filter((sum) => sum !== false);
  const [first = preview.configuration.stack, ...others] = weightLines(preview);
  const providers = providerLines(preview).map((line) => `⛔ ${line}`);
  return [
    ...providers,
    `${first}; ${sums.join(", ")}`,
    ...others,
    ...unlikeAsked(preview),
    ...takenOver(preview),
  ];
}

/** Points by which an effective weight may miss the one asked before the sums say so. */
const MOST_OFF = 1;

/** A line per app with a canary that gets much more or less than asked. */
function unlikeAsked(preview: Preview): string[] {
  const weights = readWeights(preview.steps.find(isStack)?.fresh?.outputs);
  return Object.entries(weights).flatMap(([app, variants]) => {
    const off = Object.entries(variants)
      .filter(([name, { asked, effective }]) => name !== "primary" && Math.abs(asked - effective) > MOST_OFF)
      .map(
        ([name, { asked, effective }]) =>
          `${name} gets ${formatWeight(effective)} of the requests, not ${formatWeight(asked)}`,
      );
    return off.length === 0 ? [] : [`${app}: not as asked: ${off.join(", ")}`];
  });
}

/** Apps whose users get something else stand first. */
function weightLines(preview: Preview): string[] {
  const routers = preview.steps.find(isStack)?.fresh?.outputs.routers;
  const shifts = appShifts(preview.steps).filter(({ after }) => after !== undefined);
  const inOrder = [...shifts.filter(changesTraffic), ...shifts.filter((shift) => !changesTraffic(shift))];
  const said = inOrder.map((shift) => {
    const canaries = variantShifts(shift)
      .filter(({ name, after }) => name !== "primary" && after !== undefined)
      .map(({ name, before, after }) => {
        const { asked = 0, effective = 0 } = after?.weight ?? {};
        const was = before?.weight.asked;
        const from = was === undefined || was === asked ? "" : `${formatWeight(was)} -> `;
        return `${name} ${from}${formatWeight(asked)}${effectiveNote({ asked, effective })}`;
      });
    const router = valueAt(routers, shift.app);
    const by = router === undefined ? "" : ` by ${router}`;
    return {
      app: shift.app,
      text: [`${canaries.join(", ") || "no canary"}${by}`, ...sideVerdict(shift)].join(", "),
    };
  });
  return grouped(said, ": ");
}

const effectiveNote = ({ asked, effective }: ShownWeight): string =>
  Math.abs(asked - effective) < 0.005 ? "" : ` (effective ${formatWeight(effective)})`;

function tree(preview: Preview, showSames: boolean, colors: Colors): string[] {
  const byUrn = new Map(preview.steps.map((step) => [step.urn, step]));
  const shown = new Set<string>();
  for (const step of preview.steps) {
    if (!isShown(step, showSames)) continue;
    for (
      let at: Step | undefined = step;
      at !== undefined && !shown.has(at.urn);
      at = byUrn.get(parentOf(at) ?? "")
    ) {
      shown.add(at.urn);
    }
  }
  const below = new Map<string | undefined, Step[]>();
  for (const step of preview.steps) {
    if (!shown.has(step.urn)) continue;
    const parent = parentOf(step);
    const key = byUrn.has(parent ?? "") ? parent : undefined;
    const others = below.get(key);
    if (others === undefined) below.set(key, [step]);
    else others.push(step);
  }
  const children = (parent: string | undefined): readonly Step[] => below.get(parent) ?? [];
  const rows: { symbol: string; type: string; name: string; step: Step; indent: string }[] = [];
  const walk = (step: Step, branch: string, indent: string): void => {
    rows.push({
      symbol: SYMBOLS[step.op],
      type: branch + oneLine(step.type),
      name: oneLine(step.name),
      step,
      indent,
    });
    const own = children(step.urn);
    own.forEach((child, i) => {
      const last = i === own.length - 1;
      walk(child, `${indent}${last ? "└─ " : "├─ "}`, `${indent}${last ? "   " : "│  "}`);
    });
  };
  for (const root of children(undefined)) walk(root, "", "");

  const typeWidth = widest(rows.map(({ type }) => type));
  const nameWidth = widest(rows.map(({ name }) => name));
  return [
    colors.dim(`     ${"Type".padEnd(typeWidth)}  ${"Name".padEnd(nameWidth)}  Plan`),
    ...rows.flatMap(({ symbol, type, name, step }) => [
      paint(
        step.op,
        ` ${symbol}  ${type.padEnd(typeWidth)}  ${name.padEnd(nameWidth)}  ${plan(step)}`.trimEnd(),
        colors,
      ),
      ...propertyLines(step).map((line) => `         ${paint(step.op, line, colors)}`),
    ]),
  ];
}

const widest = (texts: readonly string[]): number =>
  texts.reduce((most, text) => Math.max(most, text.length), 4);

function plan(step: Step): string {
  if (step.op === "same") return "";
  if (step.mayChange) return "may change";
  return step.refused === undefined ? step.op : `${step.op}, which will fail`;
}

const MARKS: Record<DiffKind, string> = {
  add: "+",
  delete: "-",
  update: "~",
  "add-replace": "+",
  "delete-replace": "-",
  "update-replace": "~",
};

function propertyLines(step: Step): string[] {
  return Object.entries(step.detailedDiff).map(([path, { kind }]) => {
    const sides = sidesAt(step, path);
    const [before, after] = [shownValue(sides.before), shownValue(sides.after)];
    const change = kind.startsWith("add")
      ? after
      : kind.startsWith("delete")
        ? before
        : `${before} => ${after}`;
    return `${MARKS[kind]} ${oneLine(path)}: ${oneLine(change)}${kind.endsWith("-replace") ? "  [replaces]" : ""}`;
  });
}

function outputChanges(preview: Preview, colors: Colors): string[] {
  const stack = preview.steps.find(isStack);
  const [before, after] = [leaves(stack?.old?.outputs), leaves(stack?.fresh?.outputs)];
  const lines = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((path) => before[path] !== after[path])
    .map((path) => {
      const [name, was, is] = [path, before[path] ?? "", after[path] ?? ""].map(oneLine);
      if (before[path] === undefined) return colors.green(`  + ${name}: ${is}`);
      if (after[path] === undefined) return colors.red(`  - ${name}: ${was}`);
      return colors.yellow(`  ~ ${name}: ${was} => ${is}`);
    });
  return lines.length === 0 ? [] : ["Outputs:", ...lines, ""];
}

function leaves(value: Value | undefined, path = ""): Record<string, string> {
  if (isObject(value) && !isSecret(value)) {
    const below = Object.entries<Value>(value).map(([key, item]) =>
      leaves(item, path === "" ? key : `${path}.${key}`),
    );
    return Object.assign({}, ...below);
  }
  return value === undefined ? {} : { [path]: shownValue(value) };
}

function counts({ summary }: Preview, colors: Colors): string[] {
  const ops: Op[] = ["create", "import", "read", "update", "replace", "delete"];
  const changes = ops.flatMap((op) => {
    const count = summary[op] ?? 0;
    return count === 0 ? [] : [paint(op, `    ${SYMBOLS[op].trimEnd()} ${count} to ${op}`, colors)];
  });
  const maybe =
    summary.mayChange === undefined
      ? []
      : [`    ? ${summary.mayChange} may change (secrets can't be read here)`];
  const imports =
    summary.import === undefined
      ? []
      : ["    whether imports match what is there, the engine's own preview alone can tell"];
  const same = `    ${summary.same ?? 0} unchanged`;
  return [...changes, ...maybe, same, ...imports];
}

function messages({ diagnostics, refusals }: Preview, colors: Colors): string[] {
  const said = diagnostics
    .filter(({ severity }) => severity !== "debug")
    .map(({ severity, message }) => `    ${severity}: ${continued(message, "    ")}`);
  const failing = refusals.map((refusal) => colors.red(`    error: ${continued(refusal, "    ")}`));
  return said.length + failing.length === 0 ? [] : ["", "Diagnostics:", ...said, ...failing];
}

function paint(op: Op, text: string, colors: Colors): string {
  if (op === "create" || op === "import") return colors.green(text);
  if (op === "update") return colors.yellow(text);
  if (op === "replace") return colors.magenta(text);
  if (op === "delete") return colors.red(text);
  return text;
}

export { isChange };
