// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are expressions of an environment
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { environmentOf, overEnvironment } from "../../offline/environment";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { dev } from "../stacks/raw";

const read = (values: object) => environmentOf({ values } as never);

describe("a stack's environment", () => {
  it("has values as they stand, of other values, and of texts around them", () => {
    const values = {
      region: "eu-west-1",
      zones: ["a", "b"],
      both: { id: 7, name: "z-${zones[1]}" },
      pulumiConfig: {
        "aws:region": "${region}",
        id: "${both.id}",
        text: "in ${region}, $${this}",
        all: "${both}",
        list: { "fn::join": ["-", "${zones}"] },
        json: { "fn::toJSON": { a: "${both.id}" } },
        object: { "fn::fromJSON": '{"a": [1]}' },
      },
    };
    assert.deepEqual(read(values)?.config, {
      "aws:region": "eu-west-1",
      id: 7,
      text: "in eu-west-1, ${this}",
      all: { id: 7, name: "z-b" },
      list: "a-b",
      json: '{"a":7}',
      object: { a: [1] },
    });
  });

  it("has secrets, and texts with one in them", () => {
    const values = {
      token: { "fn::secret": "x" },
      pulumiConfig: { a: "${token}", b: "t=${token}", c: { "fn::secret": { ciphertext: "Zx" } } },
    };
    assert.deepEqual(read(values)?.config, { a: { secure: "x" }, b: { secure: "t=x" }, c: { secure: "Zx" } });
  });

  it("names what only the service could evaluate, a circle among it, and leaves it out", () => {
    const values = {
      a: "${b}",
      b: "${a}",
      pulumiConfig: { loop: "${a}", open: { "fn::open::aws-login": {} }, gone: "${nope.at}", kept: 1 },
    };
    const environment = read(values);
    assert.deepEqual(environment?.config, { kept: 1 });
    assert.deepEqual(environment?.unread, [
      "loop (refers to itself)",
      "open (fn::open::aws-login)",
      "gone (${nope.at})",
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
      assert.match(stderr, /^apps is missing; .*\nenvironment: shared\/prod can't be read here/m);
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
