import assert from "node:assert/strict";
import type { JSONValue } from "json-p3";
import { measuredIn, samplesAt } from "../../../analysis/sources/json-values";
import { metric } from "./server";

describe("the values at a JSONPath", () => {
  it("are those that a pattern finds", () => {
    const json = [
      { name: "a1", value: 1 },
      { name: "b", value: 2 },
    ];
    assert.deepEqual(samplesAt("$[?match(@.name, 'a[0-9]')].value", json, 5), [{ time: 5, value: 1 }]);
  });

  it("are given up where a pattern would take for ever on the answer", () => {
    const json = [{ name: `${"a".repeat(60)}!`, value: 1 }];
    assert.throws(() => samplesAt("$[?match(@.name, '(a*)*b')].value", json, 5), {
      message: "$[?match(@.name, '(a*)*b')].value takes longer than 1000 ms on the answer",
    });
  });
});

describe("what a metric comes to in JSON", () => {
  const measured = (json: JSONValue, of?: string) =>
    measuredIn({ ...metric("$.bad"), of }, json, { from: 1000, to: 9000 });

  it("is a value of the time of asking, or a list of values since the window's begin", () => {
    assert.deepEqual(measured({ bad: 3 }), { samples: [{ time: 9000, value: 3 }], isMomentary: true });
    assert.equal(measured({ bad: [3, 4] }).isMomentary, false);
  });

  it("is with `of` a total, or one count after the other", () => {
    assert.deepEqual(measured({ bad: 3, all: 50 }, "$.all").counts, {
      intervals: [{ time: 9000, requests: 50, bad: [3] }],
      told: "total",
    });
    assert.deepEqual(measured({ bad: [3, 0], all: [50, 40] }, "$.all").counts, {
      intervals: [
        { time: 1001, requests: 50, bad: [3] },
        { time: 1002, requests: 40, bad: [0] },
      ],
      told: "list",
    });
  });

  it("is nothing where there are not as many of the one as of the other", () => {
    assert.throws(() => measured({ bad: [3], all: [50, 40] }, "$.all"), {
      message: "there are 1 values at $.bad and 2 at $.all; both need as many",
    });
  });
});
