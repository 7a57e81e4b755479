import assert from "node:assert/strict";
import { samplesAt } from "../../../analysis/sources/json-values";

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
