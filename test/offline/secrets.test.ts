import assert from "node:assert/strict";
import { deployed, type Preview, preview } from "../../offline/preview";
import { readCheckpoint } from "../../offline/state";
import { secret, UNKNOWN, valueAt } from "../../offline/values";
import { changeLines } from "../../reports/changes";
import { previewJson } from "../../reports/json";
import { previewText } from "../../reports/text";
import { changes, deployedBy, previewed, Sandbox, stepOf } from "./sandbox";

const printed = (preview: Preview): string =>
  JSON.stringify(previewJson(preview, true)) + previewText(preview, { showSames: true, colour: false });

/** A Secret, a Deployment that takes its name, and a ConfigMap beside them. */
const program = (value: string) => `
  const token = pulumi.secret("${value}");
  const secret = new Secret("token", { stringData: { TOKEN: token } });
  deployment("web", secret.metadata.name);
  new ConfigMap("beside", { data: { a: "1" } });
  export = { token, text: pulumi.interpolate\`the \${token}\` };`;

/** The program as a checkpoint holds it: secrets as ciphertext that only the passphrase opens. */
async function encrypted(source: string) {
  const mark = Object.keys(secret("")).find((key) => key !== "value") ?? "";
  const lock = (_: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && mark in value
      ? { [mark]: (value as Record<string, unknown>)[mark], ciphertext: `v1:${JSON.stringify(value).length}` }
      : value;
  const resources = await deployedBy(source);
  return readCheckpoint(JSON.stringify({ version: 3, deployment: { resources } }, lock));
}

describe("a preview of secrets", () => {
  it("prints no secret anywhere, neither old nor new", async () => {
    const text = printed(await previewed(program("hush-old"), program("hush-new")));
    assert.doesNotMatch(text, /hush/);
    assert.doesNotMatch(text, new RegExp(Buffer.from("hush").toString("base64").slice(0, 4)));
    assert.match(text, /\[secret\]/);
  });

  it("replaces a Secret whose value changes, and updates what takes its name", async () => {
    const preview = await previewed(program("a"), program("b"));
    assert.deepEqual(changes(preview), { token: "replace", web: "update" });
    assert.equal(stepOf(preview, "token").mayChange, undefined);
  });

  it("shows both sides of a secret, masked, one that can't be read too", async () => {
    for (const [olds, path] of [
      [program("a"), "data.TOKEN"],
      [await encrypted(program("a")), "data"],
    ] as const) {
      const preview = await previewed(olds, program("b"));
      const text = previewText(preview, { showSames: false, colour: false });
      assert.ok(text.includes(` ~ ${path}: [secret] => [secret]  [replaces]\n`), text);
      const lines = changeLines(stepOf(preview, "token")).map(({ mark, text }) => mark + text);
      assert.deepEqual(lines.slice(0, 2), [`-${path}: [secret]`, `+${path}: [secret]`]);
    }
  });

  it("says may change of a Secret that can't be read in the checkpoint, and of what takes its name", async () => {
    const preview = await previewed(await encrypted(program("a")), program("b"));
    assert.deepEqual(changes(preview), { token: "replace", web: "update" });
    assert.deepEqual([stepOf(preview, "token").mayChange, stepOf(preview, "web").mayChange], [true, true]);
    assert.deepEqual(preview.summary, { mayChange: 2, same: 2 });
  });

  it("hands the program stand-ins for outputs that can't be read", async () => {
    const reading = `${program("a")}
      new ConfigMap("copy", { data: { length: secret.stringData.apply((data) => String(typeof data)) } });`;
    const preview = await previewed(await encrypted(program("a")), reading);
    assert.equal(changes(preview).copy, "create");
  });

  it("counts encrypted settings as the same while their ciphertext is", async () => {
    const sandbox = new Sandbox("config:\n  sandbox:key:\n    secure: v1:abc\n");
    sandbox.program(`
      const key = new pulumi.Config().requireSecret("key");
      new ConfigMap("user", { data: { key } });`);
    const olds = await deployed(sandbox.folder, sandbox.configuration());
    const same = await preview(sandbox.folder, sandbox.configuration(), olds);
    assert.deepEqual(changes(same), {});
    const override = { key: "key", value: "plain", path: false };
    const changed = await preview(sandbox.folder, sandbox.configuration([override]), olds);
    assert.deepEqual([changes(changed), stepOf(changed, "user").mayChange], [{ user: "replace" }, true]);
    sandbox.remove();
  });

  it("keeps a secret's mark on what is computed from it", async () => {
    const { fresh } = stepOf(await previewed([], program("hush")), "sandbox-dev");
    assert.deepEqual(fresh?.outputs.text, secret("the hush"));
    assert.notEqual(valueAt(fresh?.outputs, "token"), UNKNOWN);
  });
});
