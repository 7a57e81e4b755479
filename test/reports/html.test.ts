import assert from "node:assert/strict";
import { secret } from "../../offline/values";
import { previewHtml } from "../../reports/html";
import type { StackReport } from "../../reports/report";
import { outputs, report } from "./previews";

const page = (...reports: StackReport[]): string =>
  previewHtml(reports, {
    compared: "this checkout with the merge base with main",
    command: "npx canary preview",
  });

/** What a browser shows, without markup. */
const shown = (html: string): string =>
  html
    .replace(/<style>.*<\/style>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

/** Asserts that every tag is closed in order, and answers the names of all. */
function assertBalanced(html: string): Set<string> {
  const open: string[] = [];
  const names = new Set<string>();
  for (const [, slash, name = ""] of html.replace(/<style>.*<\/style>/s, "").matchAll(/<(\/?)([a-z0-9]+)/g)) {
    names.add(name);
    if (name === "meta") continue;
    if (slash === "") open.push(name);
    else assert.equal(open.pop(), name);
  }
  assert.deepEqual(open, []);
  return names;
}

describe("a preview as a page", () => {
  const shift = report([
    { op: "update", name: "routes", before: { weight: 10 }, after: { weight: 25 } },
    { op: "same", name: "quiet", before: { a: 1 }, after: { a: 1 } },
    { op: "delete", name: "gone", before: { token: secret("hunter2") } },
  ]);

  it("has the verdicts, the shift and the whole resource tree", () => {
    const html = page(shift, { stack: "prod", error: "canaryWeight: no" });
    const text = shown(html);
    assert.match(
      text,
      /dev: myapp canary 10 % -&gt; 25 % \(effective 25 %\), 1 to update, nothing replaced, 1 to delete/,
    );
    assert.match(text, /prod: no preview, see below .*The preview failed canaryWeight: no/);
    assert.match(text, /before 90 % 10 % after 75 % 25 % .*canary 10 % 25 %/);
    assert.match(
      text,
      /canary-traffic-dev Stack .*update routes ConfigMap - weight: 10 \+ weight: 25 quiet ConfigMap/,
    );
    assert.match(text, /delete gone ConfigMap - token: &quot;\[secret\]&quot;/);
    assert.doesNotMatch(html, /hunter/);
    assertBalanced(html);
  });

  it("asks nobody for anything: no script, address, font or image", () => {
    const html = page(shift);
    const names = assertBalanced(html);
    for (const name of ["script", "link", "img", "iframe", "object"]) assert.ok(!names.has(name), name);
    assert.doesNotMatch(html, /https?:|\/\/[a-z]|url\(|@import/);
    assert.match(html, /content="default-src 'none'; style-src 'unsafe-inline'"/);
  });

  const evil = [
    "</style><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "</pre></details>",
    "&lt;b&gt;",
    "\u202eright to left",
  ];
  for (const value of evil) {
    it(`is not broken by ${JSON.stringify(value)}`, () => {
      const stack = report(
        [
          {
            op: "update",
            name: value,
            type: value,
            before: { [value]: value },
            after: { [value]: `${value}!` },
          },
          { op: "create", name: value, after: { [value]: value } },
        ],
        { stack: value, notes: [value], before: outputs(10, value, value), after: outputs(25, value, value) },
      );
      const html = previewHtml([stack, { stack: value, error: value }], { compared: value, command: value });
      const plain = page(report([{ op: "create", name: "a", after: { a: "a" } }]), {
        stack: "a",
        error: "a",
      });
      const names = assertBalanced(html);
      assert.ok([...names].every((name) => assertBalanced(plain).has(name) || ["ul", "li"].includes(name)));
      assert.doesNotMatch(html.replace(/"[^"]*"/g, '""'), /<[^>]*\son/);
      assert.doesNotMatch(html, /\u202e/);
    });
  }
});
