/** What looks on at a rollout, made to fail in every way, twice: beside a failing canary and beside a healthy one. */
import assert from "node:assert/strict";
import fs, { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { Heartbeat } from "../../../rollout/heartbeat/heartbeat";
import { readSign } from "../../../rollout/heartbeat/sign";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { lastRollout } from "../../../rollout/journal/journal";
import { beginRollout, resumeRollout, type Session } from "../../../rollout/machine/session";
import { openViews } from "../../../rollout/views";
import type { View } from "../../../rollout/views/view";
import { captured } from "../../cli/run";
import { TagsInMemory } from "../heartbeat/tags-in-memory";
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

const FLAGS = { to: 100, unjudged: true };

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

describe("a rollout whose heartbeat fails", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-beside-"));
    new StackOnDisk(folder).create();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A session whose signs go to these tags. */
  function sessionWith(tags: TagsInMemory, failsAt: number, lines: string[] = []): Session {
    const session = sessionOf(folder, failsAt);
    const clock = { ...session.parts.clock, now: Date.now };
    const note = (line: string): void => void lines.push(line);
    const heartbeat: Session["parts"]["heartbeat"] = (rollout, from) =>
      new Heartbeat({ tags, clock, heed: () => {}, note }, rollout, from);
    return { ...session, parts: { ...session.parts, heartbeat } };
  }

  const CANARIES = [
    ["failing", 25, "rolled-back", 0],
    ["healthy", Number.POSITIVE_INFINITY, "done", 100],
  ] as const;

  for (const [canary, failsAt, outcome, weight] of CANARIES) {
    for (const [way, fail] of Object.entries(WAYS)) {
      it(`ends as it would have with a ${canary} canary, where the backend ${way}, and says so once at most`, async () => {
        const [tags, lines] = [new TagsInMemory(), [] as string[]];
        tags.onSet = fail;
        const ended = await beginRollout(sessionWith(tags, failsAt, lines), TARGETS, FLAGS);
        assert.equal(ended.outcome, outcome);
        for (const one of Object.values(new StackOnDisk(folder).objects)) assert.equal(one, weight);
        assert.ok(lines.length <= 1, lines.join("\n"));
      });
    }

    it(`leaves its end in the tags with a ${canary} canary`, async () => {
      const tags = new TagsInMemory();
      await beginRollout(sessionWith(tags, failsAt), TARGETS, FLAGS);
      assert.equal(readSign(tags.values)?.end, outcome);
    });
  }
});

describe("a rollout that is resumed on a disk that is full", function () {
  this.timeout(60_000);

  it("goes on to its end, and says that the journal could not be written", async () => {
    const folder = mkdtempSync(join(tmpdir(), "canary-beside-"));
    const stack = new StackOnDisk(folder).create();
    const session = sessionOf(folder);
    const stop = new AbortController();
    const listeners = [({ type }: RolloutEvent) => void (type === "shifted" && stop.abort("stopped"))];
    const first = { ...session, parts: { ...session.parts, listeners }, stop: stop.signal };
    assert.equal((await beginRollout(first, TARGETS, FLAGS)).outcome, "stopped");
    const own = { writeFileSync: fs.writeFileSync, openSync: fs.openSync };
    const isJournal = (file: unknown): boolean => String(file).includes(".canary");
    const full = (): never => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    };
    Object.assign(fs, {
      writeFileSync: (...args: Parameters<typeof fs.writeFileSync>) =>
        isJournal(args[0]) ? full() : own.writeFileSync(...args),
      openSync: (...args: Parameters<typeof fs.openSync>) =>
        isJournal(args[0]) && args[1] !== "r" ? full() : own.openSync(...args),
    });
    try {
      const ran = await captured(async () => {
        const { outcome, reason } = await resumeRollout(session, false);
        assert.equal(outcome, "done", reason);
        assert.match(reason, /; the journal could not be written: ENOSPC/);
        return 0;
      });
      assert.match(ran.stderr, /^warning: the journal can't be written \(ENOSPC/m);
      assert.deepEqual(Object.values(stack.objects), [100, 100]);
    } finally {
      Object.assign(fs, own);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the views of a rollout", () => {
  it("go on where one of them can't be opened once a rollout is resumed, and are refused before one begins", async () => {
    const lines: string[] = [];
    const options = {
      report: "/no/such/folder/report.html",
      events: "/no/such/folder/events",
      terminal: new PassThrough(),
      write: (line: string) => void lines.push(line),
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
