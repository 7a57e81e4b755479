import assert from "node:assert/strict";
import type { AppSide } from "../../../offline/audience";
import { moved, said, side } from "../graphs";

const at = (canary: number, primary: string, canaryImage = "a:9", sides?: AppSide["sides"]) =>
  side("a.example.com", { canary }, { primary, canary: canaryImage }, sides);
const check = (before: AppSide, after: AppSide): string[] => said("primary-image", moved(before, after));

describe("policy primary-image", () => {
  it("is broken when the primary gets a new image", () => {
    assert.deepEqual(check(at(10, "a:1"), at(10, "a:2")), [
      "myapp: 90 % of its users get a new version at once, a:1 -> a:2; better as canaryImage first, at a small weight",
    ]);
  });

  it("counts the users of the side on which it changes", () => {
    const both = { elb: 75, kubernetes: 25 };
    const [first, ...others] = check(at(0, "a:1", "a:9", both), at(0, "a:2", "a:9", both));
    assert.match(first ?? "", /^myapp: 75 % of its users/);
    assert.match(others.join(), /^myapp: 25 % of its users/);
  });

  it("holds for the image of a canary that had all users, and not for one that had most", () => {
    assert.deepEqual(check(at(100, "a:1", "a:2"), at(0, "a:2", "a:2")), []);
    assert.equal(check(at(99, "a:1", "a:2"), at(0, "a:2", "a:2")).length, 1);
  });

  it("holds while the primary has no users, and for a canary's image", () => {
    assert.deepEqual(check(at(100, "a:1"), at(100, "a:2")), []);
    assert.deepEqual(check(at(10, "a:1", "a:2"), at(10, "a:1", "a:3")), []);
  });
});
