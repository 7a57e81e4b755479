/** The tree of a stack's resources, with what changes in each. */

import { isChange, type Preview } from "../../offline/preview";
import { parentOf } from "../../offline/shown";
import type { Step } from "../../offline/step";
import { changeLines } from "../changes";
import { shortType } from "../report";
import { type Html, html, NOTHING } from "./markup";

/** Changes that are shown unfolded; more would bury the tree. */
const MOST_OPEN = 12;
/** Resources side by side that stay as they are, beside others that change, and are shown unfolded. */
const MOST_SAME = 4;

export function resourceTree({ steps }: Preview): Html {
  const urns = new Set(steps.map(({ urn }) => urn));
  const children = new Map<string | undefined, Step[]>();
  for (const step of steps) {
    const parent = parentOf(step);
    const key = parent !== undefined && urns.has(parent) ? parent : undefined;
    const others = children.get(key);
    if (others === undefined) children.set(key, [step]);
    else others.push(step);
  }
  const open = steps.filter(isChange).length <= MOST_OPEN;
  const below = (parent: string | undefined): Step[] => children.get(parent) ?? [];
  const changing = new Map<string, boolean>();
  const changes = (step: Step): boolean => {
    const known = changing.get(step.urn);
    if (known !== undefined) return known;
    const found = isChange(step) || below(step.urn).some(changes);
    changing.set(step.urn, found);
    return found;
  };
  const node = (step: Step): Html => {
    const inner = [diff(step), list(below(step.urn))].filter((part) => part !== NOTHING);
    if (inner.length === 0) return html`<li><div class="row ${step.op}">${row(step)}</div></li>`;
    const unfolded = changes(step) && (open || parentOf(step) === undefined) ? " open" : "";
    return html`<li><details${unfolded}><summary class="row ${step.op}">${row(step)}</summary>${inner}</details></li>`;
  };
  const list = (nodes: readonly Step[]): Html => {
    const [changed, same] = [nodes.filter(changes), nodes.filter((step) => !changes(step))];
    if (nodes.length === 0) return NOTHING;
    if (changed.length === 0 || same.length <= MOST_SAME) return html`<ul>${nodes.map(node)}</ul>`;
    const rest = html`<li><details><summary class="row same">${same.length} unchanged</summary><ul>${same.map(node)}</ul></details></li>`;
    return html`<ul>${changed.map(node)}${rest}</ul>`;
  };
  return html`<div class="tree">${list(below(undefined))}</div>`;
}

/** What stays has no title: in a large stack nearly all does, and a page is to be sent. */
function row(step: Step): Html {
  const title = isChange(step) ? html` title="${step.type}"` : NOTHING;
  return html`<span class="op">${label(step)}</span><b>${step.name}</b><span class="type"${title}>${shortType(step.type)}</span>`;
}

function label(step: Step): string {
  if (!isChange(step)) return "";
  return step.mayChange ? "may change" : step.op;
}

const KINDS = { "+": "added", "-": "removed", "!": "remark", " ": "context" } as const;

function diff(step: Step): Html {
  const lines = isChange(step) ? changeLines(step) : [];
  if (lines.length === 0) return NOTHING;
  const shown = lines.map(({ mark, text }) => html`<span class="${KINDS[mark]}">${mark} ${text}</span>`);
  return html`<pre>${shown}</pre>`;
}
