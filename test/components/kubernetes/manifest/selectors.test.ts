import assert from "node:assert/strict";
import fc from "fast-check";
import type { Fields } from "../../../../components/kubernetes/manifest/object";
import {
  type Labels,
  labelsToLose,
  neededKeys,
  redirected,
  type Selector,
  selectorsIn,
  selects,
} from "../../../../components/kubernetes/manifest/selectors";

const OWN = { "canary-traffic/variant": "canary" };
const anyLabels = fc.dictionary(
  fc.constantFrom("app", "tier", "team", "release", "version"),
  fc.constantFrom("a", "b"),
  {
    minKeys: 1,
  },
);
/** Labels of pods, and selectors that take them. */
const taken = anyLabels.chain((labels) =>
  fc.tuple(
    fc.constant(labels),
    fc.array(
      fc.subarray(Object.entries(labels), { minLength: 1 }).chain((entries) =>
        fc.boolean().map(
          (asExpressions): Selector =>
            asExpressions
              ? {
                  matchLabels: {},
                  matchExpressions: entries.map(
                    ([key, value]): Fields => ({ key, operator: "In", values: [value, "z"] }),
                  ),
                }
              : { matchLabels: Object.fromEntries(entries), matchExpressions: [] },
        ),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  ),
);

const without = (labels: Labels, lost: readonly string[]): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !lost.includes(key)));

describe("the labels that a canary's pods lose", () => {
  it("keep them from every selector of the primary's", () => {
    fc.assert(
      fc.property(taken, ([labels, selectors]) => {
        const canary = { ...without(labels, labelsToLose(selectors)), ...OWN };
        for (const selector of selectors) {
          assert.ok(selects(selector, labels));
          assert.ok(!selects(selector, canary));
        }
      }),
    );
  });

  it("are none that no selector asks for, and none that could stay", () => {
    fc.assert(
      fc.property(taken, ([labels, selectors]) => {
        const lost = labelsToLose(selectors);
        for (const key of lost) assert.ok(selectors.some((selector) => neededKeys(selector).includes(key)));
        if (selectors.length === 1) assert.equal(lost.length, 1);
        assert.ok(lost.length <= Object.keys(labels).length);
      }),
    );
  });
});

describe("a selector", () => {
  it("led to a canary's pods selects those, and the primary's no more", () => {
    fc.assert(
      fc.property(taken, ([labels, selectors]) => {
        const lost = labelsToLose(selectors);
        const canary = { ...without(labels, lost), ...OWN };
        const object: Fields = {
          podSelector: {
            matchLabels: selectors[0]?.matchLabels ?? {},
            matchExpressions: selectors[0]?.matchExpressions ?? [],
          },
        };
        const [led] = selectorsIn(redirected(object, labels, lost, OWN));
        assert.ok(led !== undefined && selects(led, canary) && !selects(led, labels));
      }),
    );
  });

  it("is found by any field that is called one, and by Cilium's prefixes", () => {
    const pods = { app: "a" };
    for (const spec of [
      { selector: { app: "a" } },
      { podSelector: { matchLabels: { app: "a" } } },
      { workloadSelector: { labels: { app: "a" } } },
      { endpointSelector: { matchLabels: { "k8s:app": "a" } } },
      { ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } }] }] },
    ]) {
      assert.deepEqual(
        selectorsIn(spec).map((each) => selects(each, pods)),
        [true],
        JSON.stringify(spec),
      );
    }
  });

  it("of all pods, of nodes or of namespaces is none of the app's", () => {
    for (const spec of [
      { podSelector: {} },
      { nodeSelector: { app: "a" } },
      { namespaceSelector: { matchLabels: { app: "a" } } },
    ])
      assert.ok(!selectorsIn(spec).some((each) => selects(each, { app: "a" })), JSON.stringify(spec));
  });
});
