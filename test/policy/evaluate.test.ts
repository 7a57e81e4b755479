import assert from "node:assert/strict";
import { holdAgainst, isRefusal } from "../../policy/evaluate";
import type { Graph } from "../../policy/graph";
import { rules } from "../../policy/rules";
import { parsePolicies } from "../../policy/settings";
import { ruleNames } from "../../stacks/schema/policies";
import { deployment, graph, update } from "./graphs";

const unpinned = graph([deployment("myapp", { container: { image: "myapp" } })]);
const run = (on: Graph, policies: object = {}) =>
  holdAgainst(on, parsePolicies(JSON.stringify(policies)), "2026-06-15");
const waiver = (more: object) => ({
  waivers: [
    { rule: "pinned-images", resource: "myapp", reason: "no tags yet", until: "2026-06-15", ...more },
  ],
});

describe("policies", () => {
  it("refuse what breaks a mandatory rule, and name rule, resource and reason", () => {
    const [finding, ...others] = run(unpinned);
    assert.deepEqual(others, []);
    assert.deepEqual(finding, {
      rule: "pinned-images",
      severity: "mandatory",
      urn: "urn:pulumi:test::canary-traffic::kubernetes:apps/v1:Deployment::myapp",
      message:
        "Deployment myapp: image myapp is not pinned; allowed: a whole version such as 1.2.3, a commit or the number of a build as tag, or a digest",
    });
    assert.ok(finding !== undefined && isRefusal(finding));
  });

  it("take each rule's severity from the settings", () => {
    const [finding] = run(unpinned, { rules: { "pinned-images": "advisory" } });
    assert.equal(finding?.severity, "advisory");
    assert.ok(finding !== undefined && !isRefusal(finding));
    assert.deepEqual(run(unpinned, { rules: { "pinned-images": "off" } }), []);
  });

  for (const [title, more] of [
    ["a resource by its name, until its last day", {}],
    ["a resource by a pattern for its URN", { resource: "*:Deployment::my*" }],
    ["with an unquoted date as Pulumi's engine hands it on", { until: "2026-06-15 00:00:00 +0000 UTC" }],
  ] as const) {
    it(`are waived for ${title}`, () => {
      const [finding, ...others] = run(unpinned, waiver(more));
      assert.deepEqual(others, []);
      assert.deepEqual(finding?.waived, { reason: "no tags yet", until: "2026-06-15" });
      assert.equal(isRefusal(finding), false);
    });
  }

  for (const [title, more] of [
    ["another rule", { rule: "max-step" }],
    ["another resource", { resource: "myapp-canary" }],
    ["a pattern that its URN is only a part of", { resource: "Deployment::my*" }],
  ] as const) {
    it(`are not waived for ${title}`, () => {
      assert.deepEqual(run(unpinned, waiver(more)).filter(isRefusal).length, 1);
    });
  }

  it("refuse again when a waiver has run out, and say so", () => {
    const findings = run(unpinned, waiver({ until: "2026-06-14" }));
    assert.deepEqual(
      findings.map(({ rule, severity }) => [rule, severity]),
      [
        ["pinned-images", "mandatory"],
        ["expired-waivers", "advisory"],
      ],
    );
    assert.ok(findings.some(isRefusal));
  });

  it("leave out rules that need changes where nobody knows them", () => {
    const { changes, ...known } = update([[], { canary: 10 }], [[], { canary: 90 }]);
    assert.deepEqual(
      run({ ...known, changes }).map(({ rule }) => rule),
      ["max-step"],
    );
    assert.deepEqual(run(known), []);
  });

  it("are named in one order, each a sentence", () => {
    assert.deepEqual(Object.keys(rules), [...ruleNames]);
    for (const { description } of Object.values(rules)) assert.match(description, /^[A-Z].*[^.]$/);
  });
});

describe("the setting policies", () => {
  const waived = { rule: "max-step", resource: "myapp", reason: "a launch", until: "2027-01-31" };
  const cases: readonly [policies: object, message: RegExp][] = [
    [
      { rules: { "max-stepp": "off" } },
      /^policies\.rules\.max-stepp: no such key, did you mean max-step\? allowed: /,
    ],
    [
      { rules: { "max-step": "warn" } },
      /^policies\.rules\.max-step is "warn"; allowed: one of off, advisory, mandatory$/,
    ],
    [{ maxStep: 101 }, /^policies\.maxStep is 101; allowed: a number from 0 to 100/],
    [
      { waivers: [{ ...waived, reason: undefined }] },
      /^policies\.waivers\[0\]\.reason is missing: set it to the reason/,
    ],
    [
      { waivers: [{ ...waived, reason: " " }] },
      /^policies\.waivers\[0\]\.reason is " "; allowed: the reason/,
    ],
    [
      { waivers: [{ ...waived, until: undefined }] },
      /^policies\.waivers\[0\]\.until is missing: set it to a date/,
    ],
    [
      { waivers: [{ ...waived, until: "2027-02-30" }] },
      /^policies\.waivers\[0\]\.until is "2027-02-30"; allowed: a date/,
    ],
    [
      { waivers: [{ ...waived, rule: "steps" }] },
      /^policies\.waivers\[0\]\.rule is "steps"; allowed: one of canary-size,/,
    ],
    [
      { sandboxedRuntimeClasses: [] },
      /^policies\.sandboxedRuntimeClasses is \[\]; allowed: one RuntimeClass or more$/,
    ],
  ];
  for (const [policies, message] of cases) {
    it(`does not take ${JSON.stringify(policies)}`, () => {
      assert.throws(() => parsePolicies(JSON.stringify(policies)), { name: "SettingsError", message });
    });
  }
});
