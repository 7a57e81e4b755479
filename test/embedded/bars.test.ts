import assert from "node:assert/strict";
import pc from "picocolors";
import { bars } from "../../embedded/bars";

const plain = pc.createColors(false);

const filled = (line: string | undefined): number => (line?.match(/█/g) ?? []).length;

describe("bars", () => {
  it("draw each count as its share of a bar, with the number and the percentage", () => {
    assert.deepEqual(bars(new Map(Object.entries({ myapp: 3_000, "myapp-canary": 1_000 })), plain), [
      `myapp         ${"█".repeat(30)}${"░".repeat(10)}  3,000  75 %`,
      `myapp-canary  ${"█".repeat(10)}${"░".repeat(30)}  1,000  25 %`,
    ]);
  });

  it("show that something is there however small its share, and nothing for 0", () => {
    const [, few, none] = bars(
      new Map([
        ["a", 9_999],
        ["b", 1],
        ["c", 0],
      ]),
      plain,
    );
    assert.equal(filled(few), 1);
    assert.equal(filled(none), 0);
  });

  it("are empty when nothing was counted", () => {
    const [line] = bars(new Map([["a", 0]]), plain);
    assert.equal(filled(line), 0);
    assert.match(line ?? "", / 0 %$/);
  });
});
