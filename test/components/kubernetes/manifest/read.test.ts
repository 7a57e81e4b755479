import assert from "node:assert/strict";
import { at } from "../../../../components/kubernetes/manifest/object";
import { readManifest } from "../../../../components/kubernetes/manifest/read";

const config = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: ${data}\n`;

describe("a manifest is read", () => {
  it("document by document, lists among them, empty ones left out", () => {
    const { objects, problems } = readManifest(
      `# nothing\n---\n${config("{}")}---\n---\napiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Secret, metadata: {name: b}}\n`,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      ["ConfigMap", "Secret"],
    );
  });

  it("as kubectl does: octal modes, on and yes, anchors; neither base 60 nor dates", () => {
    const { objects } = readManifest(
      config(
        "{mode: 0644, a1: on, on: yes, at: 12:30, day: 2026-01-31, a: &x {b: 1}, c: {<<: *x}, number: 1_000}",
      ),
    );
    assert.deepEqual(at(objects[0], "data"), {
      ...{
        mode: 420,
        a1: true,
        true: true,
        at: "12:30",
        day: "2026-01-31",
        a: { b: 1 },
        c: { b: 1 },
        number: 1000,
      },
    });
  });

  it("with templates of alerts in a text", () => {
    const { objects, problems } = readManifest(
      config('{rules: "{{ range .Alerts }}{{ if .Labels }}{{ end }}{{ end }}"}'),
    );
    assert.deepEqual([objects.length, problems], [1, []]);
  });

  const refusals: readonly [string, string, RegExp][] = [
    [
      "a template of Helm's",
      config("{a: {{ .Values.a }}}"),
      /^no template of Helm's: render it first, helm template/,
    ],
    [
      "another template",
      config("{{ toEnv }}: x\n  y"),
      /^texts as keys, in document 1 \(line 1\): line 4 has braces for one; of a template, render it first/,
    ],
    [
      "a Kustomization",
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
      /^in document 1 \(line 1\), no Kustomization: render it first, kubectl kustomize FOLDER > FILE/,
    ],
    ["YAML that is none", `${config("{}")}---\na: [1\n`, /^YAML in document 2 \(line 6\): .*\(line \d+\)$/],
    [
      "a key twice",
      "kind: A\nkind: B\n",
      /^YAML in document 1 \(line 1\): Map keys must be unique \(line 2\)$/,
    ],
    [
      "an object without a kind",
      `${config("{}")}---\napiVersion: v1\nmetadata: {name: b}\n`,
      /^in document 2 \(line 6\), a text as kind$/,
    ],
    ["a list", "- a\n", /^in document 1 \(line 1\), an object with apiVersion, kind and metadata$/],
    [
      "no name",
      "apiVersion: v1\nkind: Pod\nmetadata: {labels: {}}\n",
      /^in document 1 \(line 1\), a text as metadata\.name of the Pod$/,
    ],
    ["no metadata", "apiVersion: v1\nkind: Pod\n", /^in document 1 \(line 1\), metadata of the Pod$/],
    [
      "a name that the cluster makes up",
      "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: migrate-}\n",
      /^in document 1 \(line 1\), metadata\.name of the Job in place of generateName/,
    ],
    [
      "a label that is no text",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {version: 1.0}}\n",
      /^in document 1 \(line 1\), a text as metadata\.labels version of Pod a, in quotes: 1 is none$/,
    ],
    [
      "an item of a list",
      "apiVersion: v1\nkind: List\nitems: [{kind: Pod}]\n",
      /^in document 1 \(line 1\), items\[0\], a text as apiVersion$/,
    ],
    ["an object twice", `${config("{}")}---\n${config("{}")}`, /^ConfigMap a once$/],
    ["nothing", "# nothing\n", /^objects of Kubernetes: the file has none$/],
  ];
  for (const [title, text, line] of refusals) {
    it(`and refused with ${title}`, () => {
      const { problems } = readManifest(text);
      assert.match(problems.join("\n"), line);
    });
  }

  it("whole: all that is wrong at once", () => {
    const { problems } = readManifest("kind: A\n---\napiVersion: v1\n---\na: [\n");
    assert.equal(problems.length, 3);
  });

  it("reads a map of 50,000 keys in a time that does not grow by their square", () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `  k${i}: v`).join("\n");
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n${keys}\n`;
    const begun = performance.now();
    assert.deepEqual(readManifest(text).problems, []);
    assert.ok(performance.now() - begun < 10_000);
    assert.match(readManifest(`${text}  k7: again\n`).problems.join(), /Map keys must be unique/);
  });
});
