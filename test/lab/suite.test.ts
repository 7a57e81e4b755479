import assert from "node:assert/strict";
import { cut } from "../end-to-end/cut";
import { added, type Results, summary } from "../end-to-end/results";

describe("the end-to-end suite", () => {
  it("is cut into parts that take about as long, each file in one of them", () => {
    const files = ["a", "b", "c", "d", "e"];
    const seconds: Record<string, number> = { a: 10, b: 60, c: 30, d: 20, e: 55 };
    const parts = cut(files, 3, (file) => seconds[file] ?? 0);
    assert.deepEqual(parts, [["b"], ["e"], ["a", "c", "d"]]);
    assert.deepEqual(
      cut(["a"], 2, () => 1),
      [["a"], []],
    );
  });

  const results = (changes: Partial<Results>): Results => ({
    passing: 3,
    pending: 1,
    failing: [],
    flaky: [],
    files: {},
    figures: { requests: 10, failed: 0, kills: 1, switches: 0 },
    ...changes,
  });
  const timed = (...seconds: number[]): Results["files"] =>
    Object.fromEntries(seconds.map((one) => [`${one}.test.ts`, { tests: 1, seconds: one }]));

  it("adds up what its labs counted, and ends as mocha does, in one set of lines", () => {
    const all = added([
      results({ files: timed(1, 2, 200), flaky: [{ title: "a shift", error: "Error: 1 of 2\n    at x" }] }),
      results({ files: timed(30, 40, 50), failing: [{ title: "a split", error: "Error: 3" }] }),
    ]);
    assert.deepEqual(all.figures, { requests: 20, failed: 0, kills: 2, switches: 0 });
    const lines = summary(all, 725).split("\n");
    assert.deepEqual(
      lines.filter((line) => /^ *\d+ \w+( \(|$)/.test(line)),
      ["  6 passing (12 min 5 s)", "  2 pending", "  1 flaky", "  1 failing"],
    );
    assert.ok(lines.includes("  flaky: a shift") && lines.includes("    Error: 1 of 2"));
    assert.ok(lines.includes("  failed: a split"));
    assert.deepEqual(
      lines.filter((line) => line.endsWith(".test.ts")).map((line) => line.trim().split(/ {2,}/)[1]),
      ["200.test.ts", "50.test.ts", "40.test.ts", "30.test.ts", "2.test.ts"],
    );
  });
});
