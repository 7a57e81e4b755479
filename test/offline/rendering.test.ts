import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { fileNames, MASKED_ANNOTATION, renderObjects, toYaml } from "../../offline/manifests";
import { evaluate } from "../../offline/program";
import type { Properties } from "../../offline/values";
import { Sandbox } from "./sandbox";

describe("rendered objects", () => {
  let sandbox: Sandbox;

  beforeEach(() => {
    sandbox = new Sandbox();
  });

  afterEach(() => sandbox.remove());

  const render = async (body: string) => {
    sandbox.program(body);
    return renderObjects((await evaluate(sandbox.folder, sandbox.configuration(), [])).states);
  };
  const nameOf = (object: Properties | undefined) => (object?.metadata as Properties | undefined)?.name;

  it("have secrets masked leaf by leaf, and say that they have", async () => {
    const { objects } = await render(`
      new ConfigMap("a", { metadata: { name: "a" }, data: { open: "1", token: pulumi.secret("hush") } });
      new Secret("b", { metadata: { name: "b" }, stringData: { TOKEN: "hush" } });`);
    assert.doesNotMatch(JSON.stringify(objects), /hush/);
    const ofKind = (kind: string) => objects.find((object) => object.kind === kind);
    assert.deepEqual(ofKind("ConfigMap")?.data, { open: "1", token: "[secret]" });
    assert.deepEqual(ofKind("Secret")?.stringData, { TOKEN: "[secret]" });
    for (const object of objects) {
      const { annotations } = object.metadata as { annotations: Properties };
      assert.equal(annotations[MASKED_ANNOTATION], "true");
    }
  });

  it("get the same made-up name from the same content, another from another, and nothing of Pulumi's", async () => {
    const named = (data: string) => render(`new ConfigMap("settings", { data: { a: "${data}" } });`);
    const [first, second, other] = [await named("1"), await named("1"), await named("2")];
    assert.equal(nameOf(first.objects[0]), nameOf(second.objects[0]));
    assert.notEqual(nameOf(first.objects[0]), nameOf(other.objects[0]));
    assert.doesNotMatch(JSON.stringify(first.objects), /pulumi\.com/);
  });

  it("leave no value out that only a provider knows: each is named", async () => {
    const { unknown } = await render(`
      const a = new ConfigMap("a", { data: { a: "1" } });
      const template = new LaunchTemplate("template", { imageId: "ami-1" });
      new ConfigMap("b", { data: { version: pulumi.interpolate\`v\${template.latestVersion}\` } });`);
    assert.deepEqual(unknown, [
      "kubernetes:core/v1:ConfigMap b: data.version is known to the provider alone",
    ]);
  });

  it("name what was masked in them, and where", async () => {
    const { maskedAt } = await render(`
      new ConfigMap("a", { metadata: { name: "a" }, data: { open: "1" } });
      new Secret("b", { metadata: { name: "b", namespace: "shop" }, stringData: { KEY: "hush", TOKEN: "hush" } });`);
    assert.deepEqual(maskedAt, [{ object: "Secret shop/b", paths: ["stringData.KEY", "stringData.TOKEN"] }]);
  });

  it("have made-up names that tell nothing of a secret's value", async () => {
    const named = (value: string) =>
      render(`
        new Secret("a", { stringData: { PIN: "${value}" } });
        new ConfigMap("b", { data: { open: "1", pin: pulumi.secret("${value}") } });`);
    const [first, second] = [await named("1234"), await named("9876")];
    assert.deepEqual(first.objects.map(nameOf), second.objects.map(nameOf));
  });

  it("have texts that stay texts, whichever YAML they are read by", () => {
    const examples = [
      ...["on", "No", "y", "Y", "n", "OFF", "yes", "True", "null", "~", "=", "<<", ""],
      ...["1_000", "0o7", "017", "0b1_0", "0xFF", "-0x1_f", "+1", "1.", ".5", "1e3", "1.5E+3", "685_230.15"],
      ...["1:30", "190:20:30.15", "-1:30", ".inf", "-.Inf", ".NaN", "2001-12-14", "2001-1-1"],
      ...["2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", "1__0", "0x_", "_1", "1.2.3", "10Gi"],
    ];
    const suspicious = fc.stringMatching(/^[-+]?[0-9yYnNoOeEfFtTbx_.:~=<-]{0,9}$/);
    const isKept = (text: string): void => {
      const printed = toYaml({ [text]: [text, { value: text }], plain: 1, flag: true });
      const kept = { [text]: [text, { value: text }], plain: 1, flag: true };
      for (const version of ["1.1", "1.2"] as const) assert.deepEqual(parse(printed, { version }), kept);
    };
    for (const text of examples) isKept(text);
    fc.assert(fc.property(suspicious, isKept), { numRuns: 1000 });
    assert.equal(toYaml({ image: "a:1", cpu: "100m", path: "/on" }), "image: a:1\ncpu: 100m\npath: /on\n");
  });

  it("go to files by kind, namespace and name, each to one of its own", () => {
    const metadata = { name: "Web", namespace: "shop" };
    const objects = [
      { kind: "Deployment", metadata },
      { kind: "Namespace", metadata: { name: "shop" } },
      { kind: "Deployment", metadata },
    ];
    assert.deepEqual(fileNames(objects), [
      "deployment-shop-web.yaml",
      "namespace-shop.yaml",
      "deployment-shop-web-2.yaml",
    ]);
  });
});
