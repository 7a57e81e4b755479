/** An app's traffic before and after, as a Mermaid diagram in the subset that GitHub and GitLab draw. */

import { mermaidLabel } from "../base/escape";
import { SIDE_LABELS, type Side } from "../components/aws/dns";
import { formatWeight } from "../components/traffic";
import {
  type AppShift,
  type AppSide,
  isShifted,
  type ShownVariant,
  shortImage,
  sideShift,
  variantShifts,
  versionsOf,
} from "../offline/audience";

/** Most apps in one diagram; more would be too small to read. */
const MOST_APPS = 4;

/** Lines of one diagram for all these apps; what changes has a bold frame. */
export function trafficDiagram(shifts: readonly AppShift[]): string[] {
  const shown = shifts.slice(0, MOST_APPS);
  const sides = (["before", "after"] as const).flatMap((side) => {
    const apps = shown.flatMap((shift, i) => sideLines(shift, side, `${side}${i}`));
    return apps.length === 0 ? [] : [`  subgraph ${side}`, "    direction LR", ...apps, "  end"];
  });
  const both = sides.filter((line) => line.startsWith("  subgraph")).length === 2;
  const bold = sides.some((line) => line.endsWith(":::changed"));
  return [
    "flowchart LR",
    ...sides,
    ...(both ? ["  before ==> after"] : []),
    ...(bold ? ["  classDef changed stroke-width:3px"] : []),
  ];
}

function sideLines(shift: AppShift, side: "before" | "after", id: string): string[] {
  const shown = shift[side];
  if (shown === undefined) return [];
  const hostMoved = shift.before !== undefined && shift.before.host !== shown.host;
  const changed = (yes: boolean): string => (yes && side === "after" ? ":::changed" : "");
  const names = variantShifts(shift)
    .filter(isShifted)
    .map(({ name }) => name);
  const head = `    ${id}(["${mermaidLabel(shown.host ?? shift.app)}"])${changed(hostMoved)}`;
  const edge = (from: string, share: number, label: string, to: string): string =>
    `    ${from} ${share === 0 ? "-.->" : "-->"}|"${label}"| ${to}`;
  const variant = (one: ShownVariant, i: number): string => {
    const { name, weight } = one;
    const label = [`${shift.app} ${name}`, ...new Set(versionsOf(one).map(shortImage))];
    const node = `${id}v${i}["${label.map(mermaidLabel).join("<br>")}"]`;
    return edge(id, weight.effective, shareLabel(weight), `${node}${changed(names.includes(name))}`);
  };
  const moved = sideShift(shift) !== undefined;
  const isShared = Object.keys(shown.sides).length > 1;
  const sides = Object.entries(shown.sides).map(([side, share]) => {
    const node = `${id}${side}["${SIDE_LABELS[side as Side]}"]`;
    return edge(id, share, mermaidLabel(formatWeight(share)), `${node}${changed(moved)}`);
  });
  return [head, ...(moved || isShared ? sides : []), ...shown.variants.map(variant)];
}

const shareLabel = ({ asked, effective }: AppSide["variants"][number]["weight"]): string => {
  const share = mermaidLabel(formatWeight(effective));
  return Math.abs(asked - effective) < 0.005
    ? share
    : `${share}<br>${mermaidLabel(`asked ${formatWeight(asked)}`)}`;
};
