/** `npm run figure`: draws what the suite has measured last, the split over time across shifts, for the README. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { answers, counts, failures, total } from "../../lab/load/tally";
import { type Measurement, readMeasurement } from "./measurement";

const FILE = resolve(__dirname, "../../docs/figures/shift.svg");
/** Shifts that the figure shows: the first ones. */
const SHIFTS = 8;
const FROM_SECONDS = -1;

/** Colours that are told apart, and from their background, in light and dark. */
const STYLE = `
  .figure { color: #1f2328; }
  .asked { color: #8250df; }
  .measured { color: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    .figure { color: #e6edf3; }
    .asked { color: #d2a8ff; }
    .measured { color: #56d364; }
  }
`;

function figure({ shifts, windows }: Measurement): string {
  const begin = shifts[0]?.asked ?? 0;
  const end = shifts[SHIFTS]?.asked ?? windows.at(-1)?.start ?? 0;
  const seconds = (time: number): number => (time - begin) / 1000;
  const from = begin + FROM_SECONDS * 1000;
  const shown = windows.filter(({ start }) => start >= from && start < end);
  const measured = shown.map((window) => ({
    time: seconds(window.start),
    share: ((answers(window.counts).canary ?? 0) / total(window.counts)) * 100,
  }));
  const steps = [
    { time: FROM_SECONDS, weight: 0 },
    ...shifts.slice(0, SHIFTS).map(({ asked, weight }) => ({ time: seconds(asked), weight })),
  ];
  const last = { time: seconds(end), weight: steps.at(-1)?.weight ?? 0 };
  const counted = counts({ windows: shown });

  const summary = `${total(counted).toLocaleString("en")} requests, ${total(failures(counted)).toLocaleString("en")} failed`;

  const { document } = parseHTML("<html></html>");
  const svg = Plot.plot({
    document,
    className: "figure",
    width: 820,
    height: 300,
    marginTop: 36,
    marginLeft: 50,
    style: { fontSize: "12px" },
    x: { label: "seconds", domain: [FROM_SECONDS, last.time] },
    y: { label: null, domain: [0, 100], ticks: 5, grid: true, tickFormat: (share: number) => `${share} %` },
    marks: [
      Plot.line([...steps, last], {
        x: "time",
        y: "weight",
        curve: "step-after",
        stroke: "currentColor",
        strokeWidth: 2,
        className: "asked",
      }),
      Plot.dot(measured, { x: "time", y: "share", r: 2, fill: "currentColor", className: "measured" }),
      title("━ canary's weight", { frameAnchor: "top-left", className: "asked" }),
      title("● its share of requests, every 100 ms", {
        frameAnchor: "top-left",
        dx: 130,
        className: "measured",
      }),
      title(summary, { frameAnchor: "top-right" }),
    ],
  });
  const style = document.createElement("style");
  style.textContent = STYLE;
  svg.append(style);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return svg.outerHTML;
}

/** A line of text above the frame. */
function title(text: string, options: Plot.TextOptions): Plot.Text {
  return Plot.text([text], { dy: -24, fill: "currentColor", ...options });
}

mkdirSync(dirname(FILE), { recursive: true });
writeFileSync(FILE, `${figure(readMeasurement())}\n`);
