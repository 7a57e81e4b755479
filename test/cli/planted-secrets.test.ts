import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { readConfiguration } from "../../offline/configuration";
import { deployed } from "../../offline/preview";
import type { ResourceState } from "../../offline/state";
import { isObject, type Properties, secret, type Value } from "../../offline/values";
import { app } from "../stacks/raw";
import { Project } from "./project";
import { run } from "./run";

/** A secret that stands nowhere else, with characters that each format writes in its own way. */
const planted = fc
  .stringMatching(/^[A-Za-z0-9]{6}[A-Za-z0-9"'<>&/+=\\ -]{4,16}[A-Za-z0-9]$/)
  .map((text) => `S3cr3t${text}`);

/** Resources with a secret each, in one state. */
const AT_ONCE = 4;

const FORMATS = ["text", "json", "markdown", "html"];

/** Ways to give a secret by an option. */
const WAYS: readonly ((text: string) => string[])[] = [
  (text) => ["-c", `secrets.myapp.KEY=${text}`, "--config-path"],
  (text) => ["-c", `secrets=${JSON.stringify({ myapp: { KEY: text } })}`],
  (text) => ["-c", `canary-traffic:secrets=${JSON.stringify({ myapp: { KEY: text } })}`],
  (text) => ["-c", `canary-traffic:config:secrets=${JSON.stringify({ myapp: { KEY: text } })}`],
  (text) => ["-c", `["secrets"].myapp.KEY=${text}`, "--config-path"],
  (text) => ["-c", `secrets["myapp"].KEY=${text}`, "--config-path"],
  (text) => ["-c", `aws:secretKey=${text}`],
  (text) => ["-c", `aws:config:token=${text}`],
  (text) => ["-c", `kubernetes:kubeconfig=${text}`],
  (text) => ["-c", `rollout.sources.http.url=https://m.example.com/?x=${text}`, "--config-path"],
  (text) => ["-c", `rollout=${JSON.stringify({ sources: { http: { headers: { Authorization: text } } } })}`],
  (text) => ["-c", `rollout={"sources": ${text}`],
];

/** The secret as outputs could hold it. */
const forms = (text: string): string[] => [
  text,
  JSON.stringify(text).slice(1, -1),
  encodeURIComponent(text),
  Buffer.from(text).toString("base64").slice(0, 12),
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;"),
  text.slice(0, 12),
];

/** Every place of a resource where a text is, as paths. */
function places(value: Value, path: readonly string[] = []): (readonly string[])[] {
  if (Array.isArray(value) || isObject(value))
    return Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]));
  return typeof value === "string" ? [path] : [];
}

function withValue(value: Value, [step, ...rest]: readonly string[], fresh: Value): Value {
  if (step === undefined) return fresh;
  const below = withValue((value as Properties)[step] as Value, rest, fresh);
  return Array.isArray(value)
    ? value.map((item, i) => (String(i) === step ? below : item))
    : { ...(value as Properties), [step]: below };
}

describe("a secret planted anywhere", function () {
  this.timeout(120_000);
  let project: Project;
  let resources: readonly ResourceState[];

  before(async () => {
    project = new Project();
    project.stackFile("dev", app({}));
    resources = await deployed(project.folder, readConfiguration(project.folder, "dev"));
  });
  after(() => project.remove());

  async function prints(texts: readonly string[], ...words: string[]): Promise<void> {
    const { stdout, stderr } = await run(...words);
    for (const form of texts.flatMap(forms))
      assert.ok(!(stdout + stderr).includes(form), `${words.join(" ")} prints ${form}:\n${stdout}${stderr}`);
  }

  /** Where a secret is planted in a resource, and how its state marks it. */
  const planting = fc.record({
    text: planted,
    where: fc.nat(),
    side: fc.constantFrom("inputs", "outputs", "both"),
    mark: fc.constantFrom<(value: Value) => Value>(
      (value) => secret(value),
      (value) => ({ ...secret(null), plaintext: JSON.stringify(value), value: null }),
    ),
    /** The mark may be on the text itself, or on what it is a part of. */
    up: fc.nat(3),
  });

  function withSecret(
    resource: ResourceState,
    { text, where, side, mark, up }: typeof planting extends fc.Arbitrary<infer T> ? T : never,
  ): ResourceState {
    const paths = places(resource.inputs).filter(([top]) => !["kind", "apiVersion"].includes(top ?? ""));
    const path = paths[where % paths.length] ?? [];
    const above = path.slice(0, Math.max(1, path.length - up));
    const plain = withValue(resource.inputs, path, text) as Properties;
    const at = above.reduce<Value>((value, step) => (value as Properties)[step] as Value, plain);
    const { value: _, ...marked } = mark(at) as Properties;
    const hidden = withValue(plain, above, "plaintext" in marked ? marked : mark(at)) as Properties;
    return {
      ...resource,
      inputs: side === "outputs" ? plain : hidden,
      outputs: side === "inputs" ? plain : hidden,
    };
  }

  it("in a state in plain text, at any depth of inputs and outputs, is in no preview", () => {
    const own = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    const plantings = fc.tuple(
      fc.shuffledSubarray(own, { minLength: AT_ONCE, maxLength: AT_ONCE }),
      fc.array(planting, { minLength: AT_ONCE, maxLength: AT_ONCE }),
    );
    return fc.assert(
      fc.asyncProperty(plantings, fc.constantFrom(...FORMATS), async ([chosen, how], format) => {
        const changed = new Map(chosen.map((one, i) => [one, withSecret(one, how[i] as (typeof how)[0])]));
        const list = resources.map((one) => changed.get(one) ?? one);
        project.write("state.json", JSON.stringify({ version: 3, deployment: { resources: list } }));
        const texts = how.map(({ text }) => text);
        const state = ["--state", "state.json"];
        await prints(texts, "preview", ...state, "--show-sames", "--policy", "--format", format);
        await prints(texts, "check", ...state);
      }),
      { numRuns: 60 / AT_ONCE },
    );
  });

  it("in the content of a Kubernetes Secret that nobody marked is in no preview", () =>
    fc.assert(
      fc.asyncProperty(planted, fc.constantFrom(...FORMATS), fc.boolean(), async (text, format, encoded) => {
        const last = {
          "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ data: { KEY: text } }),
        };
        const value = encoded
          ? { data: { KEY: Buffer.from(text).toString("base64") } }
          : { stringData: { KEY: text } };
        const first = resources.find(({ type }) => type.startsWith("kubernetes:")) as ResourceState;
        const inputs = {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "k", annotations: last },
          ...value,
        };
        const type = "kubernetes:core/v1:Secret";
        const urn = `urn:pulumi:dev::canary-traffic::${type}::k`;
        const list = [...resources, { ...first, type, urn, name: "k", inputs, outputs: inputs }];
        project.write("state.json", JSON.stringify({ version: 3, deployment: { resources: list } }));
        await prints([text], "preview", "--state", "state.json", "--format", format);
      }),
      { numRuns: 12 },
    ));

  it("given by -c, in whatever way, is in nothing that is printed", async () => {
    for (const given of WAYS) {
      const texts = fc.sample(planted, FORMATS.length);
      for (const [i, format] of FORMATS.entries()) {
        const text = texts[i] as string;
        await prints([text], "preview", "--policy", "--format", format, ...given(text));
      }
      const [text = ""] = texts;
      await prints([text], "render", ...given(text));
      await prints([text], "render", "--format", "json", ...given(text));
      await prints([text], "check", ...given(text));
    }
  });

  it("in the stack's file, plain or encrypted, is in no file that is rendered", () =>
    fc.assert(
      fc.asyncProperty(planted, fc.boolean(), async (text, encrypted) => {
        project.stackFile("dev", app({}));
        const KEY = encrypted ? { secure: `v1:${text}` } : text;
        project.stackFile("dev", { ...app({}), secrets: { myapp: { KEY } } });
        await prints([text], "preview", "--json", "-c", "canaryWeight=0");
        await prints([text], "render", "--out", "objects");
        for (const file of readdirSync("objects"))
          for (const form of forms(text))
            assert.ok(!readFileSync(join("objects", file), "utf8").includes(form), file);
      }),
      { numRuns: 10 },
    ));
});
