import assert from "node:assert/strict";
import { UserError } from "../../base/user-error";
import { readCheckpoint } from "../../offline/state";
import { changes, previewed, stepOf } from "./sandbox";

const URN = "urn:pulumi:dev::sandbox::kubernetes:core/v1:ConfigMap::settings";
const configMap = {
  urn: URN,
  type: "kubernetes:core/v1:ConfigMap",
  custom: true,
  id: "default/settings",
  inputs: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { a: "1" } },
  outputs: {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: "default", uid: "u-1" },
    data: { a: "1" },
  },
};
const checkpoint = (...resources: object[]) =>
  readCheckpoint(JSON.stringify({ version: 3, deployment: { resources } }));
const program = `
  const settings = new ConfigMap("settings", { metadata: { name: "settings" }, data: { a: "1" } });
  new ConfigMap("user", { metadata: { name: "user" }, data: { uid: settings.metadata.uid } });`;

describe("a checkpoint", () => {
  it("is refused when it is no JSON or no export", () => {
    assert.throws(() => readCheckpoint("{"), /^UserError|is not JSON/);
    for (const text of ["[]", "{}", "null", "7"]) {
      assert.throws(() => readCheckpoint(text), UserError);
    }
  });

  it("hands the program the outputs that are deployed", async () => {
    const preview = await previewed(checkpoint(configMap), program);
    assert.deepEqual(changes(preview), { user: "create" });
    assert.deepEqual(stepOf(preview, "user").fresh?.inputs.data, { uid: "u-1" });
  });

  it("shows as same what a change by hand did not touch, and as update what it did", async () => {
    const drifted = { ...configMap, outputs: { ...configMap.outputs, metadata: { name: "settings" } } };
    const labelled = `new ConfigMap("settings", { metadata: { name: "settings" }, data: { a: "1" } });`;
    assert.deepEqual(changes(await previewed(checkpoint(drifted), labelled)), {});
    const edited = { ...configMap, outputs: { ...configMap.outputs, data: { a: "2", b: "3" } } };
    assert.deepEqual(changes(await previewed(checkpoint(edited), labelled)), { settings: "replace" });
  });

  it("counts what waits for its deletion, or the engine's own providers, as gone already", async () => {
    const waiting = { ...configMap, delete: true };
    const provider = {
      urn: "urn:pulumi:dev::sandbox::pulumi:providers:kubernetes::default_4_28_0",
      type: "pulumi:providers:kubernetes",
      custom: true,
      id: "p-1",
    };
    assert.deepEqual(changes(await previewed(checkpoint(provider, waiting), "")), {});
  });

  it("replaces what an earlier replacement deleted and did not get to make anew", async () => {
    const pending = { ...configMap, pendingReplacement: true };
    assert.equal(changes(await previewed(checkpoint(pending), program)).settings, "replace");
  });

  it("updates what never became ready, to wait for it once more", async () => {
    const unready = { ...configMap, initErrors: ["timed out"] };
    assert.equal(changes(await previewed(checkpoint(unready), program)).settings, "update");
  });
});
