import assert from "node:assert/strict";
import * as fc from "fast-check";
import { secret, UNKNOWN } from "../../offline/values";
import { LONGEST, previewMarkdown, type ReportOptions } from "../../reports/markdown";
import type { StackReport } from "../../reports/report";
import { type Change, outputs, report } from "./previews";
import { assertWhole, outsideCode } from "./whole";

const options: ReportOptions = {
  compared: "this checkout with the merge base with main",
  command: "npx canary preview --base main",
};
const markdown = (...reports: StackReport[]): string => previewMarkdown(reports, options);

const update = (name: string, before: string, after: string): Change => ({
  op: "update",
  name,
  before: { data: { key: before } },
  after: { data: { key: after } },
});

describe("a preview in Markdown", () => {
  it("begins with a verdict for every stack", () => {
    const text = markdown(
      report([update("a", "x", "y")]),
      { ...report([], { after: outputs(10) }), stack: "prod" },
      { stack: "staging", error: "canaryWeight: no" },
    );
    assert.deepEqual(text.split("\n").slice(0, 5), [
      "## Preview",
      "",
      "- ✅ **dev: myapp canary 10 % -> 25 % (effective 25 %), 1 to update, nothing replaced or deleted**",
      "- ✅ **prod: no changes**",
      "- ⛔ **staging: no preview, see below**",
    ]);
    assertWhole(text);
  });

  const verdicts: readonly [string, StackReport, string][] = [
    [
      "what is replaced and deleted",
      report([
        { op: "replace", name: "a" },
        { op: "delete", name: "b" },
        { op: "create", name: "c" },
      ]),
      "dev: myapp canary 10 % -> 25 % (effective 25 %), 1 to create, 1 to replace, 1 to delete",
    ],
    [
      "changes that leave the weights alone",
      report([update("a", "x", "y")], { after: outputs(10) }),
      "dev: weights unchanged, 1 to update, nothing replaced or deleted",
    ],
    [
      "another host",
      report([update("a", "x", "y")], { after: outputs(10, "shop.example.com") }),
      "dev: myapp now at shop.example.com, users of myapp.example.com lose their route, 1 to update, nothing replaced or deleted",
    ],
    [
      "an app that is new",
      report([{ op: "create", name: "a" }], { before: {} }),
      "dev: myapp new, canary at 25 % (effective 25 %), 1 to create, nothing replaced or deleted",
    ],
    [
      "an app that goes",
      report([{ op: "delete", name: "a" }], { after: {} }),
      "dev: myapp removed, users of myapp.example.com lose their route, nothing replaced, 1 to delete",
    ],
    [
      "an update that is bound to fail",
      report([update("a", "x", "y")], { after: outputs(10), refusals: ["it is protected"] }),
      "dev: weights unchanged, 1 to update, nothing replaced or deleted, the update would fail",
    ],
    [
      "what a mandatory policy refuses",
      report([], {
        after: outputs(10),
        findings: [{ severity: "mandatory", rule: "max-step", message: "too far" }],
      }),
      "dev: no changes, refused by policy",
    ],
  ];
  for (const [title, stack, line] of verdicts) {
    it(`has a verdict on ${title}`, () => {
      assert.match(markdown(stack), new RegExp(`\\*\\*${line.replace(/[()]/g, "\\$&")}\\*\\*`));
    });
  }

  it("warns of findings, replacements and deletions, of each resource once", () => {
    const text = markdown(
      report(
        [
          { op: "replace", name: "routes", more: { replaceReasons: ["spec.host"] } },
          { op: "delete", name: "gone", type: "kubernetes:core/v1:Service" },
        ],
        {
          refusals: ["Service gone: is protected"],
          notes: ["only the configuration is compared"],
          findings: [
            {
              severity: "mandatory",
              rule: "traffic-kept",
              message: "Service gone takes traffic",
              urn: "urn:pulumi:dev::canary-traffic::kubernetes:core/v1:Service::gone",
            },
            { severity: "advisory", rule: "max-step", message: "15 points at once" },
            {
              severity: "mandatory",
              rule: "protected",
              message: "stack is not protected",
              waived: { reason: "migration", until: "2026-12-31" },
            },
          ],
        },
      ),
    );
    const alerts = text.split("\n").filter((line) => line.startsWith(">"));
    assert.deepEqual(alerts, [
      "> [!CAUTION]",
      "> - Service gone takes traffic (traffic-kept)",
      "> - will fail: Service gone: is protected",
      "> [!WARNING]",
      "> - 15 points at once (max-step)",
      "> - will be replaced: ConfigMap routes (for spec.host)",
      "> [!NOTE]",
      "> - stack is not protected (protected, waived until 2026-12-31: migration)",
      "> - only the configuration is compared",
    ]);
    assert.match(text, /^- ⛔ /m);
  });

  it("draws an app's traffic before and after, with what changes in bold", () => {
    const deployment = (image: string) => ({ spec: { template: { spec: { containers: [{ image }] } } } });
    const [diagram] = assertWhole(
      markdown(
        report([
          {
            op: "update",
            type: "kubernetes:apps/v1:Deployment",
            name: "myapp-canary",
            before: deployment("registry.example.com/myapp:1.1.0"),
            after: deployment(`registry.example.com/myapp@sha256:${"a".repeat(64)}`),
          },
        ]),
      ),
    ).blocks;
    assert.deepEqual(diagram?.lines, [
      "flowchart LR",
      "  subgraph before",
      "    direction LR",
      '    before0(["myapp.example.com"])',
      '    before0 -->|"90 %"| before0v0["myapp primary"]',
      '    before0 -->|"10 %"| before0v1["myapp canary<br>myapp:1.1.0"]',
      "  end",
      "  subgraph after",
      "    direction LR",
      '    after0(["myapp.example.com"])',
      '    after0 -->|"75 %"| after0v0["myapp primary"]:::changed',
      '    after0 -->|"25 %"| after0v1["myapp canary<br>myapp#64;sha256:aaaaaaaa"]:::changed',
      "  end",
      "  before ==> after",
      "  classDef changed stroke-width:3px",
    ]);
  });

  it("folds the diff of each resource, long texts line by line", () => {
    const lines = (changed: string): string => `${["a", "b", "c", changed, "d", "e", "f"].join("\n")}\n`;
    const text = markdown(report([update("config", lines("old"), lines("new"))], { after: outputs(10) }));
    assert.match(text, /<details>\n<summary><code>~<\/code> update <b>ConfigMap config<\/b><\/summary>\n\n/);
    assert.deepEqual(assertWhole(text).blocks, [
      {
        language: "diff",
        lines: ["  data.key:", "    b", "    c", "-   old", "+   new", "    d", "    e"],
      },
    ]);
  });

  it("masks secrets, and says what is not known", () => {
    const text = markdown(
      report([
        {
          op: "update",
          name: "a",
          before: { token: secret("hunter2"), data: { inner: secret("hunter3") } },
          after: { token: secret("hunter4"), data: { inner: secret("hunter5") }, id: UNKNOWN },
        },
        {
          op: "create",
          name: "b",
          after: { token: secret("hunter6"), list: [secret("hunter7")], id: UNKNOWN },
        },
        { op: "delete", name: "c", before: { token: secret("hunter8") } },
      ]),
    );
    assert.doesNotMatch(text, /hunter|04da6b54/);
    assert.match(text, /^- token: \[secret\]$/m);
    assert.match(text, /^\+ id: \[unknown\]$/m);
    assert.match(text, /^\+ token: "\[secret\]"$/m);
  });

  const evil = [
    "```\n</details>\n@octocat",
    "`````",
    "a | b | c",
    "<script>alert(1)</script>",
    "</summary></details>",
    "@octocat #1 https://evil.example www.evil.example",
    "![x](https://evil.example/x.png) [y](z)",
    "__bold__ *it* ~~no~~ $x$",
    '"]; click a "javascript:x" %%{init: {}}%%',
    "<!-- canary-traffic preview -->",
    "right\u202eleft \u200b \u0000 \u001b[31m",
    "> [!CAUTION]\n> no",
    "\r- item\r\n# heading\u2028x",
  ];
  for (const value of evil) {
    it(`is not broken by ${JSON.stringify(value)}`, () => {
      const deployment = { spec: { template: { spec: { containers: [{ image: value }] } } } };
      const named: Change[] = [
        update(value, value, `${value}.`),
        { op: "create", name: `x${value}`, type: value, after: { [value]: value } },
        { op: "create", name: `${value}-canary`, type: "kubernetes:apps/v1:Deployment", after: deployment },
      ];
      const stack = report(named, {
        stack: value,
        notes: [value],
        before: outputs(10, value, value),
        after: outputs(25, `${value}!`, value),
        findings: [{ severity: "advisory", rule: "max-step", message: value }],
      });
      const failed = { stack: value, error: value };
      const { prose } = assertWhole(
        previewMarkdown([stack, failed], { compared: value, command: `npx canary ${value}` }),
      );
      const active = outsideCode(prose);
      assert.doesNotMatch(active.replace(/<summary>.*/g, ""), /@\w|#\d|https?:|www\.|__|~~|\]\(|\$x/);
      assert.doesNotMatch(active, /<(?!\/?(details|summary|code|b|p)>)/);
      assert.doesNotMatch(prose, /^# heading|^- item/m);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may get through
      assert.doesNotMatch(prose.replaceAll("\u200b", ""), /[\u0000\u001b\u202e\u2028]/);
    });
  }

  it("is whole and short enough, whatever it is made from", () => {
    const texts = fc.oneof(fc.string({ unit: "grapheme", maxLength: 300 }), fc.constantFrom(...evil));
    fc.assert(
      fc.property(
        fc.array(texts, { maxLength: 12 }),
        fc.integer({ min: 600, max: 9000 }),
        (values, longest) => {
          const changes = values.map((value, i) => update(`${value}${i}`, value.repeat(20), `${value}\n`));
          const text = previewMarkdown([report(changes), report(changes)], options, longest);
          assert.ok(text.length <= longest, `${text.length} of ${longest}`);
          assertWhole(text);
        },
      ),
      { numRuns: 60 },
    );
  });

  describe("that is too long", () => {
    const lines = (word: string, count: number): string =>
      Array.from({ length: count }, (_, i) => `${word} ${i}\n`).join("");
    const large = update("large", lines("old", 4000), lines("new", 4000));

    it("reduces the largest diff to its count, keeps the others, and says how to see all", () => {
      const text = markdown(report([large, update("small", "x", "y")]));
      assert.ok(text.length <= LONGEST);
      const { blocks, prose } = assertWhole(text);
      assert.match(prose, /update <b>ConfigMap large<\/b>, 8\d\d\d lines left out/);
      assert.ok(blocks.some(({ lines }) => lines.includes('+ data.key: "y"')));
      assert.match(prose, /^Cut to fit a comment; parts reduced: 1\. .*`npx canary preview --base main`$/m);
    });

    it("counts what it can't even list, verdicts kept to the last", () => {
      const many = Array.from({ length: 3000 }, (_, i) => update(`resource-${i}`, "x", "y"));
      const text = markdown(report(many), { ...report([]), stack: "prod" });
      assert.ok(text.length <= LONGEST && text.length > LONGEST / 2);
      const { prose } = assertWhole(text);
      assert.match(prose, /\*\*dev: .*3000 to update, nothing replaced or deleted\*\*/);
      assert.match(prose, /, changes not even listed: \d+\./);
    });

    it("is cut in seconds where twenty thousand resources change", () => {
      const many = Array.from({ length: 20_000 }, (_, i) => update(`resource-${i}`, lines("x", i % 50), "y"));
      const begin = performance.now();
      const text = markdown(report(many));
      assert.ok(performance.now() - begin < 10_000, `${performance.now() - begin} ms`);
      assert.ok(text.length <= LONGEST);
      assert.match(text, /20000 to update/);
    });

    it("is still a comment where hundreds of stacks changed", () => {
      const stacks = Array.from({ length: 2000 }, (_, i) => ({ ...report([large]), stack: `stack-${i}` }));
      const text = markdown(...stacks.slice(0, 400));
      assert.ok(text.length <= LONGEST);
      assertWhole(text);
    });
  });
});
