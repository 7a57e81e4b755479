import assert from "node:assert/strict";
import { fileName, MASKED_ANNOTATION, renderObjects } from "../../offline/manifests";
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

  it("go to files by kind, namespace and name", () => {
    const metadata = { name: "Web", namespace: "shop" };
    assert.equal(fileName({ kind: "Deployment", metadata }), "deployment-shop-web.yaml");
    assert.equal(fileName({ kind: "Namespace", metadata: { name: "shop" } }), "namespace-shop.yaml");
  });
});
