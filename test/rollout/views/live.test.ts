import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import pc from "picocolors";
import sparkly from "sparkly";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { type Course, courseOf } from "../../../rollout/views/course";
import { type FrameOptions, frame } from "../../../rollout/views/frame";
import { isLive, type LiveOptions, liveView } from "../../../rollout/views/live";
import { eventLines } from "../../../rollout/views/plain";
import { exampleEvents, examplePlan } from "./example";
import { Screen } from "./screen";

const colors = pc.createColors(false);
const EVENTS = exampleEvents();

const courseUntil = (count: number, events: readonly RolloutEvent[] = EVENTS): Course =>
  courseOf(events.slice(0, count)) ?? assert.fail();

function shown(course: Course, change: Partial<FrameOptions> = {}): string[] {
  const size = { columns: 100, rows: 30, now: course.time, colors, messages: [], sparkline: sparkly };
  return frame(course, { ...size, ...change });
}

const countOf = (type: RolloutEvent["type"], last = false): number => {
  const types = EVENTS.map((event) => event.type);
  return (last ? types.lastIndexOf(type) : types.indexOf(type)) + 1;
};

describe("a picture of a rollout", () => {
  it("shows the steps, the weight, the bake, each metric of both variants, and what happened", () => {
    const course = courseUntil(countOf("judged", true) - 1);
    const messages = EVENTS.slice(0, 4).flatMap(eventLines);
    const lines = shown(course, { now: course.time + 6000, messages });
    const docs = readFileSync(join(__dirname, "../../../docs/rollout.md"), "utf8");
    assert.ok(
      docs.includes(`\n${lines.join("\n")}\n`),
      `docs/rollout.md does not show this:\n${lines.join("\n")}`,
    );
  });

  it("shows how far a bake has come and how long it takes", () => {
    const course = courseUntil(countOf("observed"));
    const bar = (seconds: number) => shown(course, { now: course.time + seconds * 1000 })[4];
    assert.equal(bar(0), `  ${"░".repeat(50)}  1 min left`);
    assert.equal(bar(30), `  ${"█".repeat(25)}${"░".repeat(25)}  30 s left`);
  });

  it("shows a weight that is asked for and not there yet", () => {
    assert.equal(shown(courseUntil(countOf("shifting")))[3], "  weight myapp/canary 0 % -> 5 %");
  });

  it("says how to approve", () => {
    const course = courseOf([
      ...EVENTS.slice(0, 4),
      { time: EVENTS[3]?.time ?? 0, type: "approval-awaited", step: 1 },
    ]);
    const lines = shown(course ?? assert.fail());
    assert.equal(lines[2], "  step 2 of 3 (25 %) waits for an approval");
    assert.ok(lines.includes("  to go on:   canary approve -s prod"));
    assert.ok(lines.includes("  to go back: canary abort -s prod"));
  });

  it("fits a terminal of any size", () => {
    const long = exampleEvents({ metric: "a name that is longer than anybody would wish for ".repeat(4) });
    const messages = long.flatMap(eventLines);
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 200 }),
        fc.integer({ min: 2, max: 60 }),
        fc.integer({ min: 1, max: long.length }),
        (columns, rows, count) => {
          const lines = shown(courseUntil(count, long), { columns, rows, messages });
          assert.ok(lines.length < rows || lines.length === 1);
          assert.ok(lines.every((line) => line.length < columns));
        },
      ),
    );
  });

  it("leaves out metrics that passed where there is no room for all", () => {
    const metrics = Array.from({ length: 9 }, (_, i) => ({
      ...examplePlan.analysis.metrics[1],
      name: `m${i}`,
    }));
    const plan = { ...examplePlan, analysis: { ...examplePlan.analysis, metrics } } as typeof examplePlan;
    const verdict = (name: string, outcome: "pass" | "fail") => ({
      app: "myapp",
      canary: "canary",
      metric: name,
      outcome,
      reason: "because",
      look: "",
      canarySamples: [],
      baselineSamples: [],
    });
    const course = courseOf([
      { time: 0, type: "begun", id: "one", plan, from: { "myapp/canary": 0 } },
      {
        time: 1,
        type: "judged",
        step: 0,
        verdict: {
          time: 1,
          outcome: "fail",
          metrics: metrics.map(({ name }) => verdict(name, name === "m7" ? "fail" : "pass")),
        },
      },
    ]);
    const lines = shown(course ?? assert.fail(), { rows: 10 });
    assert.equal(lines.length, 8);
    assert.match(lines[6] ?? "", /m7 .*✖ fail/);
  });

  it("takes no orders from what others wrote", () => {
    const events = exampleEvents({ metric: "rate\u001b[2J\u0007" });
    const text = shown(courseUntil(events.length, events), { messages: ["\u001b[31mred"] }).join("\n");
    assert.equal(text.includes("\u001b"), false);
    assert.match(text, /rate\\u001b\[2J/);
  });
});

describe("the live view", () => {
  const options = (change: Partial<LiveOptions> = {}): LiveOptions => ({
    past: [],
    colors,
    now: () => EVENTS.at(-1)?.time ?? 0,
    ...change,
  });

  it("shows after each event what a picture of it would, and nothing else, whatever the time", async () => {
    const milliseconds = fc.array(fc.nat(60_000), { minLength: EVENTS.length, maxLength: EVENTS.length });
    await fc.assert(
      fc.asyncProperty(milliseconds, async (later) => {
        const screen = new Screen();
        let now = 0;
        const view = await liveView(screen, options({ now: () => now }));
        for (const [i, event] of EVENTS.entries()) {
          now = event.time + (later[i] ?? 0);
          view.hear(event);
          const messages = EVENTS.slice(0, i + 1).flatMap(eventLines);
          const expected = shown(courseUntil(i + 1), { messages, now });
          assert.deepEqual(screen.lines.slice(0, expected.length), expected);
          assert.equal(screen.lines.slice(expected.length).join(""), "");
        }
        const height = shown(courseUntil(EVENTS.length), { messages: EVENTS.flatMap(eventLines) }).length;
        await view.close();
        screen.write("closing line\n");
        assert.equal(screen.lines[height], "closing line");
      }),
      { numRuns: 50 },
    );
  });

  it("stands where it stood when its bar goes away", async () => {
    const screen = new Screen();
    const time = EVENTS[3]?.time ?? 0;
    const view = await liveView(screen, options({ now: () => time }));
    const stopped = { time, type: "ended", outcome: "stopped", reason: "stopped by Ctrl-C" } as const;
    for (const event of [...EVENTS.slice(0, 4), stopped]) view.hear(event);
    await view.close();
    screen.write("stopped\n");
    assert.deepEqual(screen.lines.slice(-3), ["  12:00:00 observed myapp/canary 5 %", "stopped", ""]);
  });

  it("leaves notes above the picture, whole", async () => {
    const screen = new Screen();
    const view = await liveView(screen, options());
    for (const [i, event] of EVENTS.entries()) {
      view.note(`note ${i}`);
      view.hear(event);
    }
    await view.close();
    const notes = EVENTS.map((_, i) => `note ${i}`);
    assert.deepEqual(screen.lines.slice(0, notes.length), notes);
    assert.match(screen.lines[notes.length] ?? "", /^Rollout of myapp\/canary/);
    assert.equal(screen.text.match(/Rollout of/g)?.length, 1);
  });

  it("ends with the last picture, and leaves the line after it free", async () => {
    const screen = new Screen();
    const view = await liveView(screen, options());
    for (const event of EVENTS) view.hear(event);
    await view.close();
    screen.write("rolled back: because\n");
    assert.equal(screen.lines[2], "  rolled back");
    assert.deepEqual(screen.lines.slice(-2), ["rolled back: because", ""]);
  });

  it("goes on with time alone, writes nothing where nothing changed, and is still after the end", async () => {
    const screen = new Screen();
    let now = EVENTS[3]?.time ?? 0;
    const view = await liveView(screen, options({ now: () => now }));
    for (const event of EVENTS.slice(0, 4)) view.hear(event);
    const before = screen.changes;
    await sleep(600);
    assert.equal(screen.changes, before);
    now += 30_000;
    await sleep(600);
    assert.match(screen.text, /30 s left/);
    await view.close();
    const after = screen.changes;
    now += 10_000;
    await sleep(600);
    assert.equal(screen.changes, after);
  });

  it("goes on while a program that is looked at has stdout", async () => {
    const screen = new Screen();
    const view = await liveView(screen, options());
    const { write } = screen;
    screen.write = () => assert.fail("was written to");
    for (const event of EVENTS) view.hear(event);
    screen.write = write;
    await view.close();
    assert.equal(screen.lines[2], "  rolled back");
  });

  it("tells a resumed rollout from its begin", async () => {
    const screen = new Screen();
    const past = EVENTS.slice(0, countOf("observed", true));
    const view = await liveView(screen, options({ past }));
    view.hear({
      time: EVENTS.at(-1)?.time ?? 0,
      type: "resumed",
      id: "one",
      applied: { "myapp/canary": 25 },
    });
    assert.match(screen.text, /✔ 5 % {3}▶ 25 %/);
    assert.match(screen.text, /resumed at myapp\/canary 25 %/);
    await view.close();
  });

  it("fits a terminal that changes its size", async () => {
    const screen = new Screen();
    const view = await liveView(screen, options());
    for (const event of EVENTS) view.hear(event);
    screen.columns = 60;
    screen.rows = 12;
    screen.emit("resize");
    assert.ok(screen.lines.every((line) => line.length < 60));
    assert.ok(screen.text.trimEnd().split("\n").length < 12);
    await view.close();
  });

  const terminals: readonly [string, boolean | undefined, NodeJS.ProcessEnv, boolean][] = [
    ["a terminal", true, { TERM: "xterm-256color" }, true],
    ["a file or a pipe", undefined, { TERM: "xterm-256color" }, false],
    ["a terminal that takes no escape codes", true, { TERM: "dumb" }, false],
    ["a terminal of a CI server", true, { TERM: "xterm-256color", CI: "true" }, false],
  ];
  for (const [name, isTTY, env, expected] of terminals) {
    it(`is ${expected ? "" : "not "}for ${name}`, () => {
      assert.equal(isLive(Object.assign(new Screen(), { isTTY }) as unknown as Screen, env), expected);
    });
  }
});
