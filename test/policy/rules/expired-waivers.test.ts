import assert from "node:assert/strict";
import { graph, said } from "../graphs";

const check = (until: string): string[] =>
  said("expired-waivers", graph([]), {
    waivers: [{ rule: "max-step", resource: "myapp", reason: "a launch", until }],
  });

describe("policy expired-waivers", () => {
  it("holds until a waiver's last day", () => {
    assert.deepEqual(check("2026-06-15"), []);
  });

  it("is broken the day after", () => {
    assert.deepEqual(check("2026-06-14"), [
      "the waiver of max-step for myapp ran out on 2026-06-14; set a later date, or remove the waiver",
    ]);
  });
});
