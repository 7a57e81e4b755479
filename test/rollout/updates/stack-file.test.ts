import assert from "node:assert/strict";
import { parse } from "yaml";
import { UserError } from "../../../base/user-error";
import { lineDiff, withImage, withWeights } from "../../../rollout/updates/stack-file";

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

  it("keeps line endings", () => {
    const text = FILE.replaceAll("\n", "\r\n");
    const after = withWeights(text, "canary-traffic", { "myapp/canary": 25, "other/canary": 1 });
    assert.equal(after.replaceAll("\r\n", "").includes("\n"), false);
  });

  const app = (...lines: string[]): string =>
    `config:\n  canary-traffic:apps:\n    myapp:\n${lines.map((line) => `      ${line}\n`).join("")}`;

  for (const [title, text, line] of [
    ["an anchor that another value takes", app("canaryWeight: &none 0", "replicas: *none"), 4],
    ["an alias", app("replicas: &none 0", "canaryWeight: *none"), 5],
  ] as const) {
    it(`is refused where the weight is ${title}, with the line`, () => {
      assert.throws(
        () => withWeights(text, "canary-traffic", { "myapp/canary": 25 }),
        new UserError(
          `myapp.canaryWeight: can't be written safely to the stack file in line ${line}; write the value on one line, without anchor or alias`,
        ),
      );
    });
  }

  for (const style of [">-", "|", "|+", ">2-"]) {
    it(`is never left broken by an image in a block (${style})`, () => {
      const text = app(`image: ${style}`, "  registry.example.com/myapp:1", "canaryWeight: 5");
      const edit = (): string => withImage(text, "canary-traffic", "myapp", "myapp:2");
      let after: string;
      try {
        after = edit();
      } catch (error) {
        assert.match((error as Error).message, /^myapp\.image: can't be written safely .* in line 4; /);
        return;
      }
      const read = parse(after).config["canary-traffic:apps"].myapp;
      assert.deepEqual(read, { image: "myapp:2", canaryWeight: 5 });
    });
  }
});
