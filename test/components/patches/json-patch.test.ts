import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type JsonOperation, operated } from "../../../components/patches/json-patch";

/** Those of RFC 6902, appendix A, and what is wrong. */
const examples: readonly [string, object, JsonOperation, object | RegExp][] = [
  ["A.1", { foo: "bar" }, { op: "add", path: "/baz", value: "qux" }, { foo: "bar", baz: "qux" }],
  [
    "A.2",
    { foo: ["bar", "baz"] },
    { op: "add", path: "/foo/1", value: "qux" },
    { foo: ["bar", "qux", "baz"] },
  ],
  ["A.3", { baz: "qux", foo: "bar" }, { op: "remove", path: "/baz" }, { foo: "bar" }],
  ["A.4", { foo: ["bar", "qux", "baz"] }, { op: "remove", path: "/foo/1" }, { foo: ["bar", "baz"] }],
  [
    "A.5",
    { baz: "qux", foo: "bar" },
    { op: "replace", path: "/baz", value: "boo" },
    { baz: "boo", foo: "bar" },
  ],
  [
    "A.6",
    { foo: { bar: "baz", waldo: "fred" }, qux: {} },
    { op: "move", from: "/foo/waldo", path: "/qux/thud" },
    { foo: { bar: "baz" }, qux: { thud: "fred" } },
  ],
  [
    "A.7",
    { foo: ["all", "grass", "cows"] },
    { op: "move", from: "/foo/1", path: "/foo/2" },
    { foo: ["all", "cows", "grass"] },
  ],
  ["A.12", { foo: "bar" }, { op: "add", path: "/baz/bat", value: "qux" }, /has no baz, there is foo$/],
  ["A.14", { "/": 9, "~1": 10 }, { op: "replace", path: "/~01", value: 11 }, { "/": 9, "~1": 11 }],
  ["A.16", { foo: ["bar"] }, { op: "add", path: "/foo/-", value: ["abc"] }, { foo: ["bar", ["abc"]] }],
  ["copy", { a: { b: 1 } }, { op: "copy", from: "/a", path: "/c" }, { a: { b: 1 }, c: { b: 1 } }],
  [
    "replace of nothing",
    { a: 1 },
    { op: "replace", path: "/b", value: 1 },
    /a path that is there: \/b has no b, there is a$/,
  ],
  [
    "an item that is not there",
    { a: [] },
    { op: "add", path: "/a/1", value: 1 },
    /has no item 1, the list has 0$/,
  ],
  ["a name of what every object has", {}, { op: "remove", path: "/constructor" }, /has no constructor$/],
];

describe("a JSON patch", () => {
  for (const [title, value, operation, expected] of examples) {
    it(`${expected instanceof RegExp ? "is refused with" : "does"} ${title}`, () => {
      if (expected instanceof RegExp) assert.throws(() => operated(value, operation), expected);
      else assert.deepEqual(operated(value, operation), expected);
    });
  }

  it("tests, and looks into what only the engine knows", async () => {
    const value = { a: pulumi.output({ b: [1] }) };
    const known = (of: unknown) =>
      new Promise((done) => (pulumi.output(of) as pulumi.Output<unknown>).apply(done));
    assert.deepEqual(await known(operated(value, { op: "add", path: "/a/b/-", value: 2 })), {
      a: { b: [1, 2] },
    });
    assert.deepEqual(await known(operated(value, { op: "test", path: "/a/b/0", value: 1 })), {
      a: { b: [1] },
    });
    const failing = operated({ a: 1 }, { op: "test", path: "/a", value: 2 }) as { a: pulumi.Output<number> };
    await assert.rejects(
      (failing.a as unknown as { promise(): Promise<number> }).promise(),
      /\/a with the value 2, as op test asks: it has 1$/,
    );
  });
});
