/** What looks on at a rollout, made to fail in every way, twice: beside a failing canary and beside a healthy one. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { lastRollout } from "../../../rollout/journal/journal";
import { beginRollout } from "../../../rollout/machine/session";
import { openViews } from "../../../rollout/views";
import type { View } from "../../../rollout/views/view";
import { captured } from "../../cli/run";
import { StackOnDisk, sessionOf, TARGETS } from "./stack-on-disk";

const WAYS: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error("it broke");
  },
  "throws what is no error": () => {
    throw "a text";
  },
  "throws nothing": () => {
    throw undefined;
  },
  "fills the disk": () => {
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  },
  "answers with what never comes": () => new Promise(() => {}),
  "answers with what is refused later": () => Promise.reject(new Error("later")).catch(() => {}),
};

const FLAGS = { to: 100, steps: undefined, bakeSeconds: undefined, maxStep: undefined, approve: false };

describe("a rollout in which those who look on fail", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-beside-"));
    new StackOnDisk(folder).create();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const [way, fail] of Object.entries(WAYS)) {
    for (const [canary, failsAt, outcome, weight] of [
      ["failing", 25, "rolled-back", 0],
      ["healthy", Number.POSITIVE_INFINITY, "done", 100],
    ] as const) {
      it(`ends as it would have with a ${canary} canary, where a view, a notice or the page ${way}`, async () => {
        const session = sessionOf(folder, failsAt);
        let heard = 0;
        const listeners = [
          () => void fail(),
          () => {
            heard++;
          },
        ];
        const ran = await captured(async () => {
          const ended = await beginRollout(
            { ...session, parts: { ...session.parts, listeners } },
            TARGETS,
            FLAGS,
          );
          assert.equal(ended.outcome, outcome);
          return 0;
        });
        assert.equal(ran.code, 0);
        for (const one of Object.values(new StackOnDisk(folder).objects)) assert.equal(one, weight);
        assert.equal(lastRollout(session.files.journal).length, heard);
      });
    }
  }
});

describe("the views of a rollout", () => {
  it("go on where one of them can't be opened once a rollout is resumed, and are refused before one begins", async () => {
    const lines: string[] = [];
    const options = {
      ...{ report: "/no/such/folder/report.html", events: "/no/such/folder/events" },
      ...{ terminal: new PassThrough(), write: (line: string) => void lines.push(line) },
    };
    await assert.rejects(openViews({ ...options, past: [] }), /--events \/no\/such\/folder\/events/);
    const view: View = await openViews({
      ...options,
      past: [{ time: 1, type: "rolled-back", weights: {} }],
    });
    assert.equal(lines.length, 2);
    view.hear({ time: 2, type: "rolled-back", weights: {} });
    await view.close();
    assert.match(lines.at(-1) ?? "", /rolled back/);
  });
});
