import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationError, parseOverride, readConfiguration } from "../../offline/configuration";

describe("a stack's configuration", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-configuration-"));
    project("");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const project = (config: string) =>
    writeFileSync(join(folder, "Pulumi.yaml"), `name: shop\nmain: index.ts\nruntime: nodejs\n${config}`);
  const stack = (config: string) => writeFileSync(join(folder, "Pulumi.dev.yaml"), config);
  const read = (overrides: string[] = [], path = false) =>
    readConfiguration(
      folder,
      "dev",
      overrides.map((text) => parseOverride(text, path)),
    );

  it("takes defaults from the project, and the stack's values before them", () => {
    project(
      "config:\n  shop:size:\n    type: string\n    default: small\n  shop:colour:\n    default: red\n  aws:region: x\n",
    );
    stack("config:\n  shop:size: large\n");
    assert.deepEqual(read().values, { "shop:size": "large", "shop:colour": "red", "aws:region": "x" });
  });

  it("hands objects and lists to the program as JSON", () => {
    stack("config:\n  shop:apps:\n    web: {ports: [80, 443], on: true}\n");
    assert.equal(read().values["shop:apps"], '{"web":{"ports":[80,443],"on":true}}');
  });

  it("takes keys with and without the project's namespace", () => {
    stack("config: {}\n");
    const { values } = read(["size=1", "shop:colour=red", "aws:region=y"]);
    assert.deepEqual(values, { "shop:size": "1", "shop:colour": "red", "aws:region": "y" });
  });

  it("replaces a whole value without --config-path, and keeps dots in keys", () => {
    stack("config:\n  shop:apps: {web: {port: 80}}\n");
    const { values } = read(["apps={}", "a.b=c"]);
    assert.deepEqual([values["shop:apps"], values["shop:a.b"]], ["{}", "c"]);
  });

  it("merges into objects and lists with --config-path, as pulumi config set --path does", () => {
    stack("config:\n  shop:apps: {web: {port: 80}}\n  shop:zones: [a, b]\n");
    const { values } = read(
      [
        "apps.web.weight=25",
        "apps.api.port=81",
        "zones[0]=z",
        "zones[2]=c",
        'apps["a.b"].port=1',
        "fresh[0]=x",
      ],
      true,
    );
    assert.deepEqual(JSON.parse(values["shop:apps"] ?? ""), {
      web: { port: 80, weight: 25 },
      api: { port: 81 },
      "a.b": { port: 1 },
    });
    assert.equal(values["shop:zones"], '["z","b","c"]');
    assert.equal(values["shop:fresh"], '["x"]');
  });

  it("stores booleans and integers at paths as what they are, and other numbers as texts", () => {
    stack("config: {}\n");
    const { values } = read(["a.yes=true", "a.count=7", "a.half=0.5", "a.padded=007", "a.text=seven"], true);
    const stored = { yes: true, count: 7, half: "0.5", padded: "007", text: "seven" };
    assert.deepEqual(JSON.parse(values["shop:a"] ?? ""), stored);
  });

  const refusals: [string, string][] = [
    ["zones[5]=x", "-c zones[5]: [5] is not an index up to 2"],
    ["size.inner=x", '-c size.inner: inner is below "large", which is no object'],
    ["nonsense", "-c nonsense: allowed is key=value"],
  ];
  for (const [override, message] of refusals) {
    it(`refuses -c ${override}`, () => {
      stack("config:\n  shop:size: large\n  shop:zones: [a, b]\n");
      assert.throws(() => read([override], true), new ConfigurationError(message));
    });
  }

  it("puts stand-ins where values are encrypted, deep inside too, and marks their keys secret", () => {
    stack(
      "config:\n  shop:key:\n    secure: v1:a\n  shop:apps: {web: {token: {secure: v1:b}}}\n  shop:size: 1\n",
    );
    const { values, secretKeys } = read();
    assert.match(values["shop:key"] ?? "", /^secret-[0-9a-f]{12}$/);
    assert.match(values["shop:apps"] ?? "", /^\{"web":\{"token":"secret-[0-9a-f]{12}"\}\}$/);
    assert.deepEqual(secretKeys, ["shop:key", "shop:apps"]);
  });

  it("says which file is missing or broken", () => {
    assert.throws(() => read(), /^Error: stack dev: there is no .*Pulumi\.dev\.yaml$/);
    stack("config: [unclosed\n");
    assert.throws(() => read(), /Pulumi\.dev\.yaml: /);
    stack("- a list\n");
    assert.throws(() => read(), /Pulumi\.dev\.yaml: is not a map$/);
  });
});
