/** What changes in one resource, line by line. */
import { stringify } from "yaml";
import { visibleLine, visibleLines } from "../base/escape";
import { isReplacing } from "../offline/diff";
import { shownValue, sidesAt } from "../offline/shown";
import type { Step } from "../offline/step";
import { mapLeaves, masked, type Properties, UNKNOWN, type Value } from "../offline/values";

/** A line of a diff: added, removed, context, or a remark. */
export interface Line {
  readonly mark: "+" | "-" | " " | "!";
  readonly text: string;
}

/** Lines of unchanged text shown around a change in a text of many lines. */
const CONTEXT = 2;

/** What changes in the resource; secrets are masked, and no line holds a line break. */
export function changeLines(step: Step): Line[] {
  if (step.op === "create" || step.op === "import" || step.op === "read") {
    return declared("+", step.fresh?.inputs);
  }
  if (step.op === "delete") return declared("-", step.old?.inputs);
  const lines = Object.entries(step.detailedDiff).flatMap(([path, change]) => {
    const { before, after } = sidesAt(step, path);
    const shown = propertyLines(path, before, after);
    return isReplacing(change) ? [...shown, remark(`${path} can't be changed in place`)] : shown;
  });
  return [...lines, ...remarks(step, lines.length === 0)];
}

const remark = (text: string): Line => ({ mark: "!", text: visibleLine(text) });

function remarks(step: Step, nothingListed: boolean): Line[] {
  if (step.refused !== undefined) return [remark(`will fail: ${step.refused}`)];
  if (step.mayChange) return [remark("may change: a secret that can't be read here")];
  if ((step.old?.initErrors?.length ?? 0) > 0) return [remark("did not become ready in its last update")];
  return nothingListed ? [remark("replaced with what it depends on")] : [];
}

function declared(mark: "+" | "-", inputs: Properties = {}): Line[] {
  const { __defaults: _, ...own } = inputs;
  if (Object.keys(own).length === 0) return [];
  const shown = mapLeaves(masked(own), (leaf) => (leaf === UNKNOWN ? "[unknown]" : leaf));
  return visibleLines(stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()).map(
    (text) => ({ mark, text }),
  );
}

function propertyLines(path: string, before: Value | undefined, after: Value | undefined): Line[] {
  const texts = [before, after].map((value) => (typeof value === "string" && value !== UNKNOWN ? value : ""));
  if (texts.some((text) => text.trimEnd().includes("\n"))) {
    return [
      { mark: " ", text: visibleLine(`${path}:`) },
      ...textLines(visibleLines(texts[0] ?? ""), visibleLines(texts[1] ?? "")),
    ];
  }
  const side = (mark: "+" | "-", value: Value | undefined): Line[] =>
    value === undefined ? [] : [{ mark, text: visibleLine(`${path}: ${shownValue(value)}`) }];
  return [...side("-", before), ...side("+", after)];
}

/** The part in which two texts differ, with some lines around it. */
function textLines(before: readonly string[], after: readonly string[]): Line[] {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) start++;
  let end = 0;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const lines = (mark: Line["mark"], texts: readonly string[]): Line[] =>
    texts.map((text) => ({ mark, text: `  ${text}` }));
  return [
    ...lines(" ", after.slice(Math.max(0, start - CONTEXT), start)),
    ...lines("-", before.slice(start, before.length - end)),
    ...lines("+", after.slice(start, after.length - end)),
    ...lines(" ", after.slice(after.length - end, after.length - end + CONTEXT)),
  ];
}
