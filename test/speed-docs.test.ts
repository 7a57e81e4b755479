import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { limits } from "./bench/limits";
import { recorded } from "./bench/recorded";
import { page, verdict } from "./bench/table";

describe("docs/speed.md", () => {
  it("has the figures that were recorded, each limit beside them", () => {
    const text = readFileSync(join(__dirname, "../docs/speed.md"), "utf8");
    assert.equal(text, page(recorded()));
    for (const limit of limits) assert.ok(text.includes(verdict(limit, recorded().figures)), limit.subject);
  });

  it("says met of what is at its limit, not met of what is above it, and pending of what was not measured", () => {
    const figures = (cpu: number) => ({ cpu, wall: 1, memory: 1, bytes: 1, runs: 1 });
    const limit = { subject: "a", figure: "cpu", most: 1.5, of: "b" } as const;
    const said = (a: number): string => verdict(limit, { a: figures(a), b: figures(2) });
    assert.equal(said(3), "at most 1.5 times b: 1.5, met");
    assert.equal(said(3.1), "at most 1.5 times b: 1.55, **not met**");
    assert.equal(verdict(limit, { b: figures(2) }), "at most 1.5 times b: pending");
    assert.equal(verdict(limit, { a: figures(2) }), "at most 1.5 times b: pending");
    assert.equal(
      verdict({ subject: "a", figure: "memory", most: 0.5 }, { a: figures(1) }),
      "at most 1 MB: 1 MB, **not met**",
    );
  });
});
