import assert from "node:assert/strict";
import { together } from "../../../rollout/views/together";
import type { View } from "../../../rollout/views/view";

const EVENT = { time: 0, type: "interrupted", reason: "Ctrl-C" } as never;

/** A view that keeps what it was told, with parts of it replaced. */
function kept(change: Partial<View> = {}): View & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    hear: () => void lines.push("event"),
    note: (line) => void lines.push(line),
    close: () => void lines.push("closed"),
    ...change,
  };
}

const broken = (what: string) => (): never => {
  throw new Error(what);
};

describe("the views of a rollout together", () => {
  it("close though one never does, and say so", async () => {
    const [screen, file] = [kept(), kept()];
    const never = kept({ close: () => new Promise<void>(() => {}) });
    await together(screen, [never, file], 20).close();
    assert.deepEqual(file.lines, ["closed"]);
    assert.deepEqual(screen.lines, ["warning: a view did not answer within 0 s", "closed"]);
  });

  it("close side by side, the screen last", async () => {
    const screen = kept();
    let closing = 0;
    let free = (): void => {};
    const allBegun = new Promise<void>((done) => {
      free = done;
    });
    const patient = (): View =>
      kept({
        close: () => {
          closing += 1;
          if (closing === 3) free();
          return allBegun;
        },
      });
    await together(screen, [patient(), patient(), patient()], 1000).close();
    assert.deepEqual(screen.lines, ["closed"]);
  });

  it("go on hearing, noting and closing though one throws", async () => {
    const [screen, file] = [kept(), kept()];
    const bad = kept({ hear: broken("full"), note: broken("full"), close: broken("full") });
    const all = together(screen, [bad, file], 20);
    all.hear(EVENT);
    all.note("a line");
    await all.close();
    assert.deepEqual(file.lines, ["event", "a line", "closed"]);
    assert.deepEqual(screen.lines, ["event", "warning: full", "a line", "warning: full", "closed"]);
  });

  it("close though the screen itself throws or hangs", async () => {
    const file = kept();
    const screen = kept({
      note: broken("gone"),
      hear: broken("gone"),
      close: () => new Promise<void>(() => {}),
    });
    const all = together(screen, [kept({ close: broken("full") }), file], 20);
    all.hear(EVENT);
    await all.close();
    assert.deepEqual(file.lines, ["event", "closed"]);
  });
});
