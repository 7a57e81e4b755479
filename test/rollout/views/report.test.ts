import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { courseOf } from "../../../rollout/views/course";
import { eventsFile, reportFile } from "../../../rollout/views/files";
import { reportPage } from "../../../rollout/views/report";
import { exampleEvents } from "./example";

const pageOf = (events: readonly RolloutEvent[], now = events.at(-1)?.time ?? 0): string =>
  reportPage([courseOf(events) ?? assert.fail()], now);

const documentOf = (page: string) => parseHTML(page).document;

const textsOf = (page: string, selector: string): string[] =>
  [...documentOf(page).querySelectorAll(selector)].map(({ textContent }) => textContent?.trim() ?? "");

describe("the report on a rollout", () => {
  const page = pageOf(exampleEvents());

  it("says the outcome and the reason up front", () => {
    assert.deepEqual(textsOf(page, "title"), ["Rollout of myapp/canary (prod): rolled back"]);
    assert.deepEqual(textsOf(page, ".outcome.rolled-back strong"), ["rolled back"]);
    assert.match(
      textsOf(page, ".outcome span")[0] ?? "",
      /200 errors in 1,000 requests; 1 would be expected: 20 % worse$/,
    );
  });

  it("says what became of each step", () => {
    const states = textsOf(page, ".steps li").map((text) => text.replace(/\s+/g, " "));
    assert.deepEqual(states, [
      "step 1 5 % passed bakes 1 min",
      "step 2 25 % failed bakes 1 min",
      "step 3 100 % not taken bakes 1 min",
    ]);
  });

  it("draws the weight and each metric, and says in words what there is to see", () => {
    const labels = [...documentOf(page).querySelectorAll("svg.at-wide")].map((svg) =>
      svg.getAttribute("aria-label"),
    );
    assert.deepEqual(labels, [
      "Weight over time: 0 %, then 5 %, then 25 %, then 0 %",
      "success rate of myapp/canary over time: at last canary 80 %, primary 99.95 %",
      "latency of myapp/canary over time: at last canary 195.6 ms, primary 190 ms",
    ]);
    assert.ok(
      [...documentOf(page).querySelectorAll("svg.at-wide")].every(
        (svg) => svg.getAttribute("role") === "img",
      ),
    );
  });

  it("marks failed judgements, those that were none, and the threshold", () => {
    const [, successRate, latency] = [...documentOf(page).querySelectorAll("svg.at-wide")];
    assert.equal(successRate?.querySelectorAll("g.fail path").length, 1);
    assert.equal(successRate?.querySelectorAll("g.hold circle, g.hold path").length, 2);
    assert.equal(latency?.querySelectorAll("g.hold circle, g.hold path").length, 1);
    assert.match(successRate?.textContent ?? "", /threshold 99 %/);
  });

  it("lists every judgement with values, reason, and where to look", () => {
    const rows = documentOf(page).querySelectorAll("tbody tr");
    assert.equal(rows.length, 10);
    const cells = [...(rows[4]?.querySelectorAll("td") ?? [])].map(({ textContent }) => textContent?.trim());
    assert.deepEqual(cells.slice(1), [
      ...["25 %", "success rate", "98 %", "99.95 %", "not clear"],
      "canary 20 errors in 1,000 requests; 1 would be expected: 2 % worse, perhaps by chance " +
        "evidence that it is worse: 240 of 900; that it is not: <0.01 of 20",
      "prometheus.example.com/graph",
    ]);
    assert.equal(
      rows[4]?.querySelector("a")?.getAttribute("href"),
      "https://prometheus.example.com/graph?g0.expr=up",
    );
  });

  it("shows the evidence towards either end as bars with their limits, and no probability of chance", () => {
    const meters = [...documentOf(page).querySelectorAll("meter")].map((meter) =>
      meter.getAttribute("value"),
    );
    assert.deepEqual(meters, ["1.000", "0.000"]);
    assert.deepEqual(textsOf(page, ".evidence label"), [
      "evidence that it is worse  2,400 of 900",
      "evidence that it is no worse  <0.01 of 20",
    ]);
    assert.doesNotMatch(page, /probability/);
  });

  for (const look of ["sum(rate(x[1m]))", "javascript:alert(1)", "file:///etc/passwd"]) {
    it(`makes no link of ${look}`, () => {
      const page = pageOf(exampleEvents({ look }));
      assert.equal(documentOf(page).querySelectorAll("a").length, 0);
      assert.equal(textsOf(page, "tbody code")[0], look);
    });
  }

  it("takes no markup from what others wrote", () => {
    const metric = `<img src=x onerror=alert(1)>"'&lt;`;
    const page = pageOf(exampleEvents({ metric, look: metric }));
    assert.equal(documentOf(page).querySelector("img, script, [onerror]"), null);
    assert.equal(textsOf(page, "tbody td:nth-child(3)")[0], metric);
  });

  it("needs nothing from elsewhere and runs nothing", () => {
    const addresses = page.match(/(src|href|url\()[=("']*[a-z]+:[^"')]*/g) ?? [];
    assert.ok(
      addresses.every((address) => address.startsWith('href="https://prometheus.example.com')),
      String(addresses),
    );
    assert.equal(documentOf(page).querySelector("script, link, img"), null);
    assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
  });

  it("names whom the canary was compared with", () => {
    const heads = (page: string) => textsOf(page, "th").slice(3, 5);
    assert.deepEqual(heads(page), ["canary", "primary"]);
    const beside = exampleEvents().map((event) =>
      event.type !== "judged"
        ? event
        : {
            ...event,
            verdict: {
              ...event.verdict,
              metrics: event.verdict.metrics.map((metric) => ({ ...metric, baseline: "baseline" })),
            },
          },
    );
    assert.deepEqual(heads(pageOf(beside)), ["canary", "baseline"]);
    assert.match(pageOf(beside), /aria-label="success rate .* at last canary 80 %, baseline 99\.95 %"/);
  });

  it("is for light and dark", () => {
    assert.match(page, /prefers-color-scheme: dark/);
  });

  it("tells of a rollout that goes on, and of one that judged nothing", () => {
    const [begun] = exampleEvents();
    const page = pageOf(begun ? [begun] : [], (begun?.time ?? 0) + 5000);
    assert.deepEqual(textsOf(page, ".outcome strong"), ["goes on"]);
    assert.match(page, /Nothing was judged/);
  });

  it("tells of several apps one by one", () => {
    const events = exampleEvents();
    const begun = events[0];
    assert.ok(begun?.type === "begun");
    const targets = [...begun.plan.targets, { app: "shop", canary: "canary" }] as const;
    const from = { "myapp/canary": 0, "shop/canary": 5 };
    const page = pageOf([{ ...begun, plan: { ...begun.plan, targets: [...targets] as never }, from }]);
    assert.match(textsOf(page, "h1")[0] ?? "", /myapp\/canary, shop\/canary/);
    assert.equal(documentOf(page).querySelectorAll("figure").length, 5);
  });
});

describe("the files of a rollout", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-views-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const events = exampleEvents();

  it("have every event as a line, after what was there", () => {
    const file = join(folder, "events.jsonl");
    writeFileSync(file, "before\n");
    const view = eventsFile(file);
    for (const event of events) view.hear(event);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    assert.deepEqual(
      lines.slice(1).map((line) => JSON.parse(line)),
      JSON.parse(JSON.stringify(events)),
    );
  });

  it("have the report at the end, in one piece, and nothing before", async () => {
    const file = join(folder, "report.html");
    const view = reportFile(file, [], () => 0);
    for (const event of events) view.hear(event);
    assert.deepEqual(readdirSync(folder), []);
    await view.close();
    assert.equal(readFileSync(file, "utf8"), pageOf(events));
    assert.deepEqual(readdirSync(folder), ["report.html"]);
  });

  it("have the whole of a rollout that was resumed", async () => {
    const file = join(folder, "report.html");
    const view = reportFile(file, events.slice(0, 6), () => 0);
    for (const event of events.slice(6)) view.hear(event);
    await view.close();
    assert.equal(readFileSync(file, "utf8"), pageOf(events));
  });

  it("have the report on one rollout after the other", async () => {
    const file = join(folder, "report.html");
    const view = reportFile(file, [], () => 0);
    for (const event of [...events, ...events.slice(0, 4)]) view.hear(event);
    await view.close();
    const outcomes = textsOf(readFileSync(file, "utf8"), "article .outcome strong");
    assert.deepEqual(outcomes, ["rolled back", "goes on"]);
  });

  it("have no report where nothing began", async () => {
    await reportFile(join(folder, "report.html"), [], () => 0).close();
    assert.deepEqual(readdirSync(folder), []);
  });

  const wrong: readonly [string, (file: string) => unknown][] = [
    ["--events", eventsFile],
    ["--report", (file) => reportFile(file, [], () => 0)],
  ];
  for (const [option, open] of wrong) {
    it(`are refused before anything happens where ${option} has no folder or is one`, () => {
      const allowed = "allowed: a file that can be written, in a folder that is there";
      const missing = join(folder, "nope", "file");
      assert.throws(() => open(missing), {
        message: `${option} ${missing}: ENOENT: no such file or directory; ${allowed}`,
      });
      assert.throws(
        () => open(folder),
        (error: Error) => error.message.startsWith(`${option} ${folder}: EISDIR: `),
      );
      assert.throws(
        () => open(""),
        (error: Error) => error.message.startsWith(`${option} : `),
      );
    });
  }
});
