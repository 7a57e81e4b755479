import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import pc from "picocolors";
import { readSettings } from "../../cli/settings";
import type { Period } from "../../embedded/cluster";
import { type Story, tellStory } from "../../embedded/story";
import { complaintsOf, countLines } from "../../embedded/story-counts";
import type { RolloutEvent } from "../../rollout/journal/events";
import { plainView } from "../../rollout/views/plain";
import { hasty } from "./hasty";

const foldersLeft = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("canary-demo-"));

describe("the demo's rollouts", () => {
  let lines: string[];
  let events: RolloutEvent[];
  let interrupt: AbortController;
  beforeEach(() => {
    [lines, events, interrupt] = [[], [], new AbortController()];
  });

  const story = (change: Partial<Story> = {}): Story => ({
    router: "traefik",
    clock: hasty(8),
    colors: pc.createColors(false),
    print: (line) => lines.push(line),
    openScreen: async () => plainView((line) => lines.push(line)),
    listeners: [(event) => events.push(event)],
    settingsOf: readSettings,
    promote: async () => 0,
    signal: interrupt.signal,
    ...change,
  });

  it("end when they are interrupted, and leave neither a server nor a file", async () => {
    const before = foldersLeft();
    const told = tellStory(
      story({ listeners: [({ type }) => type === "judged" && interrupt.abort(new Error("Ctrl-C"))] }),
    );
    await assert.rejects(told, { message: "Ctrl-C" });
    assert.deepEqual(foldersLeft(), before);
    // Node reports a close shortly after it.
    while (process.getActiveResourcesInfo().includes("TCPServerWrap")) await sleep(5);
  });

  it("fail where the fixed version is not promoted", async () => {
    assert.equal(await tellStory(story({ promote: async () => 1 })), false);
    assert.match(lines.at(-1) ?? "", /^Failed: appinfo:3 was not promoted\.$/);
    const endings = events.flatMap((event) => (event.type === "ended" ? [event.outcome] : []));
    assert.deepEqual(endings, ["rolled-back", "done"]);
  }).timeout(60_000);
});

describe("the counts of the demo's rollouts", () => {
  const period = (canary: string, weight: number, primaries: number, canaries: number): Period => ({
    weights: { appinfo: 100 - weight, "appinfo-canary": weight },
    images: new Map([
      ["appinfo", "appinfo:1"],
      ["appinfo-canary", canary],
    ]),
    answered: new Map([
      ["appinfo", primaries],
      ["appinfo-canary", canaries],
    ]),
  });
  const tally = (errors: number, others = 0) => ({
    answered: new Map([["appinfo:1", 1050]]),
    failed: new Map([
      ["status 500", errors],
      ...(others > 0 ? ([["read ECONNRESET", others]] as const) : []),
    ]),
  });
  const periods = [
    period("appinfo:2", 0, 150, 0),
    period("appinfo:2", 25, 750, 250),
    period("appinfo:2", 0, 150, 0),
  ];

  it("are told by version and weight", () => {
    assert.deepEqual(countLines(periods, tally(250)), [
      "",
      "What the canary got of the requests:",
      "  appinfo:2 at 0 %   ░░░░░░░░░░░░░░░░░░░░      0 of 300",
      "  appinfo:2 at 25 %  █████░░░░░░░░░░░░░░░  250 of 1,000",
      "Users had 1,050 answers of appinfo:1, and 250 errors of appinfo:2.",
      "",
    ]);
  });

  it("are right where each is its weight's, and users met no other error", () => {
    assert.deepEqual(complaintsOf(periods, tally(250)), []);
  });

  it("are off by a single request beyond the weight's", () => {
    const off = [...periods.slice(0, 2), period("appinfo:2", 0, 150, 1)];
    assert.deepEqual(complaintsOf(off, tally(251)), ["the counts of appinfo:2 at 0 % are not the weight's"]);
  });

  it("are off where users met more errors than the broken version made, or others", () => {
    assert.deepEqual(complaintsOf(periods, tally(251)), ["users met 251 errors, and appinfo:2 made 250"]);
    assert.deepEqual(complaintsOf(periods, tally(250, 2)), ["2 other requests failed"]);
  });
});
