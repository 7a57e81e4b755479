import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

  it("takes an object's inherited properties for none of its keys", () => {
    stack("config: {}\n");
    const { values } = read(["apps.__proto__.x=3", "apps.constructor.y=4"], true);
    assert.equal(values["shop:apps"], '{"__proto__":{"x":3},"constructor":{"y":4}}');
    assert.equal(({} as { x?: number }).x, undefined);
  });

  it("takes a namespace before the first dot or bracket alone, as pulumi config set --path does", () => {
    stack("config:\n  theirs:x: 1\n");
    const { values } = read(["theirs:a.b=1", 'apps["a:b"].c=2', "d.e:f=3"], true);
    assert.deepEqual(values, {
      "theirs:x": "1",
      "theirs:a": '{"b":1}',
      "shop:apps": '{"a:b":{"c":2}}',
      "shop:d": '{"e:f":3}',
    });
  });

  const refusals: [string, string][] = [
    ["zones[5]=x", "-c zones[5]: [5] is not an index up to 2"],
    ["fresh[999999999]=x", "-c fresh[999999999]: [999999999] is not an index up to 0"],
    ["size.inner=x", '-c size.inner: inner is below "large", which is no object'],
    ["nonsense", "-c nonsense: allowed is key=value"],
    ["other:size=1", "-c other:size: no namespace other; allowed: shop, pulumi, aws, kubernetes"],
    ["shop:=1", "-c shop:: allowed is key=value or namespace:key=value"],
    [":size=1", "-c :size: allowed is key=value or namespace:key=value"],
    ["a:b:c=1", "-c a:b:c: allowed is key=value or namespace:key=value"],
    ["size.=1", "-c size.: is no path; allowed: keys as in apps.myapp.canaryWeight or zones[0]"],
    ["zones[x]=1", "-c zones[x]: is no path; allowed: keys as in apps.myapp.canaryWeight or zones[0]"],
    ["secrets.web.KEY.more=hush", "-c secrets.web.KEY.more: more is below [secret], which is no object"],
    ["secrets.web.KEY:hush", "-c [secret]: allowed is key=value"],
  ];
  for (const [override, message] of refusals) {
    it(`refuses -c ${override}`, () => {
      stack("config:\n  shop:size: large\n  shop:zones: [a, b]\n  shop:secrets: {web: {KEY: hush}}\n");
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

  it("marks all below secrets as secret, given plainly too, and nothing where there is nothing", () => {
    stack("config:\n  shop:secrets: {web: {KEY: hush}}\n");
    assert.deepEqual(read().secretKeys, ["shop:secrets"]);
    stack("config:\n  shop:secrets: {}\n");
    assert.deepEqual(read().secretKeys, []);
    assert.deepEqual(read(["secrets.web.KEY=hush"], true).secretKeys, ["shop:secrets"]);
  });

  // What `pulumi config get` 3.259 answers of each.
  const scalars: [string, string][] = [
    ["010", "8"],
    ["-010", "-8"],
    ["08", "8"],
    ["0o10", "8"],
    ["0x1F", "31"],
    ["0b11", "3"],
    ["1_000", "1000"],
    ["1e1", "10"],
    ["+5", "5"],
    [".5", "0.5"],
    ["12.50", "12.5"],
    ["100.0", "100"],
    ["1e400", "1e400"],
    ["yes", "yes"],
    ["True", "true"],
    ["~", ""],
    ["1:30", "1:30"],
    ["10.0.0.0/16", "10.0.0.0/16"],
    ["2027-1-31", "2027-01-31 00:00:00 +0000 UTC"],
    ["2027-01-31 00:00:00 +0000 UTC", "2027-01-31 00:00:00 +0000 UTC"],
    ["2027-02-30", "2027-02-30"],
    ['"010"', "010"],
    ["!!str 010", "010"],
  ];
  for (const [written, text] of scalars) {
    it(`takes ${written} for ${text || "an empty text"}, as the engine does`, () => {
      stack(`config:\n  shop:key: ${written}\n`);
      assert.equal(read().values["shop:key"], text);
    });
  }

  it("reads keys, aliases and merges as the engine does", () => {
    stack("config:\n  size: 1\n  shop:config:old: 2\n  shop:a: &a {010: x}\n  shop:b: {<<: *a, k: v}\n");
    const expected = {
      "shop:size": "1",
      "shop:old": "2",
      "shop:a": '{"8":"x"}',
      "shop:b": '{"8":"x","k":"v"}',
    };
    assert.deepEqual(read().values, expected);
  });

  it("says which file is missing or broken", () => {
    assert.throws(() => read(), /^Error: stack dev: there is no .*Pulumi\.dev\.yaml; allowed: /);
    mkdirSync(join(folder, "Pulumi.dev.yaml"));
    assert.throws(() => read(), /Pulumi\.dev\.yaml: can't be read: is a directory$/);
  });

  const broken: [string, RegExp][] = [
    ["config: [unclosed\n", /: Flow sequence .* at line 2, column 1$/],
    ["config: *nowhere\n", /: Unresolved alias \(the anchor must be set before the alias\)$/],
    ["config:\n  shop:a: &x\n    b: *x\n", /: an alias is inside what it stands for$/],
    ["config: {}\n---\nconfig: {}\n", /: holds several YAML documents; allowed: one$/],
    ["- a list\n", /: is not a map$/],
    ["config: 3\n", /: config is 3; allowed: a map from keys such as shop:platform to values$/],
    ["config: [a]\n", /: config is \["a"\]; allowed: a map/],
    ["confgi:\n  shop:a: 1\n", /: confgi: no such key, did you mean config\? allowed: config, /],
    ["config:\n  a:b:c: 1\n", /: a:b:c is no key; allowed: KEY or NAMESPACE:KEY$/],
    ['config:\n  "shop:": 1\n', /: shop: is no key; allowed: KEY or NAMESPACE:KEY$/],
    ["config:\n  shop:a: .inf\n", /: Pulumi takes no such number, .* at line 2, column 11$/],
    ["config:\n  shop:a: 2027-01-31T10:00:00Z\n", /: A time needs quotes, .* at line 2/],
  ];
  for (const [text, message] of broken) {
    it(`refuses the file ${JSON.stringify(text)} in one line`, () => {
      stack(text);
      assert.throws(
        () => read(),
        (error: Error) => {
          assert.ok(error instanceof ConfigurationError);
          assert.match(error.message, message);
          assert.match(error.message, /^\S+Pulumi\.dev\.yaml: [^\n]+$/);
          return true;
        },
      );
    });
  }
});
