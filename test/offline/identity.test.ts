import assert from "node:assert/strict";
import { changes, paths, previewed, stepOf } from "./sandbox";

const configMap = (name: string, opts: string, data = `{ a: "1" }`) =>
  `new ConfigMap("${name}", { data: ${data} }, ${opts});`;

describe("a preview of names, parents and options", () => {
  it("deletes and creates what is renamed without an alias", async () => {
    const preview = await previewed(configMap("old", "{}"), configMap("new", "{}"));
    assert.deepEqual(changes(preview), { new: "create", old: "delete" });
  });

  it("keeps what is renamed with an alias", async () => {
    const preview = await previewed(
      configMap("old", "{}"),
      configMap("new", `{ aliases: [{ name: "old" }] }`),
    );
    assert.deepEqual(changes(preview), {});
  });

  it("keeps what moves below another parent with an alias", async () => {
    const boxes = `const a = new Box("a"); const b = new Box("b");`;
    const preview = await previewed(
      boxes + configMap("moving", "{ parent: a }"),
      boxes + configMap("moving", "{ parent: b, aliases: [{ parent: a }] }"),
    );
    assert.deepEqual(changes(preview), {});
  });

  it("keeps a renamed component's children, whose names begin with its own", async () => {
    const preview = await previewed(`new Box("old");`, `new Box("new", { aliases: [{ name: "old" }] });`);
    assert.deepEqual(changes(preview), {});
  });

  it("keeps a child whose parent's parent was renamed", async () => {
    const nested = (outer: string, opts: string) =>
      `const outer = new Box("${outer}", ${opts}); new Box("inner", { parent: outer });`;
    const preview = await previewed(nested("old", "{}"), nested("new", `{ aliases: [{ name: "old" }] }`));
    assert.deepEqual(changes(preview), {});
  });

  it("refuses two resources of one URN as the engine does", async () => {
    const twice = configMap("twin", "{}").repeat(2);
    await assert.rejects(
      previewed([], twice),
      /Duplicate resource URN '[^']*::twin'; try giving it a unique name/,
    );
  });

  it("refuses two resources that claim one former self", async () => {
    const claim = `{ aliases: [{ name: "old" }] }`;
    const twice = configMap("a", claim) + configMap("b", claim);
    await assert.rejects(previewed(configMap("old", "{}"), twice), /Duplicate resource alias/);
  });

  it("lists the deletion of a protected resource and refuses it", async () => {
    const other = configMap("other", "{}");
    const preview = await previewed(configMap("guarded", "{ protect: true }") + other, other);
    assert.deepEqual(changes(preview), { guarded: "delete" });
    assert.match(preview.refusals.join(), /guarded: is protected and would be deleted/);
  });

  it("refuses the replacement of a protected resource, unless the same update unprotects it", async () => {
    const before = configMap("guarded", "{ protect: true }");
    const still = await previewed(before, configMap("guarded", "{ protect: true }", `{ a: "2" }`));
    assert.match(still.refusals.join(), /guarded: is protected and would be replaced/);
    const freed = await previewed(before, configMap("guarded", "{ protect: false }", `{ a: "2" }`));
    assert.deepEqual([changes(freed), freed.refusals], [{ guarded: "replace" }, []]);
  });

  it("lists the deletion of what is retained", async () => {
    const other = configMap("other", "{}");
    const preview = await previewed(configMap("kept", "{ retainOnDelete: true }") + other, other);
    assert.deepEqual(changes(preview), { kept: "delete" });
  });

  it("ignores changes at the paths that the program names, and sees those beside them", async () => {
    const web = (image: string, replicas: number) => `new Deployment("web", { spec: { replicas: ${replicas},
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "app", image: "${image}" }] } },
    } }, { ignoreChanges: ["spec.replicas", "spec.template.spec.containers[*].image"] });`;
    assert.deepEqual(changes(await previewed(web("app:1", 1), web("app:2", 5))), {});
  });

  it("replaces for changes that the program names", async () => {
    const strict = (label: string) =>
      `new ConfigMap("strict", { metadata: { labels: { a: "${label}" } } }, { replaceOnChanges: ["metadata.labels"] });`;
    const preview = await previewed(strict("1"), strict("2"));
    assert.deepEqual(paths(stepOf(preview, "strict")), { "metadata.labels.a": "update-replace" });
    assert.deepEqual(changes(preview), { strict: "replace" });
  });

  it("updates a component whose args changed", async () => {
    const preview = await previewed(`new Box("box", {}, { a: 1 });`, `new Box("box", {}, { a: 2 });`);
    assert.deepEqual(changes(preview), { box: "update" });
  });

  it("reads what is not managed, and imports what somebody else made", async () => {
    const program = `
      const read = Namespace.get("read", "default");
      new ConfigMap("of-read", { data: { uid: read.metadata.uid } });
      new ConfigMap("imported", { metadata: { name: "theirs" } }, { import: "default/theirs" });`;
    const preview = await previewed([], program);
    assert.deepEqual(changes(preview), { read: "read", "of-read": "create", imported: "import" });
    const again = await previewed(
      preview.steps.flatMap(({ fresh }) => fresh ?? []),
      program,
    );
    assert.equal(stepOf(again, "imported").op, "same");
  });

  it("shows the stack as same whatever becomes of its outputs", async () => {
    const preview = await previewed(`export = { size: 1 };`, `export = { size: 2, colour: "red" };`);
    const { op, old, fresh } = stepOf(preview, "sandbox-dev");
    assert.deepEqual([op, old?.outputs, fresh?.outputs], ["same", { size: 1 }, { size: 2, colour: "red" }]);
  });
});
