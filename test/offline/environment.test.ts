// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are expressions of an environment
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { ConfigurationError, readConfiguration } from "../../offline/configuration";
import { environmentOf, overEnvironment } from "../../offline/environment";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { dev } from "../stacks/raw";

interface Answer {
  /** A stack's file. */
  readonly file: string;
  /** The program's configuration. */
  readonly values?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly error?: string;
}

/** Answers of github.com/pulumi/esc v0.25.0, and of pulumi v3.248.0 that merges them into a stack's configuration. */
const ANSWERS: readonly Answer[] = JSON.parse(readFileSync(join(__dirname, "environments.json"), "utf8"));

/** The order of an object's keys is no part of it. */
const parsed = (text: string): unknown => (/^[[{]/.test(text) ? JSON.parse(text) : text);

const read = (values: object) => environmentOf({ values } as never);

describe("a stack's environment", () => {
  describe("is read as the engine reads it", () => {
    for (const { file, values = {}, secrets = [], error } of ANSWERS)
      it(`${error === undefined ? "" : "refused: "}${file
        .replace(/^environment:/, "")
        .replaceAll(/\s+/g, " ")
        .trim()}`, () => {
        const folder = mkdtempSync(join(tmpdir(), "canary-environment-"));
        writeFileSync(join(folder, "Pulumi.yaml"), "name: canary-traffic\nruntime: nodejs\n");
        writeFileSync(join(folder, "Pulumi.dev.yaml"), file);
        const read = () => readConfiguration(folder, "dev");
        if (error !== undefined) return assert.throws(read, ConfigurationError);
        const { values: found, secretKeys } = read();
        assert.deepEqual([...secretKeys].sort(), secrets);
        const open = (all: Readonly<Record<string, string>>) =>
          Object.fromEntries(
            Object.entries(all)
              .filter(([key]) => !secrets.includes(key))
              .map(([key, text]) => [key, parsed(text)]),
          );
        assert.deepEqual(open(found), open(values));
      });
  });

  it("keeps secrets out of what is made of them", () => {
    const values = {
      token: { "fn::secret": "x" },
      pulumiConfig: {
        text: "t=${token}",
        json: { "fn::toJSON": { a: "${token}" } },
        parts: { "fn::split": [",", "${token}"] },
        encrypted: { "fn::secret": { ciphertext: "Zx" } },
      },
    };
    assert.deepEqual(read(values)?.config, {
      text: { secure: "t=x" },
      json: { secure: '{"a":"x"}' },
      parts: [{ secure: "x" }],
      encrypted: { secure: "Zx" },
    });
  });

  it("names what only the service could evaluate, and leaves it out", () => {
    const pulumiConfig = {
      open: { "fn::open::aws-login": {} },
      who: "${context.pulumi.user.login}",
      gone: "${nope.at}",
      kept: 1,
    };
    const environment = environmentOf({ imports: ["base"], values: { pulumiConfig } } as never);
    assert.deepEqual(environment?.config, { kept: 1 });
    assert.deepEqual(environment?.unread, [
      "pulumiConfig.open (fn::open::aws-login)",
      "pulumiConfig.who (${context.pulumi.user.login})",
      "pulumiConfig.gone (${nope.at})",
    ]);
  });

  it("names all that the engine refuses at once, by path", () => {
    const { refused } =
      read({ a: "${b}", b: "${a}", pulumiConfig: { c: { "fn::join": [",", 5] }, d: "${" } }) ?? {};
    assert.deepEqual(refused, [
      "values.a: refers to itself",
      "values.b: refers to itself",
      "values.pulumiConfig.c: fn::join takes a list, not 5",
      "values.pulumiConfig.d: lacks the closing brace of ${",
    ]);
  });

  it("is names of others, or a map", () => {
    assert.deepEqual(environmentOf(["base", { dev: { merge: false } }])?.imports, ["base", "dev"]);
    for (const wrong of [7, "base", { values: [] }, { imports: "base" }, [["base"]]])
      assert.equal(environmentOf(wrong as never), undefined);
  });

  it("is below the stack's own configuration, map by map", () => {
    assert.deepEqual(overEnvironment({ a: 1, b: { c: 1, d: [1] } }, { b: { d: [2], e: null } }), {
      a: 1,
      b: { c: 1, d: [2], e: null },
    });
    assert.equal(overEnvironment({ a: 1 }, 7), 7);
    assert.deepEqual(overEnvironment({ a: 1 }, { secure: "x" }), { secure: "x" });
  });

  describe("in a preview", () => {
    let project: Project;
    beforeEach(() => {
      project = new Project();
    });
    afterEach(() => project.remove());

    function file(environment: unknown, settings: Record<string, unknown>): void {
      const config = Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [`canary-traffic:${key}`, value]),
      );
      project.write("Pulumi.dev.yaml", stringify({ environment, config }));
    }

    it("sets keys without a namespace for the project, and what the stack's file has wins", async () => {
      const { canaryWeight: _, ...others } = dev({});
      file(
        { values: { pulumiConfig: { canaryWeight: 40, router: "nginx" } } },
        { ...others, router: "traefik" },
      );
      const { stdout, code } = await run("preview");
      assert.match(stdout, /^myapp: canary 40 % by traefik;/);
      assert.equal(code, 0);
    });

    it("warns of imports, in check and in the comment, too", async () => {
      file(["shared/prod"], dev({}));
      const warning =
        /environment: shared\/prod can't be read here, and may set any key that this stack's file does not/;
      assert.match((await run("preview")).stdout, warning);
      assert.match((await run("preview", "--format", "markdown")).stdout, warning);
      assert.match((await run("check")).stderr, warning);
    });

    it("names imports where a key is missing", async () => {
      file(["shared/prod"], { platform: "kubernetes" });
      const { stderr, code } = await run("preview");
      assert.match(stderr, /^apps is missing: .*\nenvironment: shared\/prod can't be read here/m);
      assert.equal(code, 2);
    });

    it("is refused when it is none", async () => {
      file(7, dev({}));
      const { stderr, code } = await run("preview");
      assert.match(
        stderr,
        /Pulumi\.dev\.yaml: environment is 7; allowed: a list of names, or a map with imports and values\n$/,
      );
      assert.equal(code, 2);
    });
  });
});
