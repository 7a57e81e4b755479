import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import fc from "fast-check";
import { parse } from "yaml";
import type { JsonSchema } from "../../stacks/json-schema";
import { schema } from "../../stacks/schema";
import { badSettings } from "./bad-settings";
import { SCHEMA_FILE, schemaText } from "./commented-settings";

const ROOT = resolve(__dirname, "..", "..");
const shipped = JSON.parse(readFileSync(SCHEMA_FILE, "utf8")) as JsonSchema;

const ajv = new Ajv2020({ allowUnionTypes: true, allErrors: true, validateFormats: false });
ajv.addKeyword("patternErrorMessage");
const validate = ajv.compile(shipped);

type Tree = unknown;
/** As editors read it. */
const contentOf = (file: string): Record<string, Tree> => parse(readFileSync(file, "utf8"));
const errorsOf = (file: Tree): string[] => {
  validate(file);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
};
const accepts = (file: Tree, title: string): void => assert.deepEqual(errorsOf(file), [], title);
const refuses = (file: Tree, title: string): void => assert.notEqual(errorsOf(file).length, 0, title);

/** A stack's file with these settings. */
const fileOf = (settings: object, namespace = "canary-traffic"): object => ({
  config: Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${namespace}:${key}`, value])),
});

const isTree = (value: Tree): value is Record<string, Tree> => typeof value === "object" && value !== null;

/** The tree with one of its leaves replaced, for each leaf. */
function* changed(tree: Tree, change: (leaf: Tree) => Tree): Generator<Tree> {
  if (!isTree(tree)) {
    const other = change(tree);
    if (other !== tree) yield other;
    return;
  }
  for (const [key, value] of Object.entries(tree))
    for (const other of changed(value, change))
      yield Array.isArray(tree) ? tree.with(Number(key), other) : { ...tree, [key]: other };
}

const stackFiles = [
  ".",
  "examples",
  "test/fixtures/elb",
  "test/fixtures/streams",
  "test/engine/fixtures/kitchen-sink",
]
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name)))
  .filter((file) => /Pulumi\.\w+\.yaml$/.test(file));

describe("the schema of stacks' files", () => {
  it("ships as the settings and their comments are; npm run docs writes it", async () => {
    assert.equal(readFileSync(SCHEMA_FILE, "utf8"), await schemaText());
  });

  it("describes every key", () => {
    const undescribed = (node: JsonSchema, path: string): string[] => [
      ...Object.entries(node.properties ?? {}).flatMap(([name, below]) => [
        ...(below.description || below.$ref ? [] : [`${path}.${name}`]),
        ...undescribed(below, `${path}.${name}`),
      ]),
      ...(node.anyOf ?? []).flatMap((one) => undescribed(one, path)),
      ...(node.items ? undescribed(node.items, `${path}[]`) : []),
      ...(isTree(node.additionalProperties) ? undescribed(node.additionalProperties, `${path}.*`) : []),
    ];
    assert.deepEqual(undescribed(shipped, ""), []);
  });

  it("accepts every stack's file of this repository, and what the documents show", () => {
    assert.ok(stackFiles.length >= 9);
    for (const file of stackFiles) accepts(contentOf(file), file);
    const pages = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".md"),
    );
    let shown = 0;
    for (const page of pages) {
      const text = readFileSync(join(ROOT, "docs", page), "utf8");
      for (const [, block = ""] of text.matchAll(/^```yaml\n(config:.*?)^```$/gms)) {
        accepts(parse(block), `${page}:\n${block}`);
        shown += 1;
      }
    }
    assert.ok(shown > 0);
  });

  it("accepts encrypted values, and texts in place of numbers and flags", () => {
    for (const file of stackFiles) {
      const content = contentOf(file);
      for (const other of changed(content, () => ({ secure: "v1:abc:def" })))
        accepts(other, JSON.stringify(other));
      const asText = (leaf: Tree): Tree => (typeof leaf === "string" ? leaf : String(leaf));
      for (const other of changed({ config: withoutPatches(content) }, asText))
        accepts(other, JSON.stringify(other));
    }
    accepts(fileOf({ apps: '{"myapp":{}}', aws: { secure: "v1:abc:def" } }), "whole values");
  });

  it("refuses keys that there are not, wherever they stand", () => {
    const misspelt = badSettings.filter(({ raw }) =>
      schema.safeParse(raw).error?.issues.some(({ code }) => code === "unrecognized_keys"),
    );
    assert.ok(misspelt.length >= 5);
    for (const { title, raw } of misspelt) refuses(fileOf(raw), title);
    refuses(fileOf({ rollout: { notices: [{ kind: "slack" }] } }), "what an entry of a list lacks");
    refuses({ config: { "canary-traffic:canaryWieght": 5 } }, "at the top");
  });

  it("leaves other namespaces alone, and checks the settings of projects with other names", () => {
    accepts(
      { config: { "aws:region": "eu-west-1", "kubernetes:context": "prod" }, environment: ["x"] },
      "others",
    );
    accepts(fileOf({ canaryWeight: 5, apps: { myapp: { port: 80 } } }, "shop"), "another project");
    refuses(fileOf({ apps: { myapp: { prot: 80 } } }, "shop"), "another project's misspelt key");
  });

  it("accepts all that the program accepts of a key, and refuses what is of another type", () => {
    const weights = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.boolean(),
      fc.double({ min: 0, max: 100 }),
    );
    fc.assert(
      fc.property(weights, (value) => {
        if (schema.shape.canaryWeight.safeParse(value).success)
          accepts(fileOf({ canaryWeight: value }), `${value}`);
        if (schema.shape.protect.safeParse(value).success) accepts(fileOf({ protect: value }), `${value}`);
      }),
    );
    for (const canaryWeight of [-1, 101, true, "ten", null, [5]])
      refuses(fileOf({ canaryWeight }), `${canaryWeight}`);
    for (const protect of [1, "yes", {}]) refuses(fileOf({ protect }), `${protect}`);
    refuses(fileOf({ router: "nginxx" }), "a router that there is not");
    refuses(fileOf({ apps: { myapp: { port: 70000 } } }), "a port that is none");
  });

  it("has defaults that it accepts itself", () => {
    const properties: Record<string, JsonSchema> = {};
    const fallbacks: Record<string, Tree> = {};
    const gather = (node: JsonSchema, path: string): void => {
      if ("default" in node) [properties[path], fallbacks[path]] = [node, node.default];
      for (const [name, below] of Object.entries(node.properties ?? {})) gather(below, `${path}.${name}`);
      for (const one of node.anyOf ?? []) gather(one, path);
      if (isTree(node.additionalProperties)) gather(node.additionalProperties, `${path}.*`);
      if (node.items) gather(node.items, `${path}[]`);
    };
    gather(shipped, "");
    assert.ok(Object.keys(fallbacks).length > 100);
    assert.ok(
      ajv.validate({ type: "object", properties, $defs: shipped.$defs }, fallbacks),
      ajv.errorsText(),
    );
  });
});

/** Values in patches are anything: a text there is no number. */
function withoutPatches({ config }: Record<string, Tree>): Tree {
  return Object.fromEntries(Object.entries(config as object).filter(([key]) => !key.endsWith(":patches")));
}
