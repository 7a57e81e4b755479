import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { PROJECT, Project } from "../cli/project";
import { run } from "../cli/run";
import { dev } from "./raw";

interface Rendered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

const HEAD = `import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { program } from ${JSON.stringify(join(PROJECT, "stacks/program"))};
`;

describe("the program of a project of one's own", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    named("shop");
  });

  afterEach(() => project.remove());

  const named = (name: string): void =>
    project.write("Pulumi.yaml", stringify({ name, runtime: "nodejs", main: "index.ts" }));
  const code = (text: string): void => project.write("index.ts", HEAD + text);
  const settings = (
    namespace: string,
    raw: Record<string, unknown>,
    more: Record<string, unknown> = {},
  ): void => {
    const config = Object.entries(raw).map(([key, value]) => [`${namespace}:${key}`, value]);
    project.write("Pulumi.dev.yaml", stringify({ config: { ...Object.fromEntries(config), ...more } }));
  };
  const resources = async (): Promise<Rendered[]> => {
    const { stdout, stderr } = await run("render", "--format", "json");
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout);
  };
  const inputsOf = async (end: string): Promise<Rendered["inputs"]> => {
    const found = (await resources()).find(({ urn }) => urn.endsWith(end));
    assert.ok(found, end);
    return found.inputs;
  };
  const refusal = async (): Promise<string> => {
    const { stderr, code: exit } = await run("render", "--format", "json");
    assert.equal(exit, 2);
    return stderr;
  };

  describe("its settings' namespace", () => {
    beforeEach(() => code("export = program();"));

    for (const namespace of ["shop", "canary-traffic"]) {
      it(`may be ${namespace} in project shop, for -c too`, async () => {
        settings(namespace, dev({}), { "kubernetes:context": "here" });
        const { stdout } = await run("preview", "-c", "canaryWeight=25");
        assert.match(stdout, /^myapp: canary 10 % -> 25 % by traefik; 1 to update, 0 to replace/);
        const paths = await run("preview", "-c", "apps.myapp.canaryWeight=5", "--config-path");
        assert.match(paths.stdout, /^myapp: canary 10 % -> 5 % by traefik; 1 to update/m);
      });
    }

    it("leaves the project's own keys to other code, if it is canary-traffic", async () => {
      code("export = { ...program(), size: new (require('@pulumi/pulumi').Config)().require('size') };");
      settings("canary-traffic", dev({}), { "shop:size": "3" });
      assert.ok((await resources()).length > 10);
    });

    it("names keys that would not be read, as there are two of them", async () => {
      settings("canary-traffic", dev({}), { "shop:canaryWeight": "25", "shop:size": "3" });
      assert.equal(
        await refusal(),
        'shop:canaryWeight is "there"; allowed: canary-traffic:canaryWeight, as this stack\'s settings begin with canary-traffic:\n',
      );
    });
  });

  describe("its transforms", () => {
    beforeEach(() => settings("canary-traffic", dev({})));

    const typed = `import type { ProgramTransform } from ${JSON.stringify(join(PROJECT, "stacks/transforms"))};\n`;

    it("change arguments and options of any child, one after another", async () => {
      code(`${typed}
        const label: ProgramTransform = ({ type, args }) => type === "kubernetes:apps/v1:Deployment"
          ? { args: { ...args, metadata: { ...args.metadata, annotations: { team: "a" } } } } : undefined;
        const again: ProgramTransform = ({ args }) => args.metadata?.annotations?.team === "a"
          ? { args: { ...args, metadata: { ...args.metadata, annotations: { team: "ab" } } } } : undefined;
        const ignore: ProgramTransform = ({ name, type, opts }) => name === "myapp" && type.endsWith(":Service")
          ? { opts: { ...opts, ignoreChanges: ["spec.ports"] } } : undefined;
        export = program({ transforms: [label, again, ignore] });`);
      const { metadata } = (await inputsOf(":Deployment::myapp-canary")) as {
        metadata: Record<string, unknown>;
      };
      assert.deepEqual(metadata.annotations, { team: "ab" });
      const { code: exit } = await run("preview", "-c", "canaryWeight=25");
      assert.equal(exit, 0);
    });

    it("come before the stack's patches and what it adopts", async () => {
      settings("canary-traffic", {
        ...dev({}),
        patches: [
          {
            target: { kind: "Deployment", name: "myapp" },
            merge: { metadata: { annotations: { by: "patch" } } },
          },
        ],
        adopt: { "Deployment/myapp": "myapp/myapp" },
      });
      code(`export = program({ transforms: [({ type, args }) => type.endsWith(":Deployment")
        ? { args: { ...args, metadata: { ...args.metadata, annotations: { by: "code", and: "code" } } } } : undefined] });`);
      const { metadata } = (await inputsOf(":Deployment::myapp")) as { metadata: Record<string, unknown> };
      assert.deepEqual(metadata.annotations, { by: "patch", and: "code" });
      const { stdout } = await run("preview", "--json");
      assert.doesNotMatch(stdout, /"error"/);
    });

    it("leave alone what other code declares, before and after", async () => {
      code(`new Namespace("before"); const outputs = program({ transforms: [({ type, args }) => type.endsWith(":Namespace")
        ? { args: { ...args, metadata: { ...args.metadata, labels: { seen: "1" } } } } : undefined] });
        new Namespace("after"); export = outputs;`);
      const labelled = (await resources())
        .filter(({ type }) => type.endsWith(":Namespace"))
        .map(({ name, inputs }) => [name, (inputs.metadata as { labels?: object } | undefined)?.labels]);
      assert.deepEqual(
        labelled
          .filter(([, labels]) => labels !== undefined && "seen" in (labels as object))
          .map(([name]) => name),
        ["myapp", "traefik"],
      );
    });

    for (const [what, text, expected] of [
      [
        "that change a weight",
        `({ type, args }) => type.endsWith(":Service") ? { args: { ...args, spec: { ...args.spec, selector: {} } } } : undefined`,
        /^program: transforms\[0\] for Service\/traefik is "a change"; allowed: other args than spec.selector: weights are/,
      ],
      [
        "with the SDK's own answer",
        `({ args, opts }) => ({ props: args, opts } as object)`,
        /for Namespace\/myapp is "a map with props, opts"; allowed: \{ args, opts \}, one of them, or undefined\n$/,
      ],
      ["that are async", `(async () => ({})) as never`, /is "a Promise"; allowed/],
      [
        "that forget the parent",
        `() => ({ opts: { protect: true } })`,
        /allowed: opts with the parent that there was/,
      ],
      ["that are no function", `"all" as never`, /^program: transforms\[0\] is "all"; allowed: a function/],
    ] as const) {
      it(`${what} are refused, and nothing is made`, async () => {
        code(`export = program({ transforms: [${text}] });`);
        assert.match(await refusal(), expected);
      });
    }

    it("are named if they are no list, or the option has another name", async () => {
      code("export = program({ transforms: {}, transform: [] } as never);");
      assert.equal(
        await refusal(),
        'program: transform: no such key, did you mean transforms? allowed: transforms\nprogram: transforms is "object"; allowed: a list of functions\n',
      );
    });
  });

  it("is never taken for one that deletes everything because it declares nothing", async () => {
    settings("canary-traffic", dev({}));
    code("export = program();");
    const deployed = (await resources()).map((one) => ({ ...one, custom: true, outputs: one.inputs }));
    project.write("state.json", JSON.stringify({ version: 3, deployment: { resources: deployed } }));
    code("export = {};");
    const { code: exit, stdout, stderr } = await run("preview", "--state", "state.json");
    assert.match(
      stderr,
      /^the program declares no resource, and \d+ are deployed; pulumi destroy deletes all/,
    );
    assert.equal(exit, 2);
    assert.equal(stdout, "");
  });
});
