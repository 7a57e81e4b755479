import assert from "node:assert/strict";
import { ConfigurationError } from "../../offline/configuration";
import { readYaml } from "../../offline/yaml";

const lines = (count: number, line: (i: number) => string): string =>
  `config:\n${Array.from({ length: count }, (_, i) => `  ${line(i)}\n`).join("")}`;

/** Files that would take minutes or the whole memory, and what is said of each. */
const EXCESSES: Readonly<Record<string, readonly [text: string, said: RegExp]>> = {
  "50,000 anchors": [
    lines(50_000, (i) => `k${i}: &a${i} v`),
    /has more than 500 anchors and aliases; allowed/,
  ],
  "aliases of aliases": [
    `a: &a [x,x]\n${[..."bcdefghijkl"].map((name, i) => `${name}: &${name} [*${"abcdefghijk"[i]},*${"abcdefghijk"[i]}]\n`).join("")}`,
    /Excessive alias count/,
  ],
  "5 MiB": [`a: ${"x".repeat(5 * 2 ** 20)}`, /is longer than 4 MiB; allowed: no more/],
  "a list in a list, ten thousand times": [
    `a: ${"[".repeat(10_000)}${"]".repeat(10_000)}`,
    /is nested too deeply/,
  ],
  "a key twice": ["config:\n  a: 1\n  b: 2\n  a: 3\n", /Map keys must be unique at line 4, column 3/],
};

describe("a YAML file", () => {
  for (const [what, [text, said]] of Object.entries(EXCESSES)) {
    it(`with ${what} is one line at once`, () => {
      const begin = performance.now();
      assert.throws(
        () => readYaml("f.yaml", text),
        (error: Error) => {
          assert.ok(error instanceof ConfigurationError);
          assert.match(error.message, said);
          assert.equal(error.message.split("\n").length, 1);
          return true;
        },
      );
      assert.ok(performance.now() - begin < 3000);
    });
  }

  it("with 50,000 keys is read in seconds", () => {
    const begin = performance.now();
    assert.equal(
      Object.keys(
        readYaml(
          "f.yaml",
          lines(50_000, (i) => `k${i}: v`),
        ).config as object,
      ).length,
      50_000,
    );
    assert.ok(performance.now() - begin < 10_000);
  });

  it("may have the anchors, aliases and merges that people write", () => {
    const text = "base: &base {a: 1, b: 2}\nconfig:\n  x: {<<: *base, b: 3}\n  y: *base\n";
    assert.deepEqual(readYaml("f.yaml", text).config, { x: { a: 1, b: 3 }, y: { a: 1, b: 2 } });
  });
});
