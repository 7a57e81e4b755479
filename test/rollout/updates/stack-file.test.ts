import assert from "node:assert/strict";
import { UserError } from "../../../base/user-error";
import { lineDiff, weightOverrides, withImage, withWeights } from "../../../rollout/updates/stack-file";

const FILE = `# ours
config:
    canary-traffic:platform: kubernetes
    canary-traffic:apps:
        myapp: # the shop's
            image: "myapp:1.0.0"   # primary
            canaryWeight: 10 # percent
            canaries:
                beta: {image: myapp:2, weight: "2.5"}
        other:
            image: other:1.0.0 # kept
`;
const change = (before: string, after: string): string[] =>
  lineDiff(before, after).filter((line) => /^[-+]/.test(line));

describe("the stack file", () => {
  it("gets a weight, and keeps comments and every other byte", () => {
    const after = withWeights(FILE, "canary-traffic", { "myapp/canary": 25, "myapp/beta": 5 });
    assert.equal(after, FILE.replace("10 # percent", "25 # percent").replace('"2.5"', "5"));
  });

  it("gets a decimal as a text, as Pulumi's configuration has no decimals", () => {
    const after = withWeights(FILE, "canary-traffic", { "myapp/canary": 0.5 });
    assert.equal(after, FILE.replace("10 # percent", '"0.5" # percent'));
  });

  it("gets a weight that it did not have below the app's other keys", () => {
    const after = withWeights(FILE, "canary-traffic", { "other/canary": 1 });
    assert.deepEqual(change(FILE, after), ["+             canaryWeight: 1"]);
    assert.equal(after, `${FILE}            canaryWeight: 1\n`);
  });

  it("gets another image", () => {
    const after = withImage(FILE, "canary-traffic", "myapp", "myapp:1.1.0");
    assert.deepEqual(change(FILE, after), [
      '-             image: "myapp:1.0.0"   # primary',
      "+             image: myapp:1.1.0   # primary",
    ]);
  });

  it("is not touched for an app or a canary that it does not have", () => {
    for (const key of ["nobody/canary", "myapp/gamma"]) {
      assert.throws(() => withWeights(FILE, "canary-traffic", { [key]: 1 }), UserError);
    }
  });

  it("names the same weights for a preview, which writes nothing", () => {
    const [override] = weightOverrides(FILE, "canary-traffic", { "myapp/beta": 7.5 });
    assert.deepEqual(override, {
      key: "canary-traffic:apps.myapp.canaries.beta.weight",
      value: "7.5",
      path: true,
    });
  });
});
