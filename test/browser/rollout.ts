/** A rollout that goes on in real time, with its page and its report, of a stack that is a folder. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../analysis/clock";
import type { MetricVerdict } from "../../analysis/verdict";
import { rolloutFiles } from "../../rollout/journal/journal";
import { beginRollout, type Parts, type Session } from "../../rollout/machine/session";
import type { Ended } from "../../rollout/machine/world";
import { openViews } from "../../rollout/views";
import { parseSettings } from "../../stacks/settings";
import { StackOnDisk, TARGETS } from "../rollout/machine/stack-on-disk";
import { dev } from "../stacks/raw";

const apps = {
  myapp: {},
  shop: { host: "shop.example.com", image: "shop:1.0.0", canaryImage: "shop:1.1.0" },
};
const metrics = [
  { name: "success rate", unit: "%", query: "$.success", better: "higher", threshold: 99 },
  { name: "latency", unit: "ms", query: "$.latency", better: "lower", threshold: 300 },
];
/** What a source may answer with, and a page must not take for its own. */
export const MARKUP = '<img src="x" onerror="document.title = 1">';

export interface RolloutUnderWay {
  /** The page's. */
  readonly address: string;
  /** File of the report. */
  readonly report: string;
  readonly stack: StackOnDisk;
  readonly ended: Promise<Ended>;
  /** Ends it, whatever it waits for. */
  remove(): Promise<void>;
}

const settings = parseSettings(
  dev({
    apps,
    policies: { maxStep: 100 },
    rollout: {
      steps: [5, 25, 100],
      approvals: [25],
      bakeSeconds: 2,
      analysis: { intervalSeconds: 1, metrics: metrics.map((metric) => ({ ...metric, source: "http" })) },
      sources: { http: { url: "http://metrics.example.com" } },
    },
  }),
);

/** Rolls out to 100 % by three steps of two seconds, the second of which needs an approval. */
export async function beginWithPage(): Promise<RolloutUnderWay> {
  const folder = mkdtempSync(join(tmpdir(), "canary-browser-"));
  const report = join(folder, "report.html");
  const stack = new StackOnDisk(folder).create();
  const files = rolloutFiles(folder, "dev");
  const lines: string[] = [];
  const views = await openViews({
    past: [],
    report,
    ui: { stack: "dev", answer: files.answer },
    terminal: new Writable(),
    write: (line) => lines.push(line),
  });
  const stop = new AbortController();
  const parts: Parts = {
    clock: systemClock,
    shifter: () => stack,
    analyse: () => async () => ({ time: Date.now(), outcome: "pass", metrics: verdicts() }),
    approvals: [],
    listeners: [views.hear],
  };
  const session: Session = { stack: "dev", settings, files, parts, stop: stop.signal };
  const ended = beginRollout(session, TARGETS, { to: 100 }).finally(views.close);
  const address = (): string | undefined => /http\S+/.exec(lines.join(" "))?.[0];
  while (address() === undefined) await sleep(10);
  return {
    address: address() ?? "",
    report,
    stack,
    ended,
    async remove() {
      stop.abort("the test is over");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function verdicts(): MetricVerdict[] {
  const time = Date.now();
  return TARGETS.flatMap(({ app, canary }) =>
    metrics.map(({ name, query, unit }): MetricVerdict => {
      const [canaryValue, baselineValue] = unit === "%" ? [99.6, 99.8] : [128 + (time % 40), 131];
      return {
        app,
        canary,
        metric: name,
        outcome: "pass",
        canaryValue,
        baselineValue,
        ...{
          canarySamples: [{ time, value: canaryValue }],
          baselineSamples: [{ time, value: baselineValue }],
        },
        reason: `canary ${canaryValue} ${unit}, primary ${baselineValue} ${unit} ${MARKUP}`,
        look: query,
      };
    }),
  );
}
