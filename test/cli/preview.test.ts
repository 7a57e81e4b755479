import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { dev, prod } from "../stacks/raw";
import { PROJECT, Project } from "./project";
import { run } from "./run";

const exported = (resources: unknown): string => JSON.stringify({ version: 3, deployment: { resources } });

const stackResource = (stack: string, project = "canary-traffic") => {
  const type = "pulumi:pulumi:Stack";
  return { urn: `urn:pulumi:${stack}::${project}::${type}::${project}-${stack}`, type };
};

describe("canary preview", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    project.stackFile("dev", dev({}));
  });

  afterEach(() => project.remove());

  const refused = async (line: RegExp, ...words: string[]): Promise<void> => {
    const { code, stdout, stderr } = await run(...words);
    assert.equal(stdout, "");
    assert.match(stderr, line);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.equal(code, 2);
  };

  describe("--state", () => {
    it("refuses the state of another stack or project, and names both", async () => {
      project.write("other.json", exported([stackResource("prod")]));
      const line =
        /^--state other\.json: is of stack prod of project canary-traffic; allowed: stack dev of project canary-traffic$/m;
      await refused(line, "preview", "--state", "other.json");
      await refused(line, "check", "--state", "other.json");
      project.write("other.json", exported([stackResource("dev", "shop")]));
      await refused(
        /^--state other\.json: is of stack dev of project shop; allowed: stack dev of project canary-traffic$/m,
        "preview",
        "--state",
        "other.json",
      );
    });

    it("takes one of this stack, and one without resources", async () => {
      for (const resources of [[stackResource("dev")], [], undefined]) {
        project.write("state.json", exported(resources));
        const { code, stdout } = await run("preview", "--state", "state.json");
        assert.equal(code, 0);
        assert.match(stdout, /\d+ to create/);
      }
    });

    it("refuses what is no export, a folder and texts included", async () => {
      const wrong = [
        ...['{"deployment":null}', '{"deployment":[]}', '{"deployment":{"resources":{}}}'],
        ...[exported([{}]), exported([null]), exported(["x"]), exported([{ urn: "x", type: "y" }]), "{", ""],
        exported([
          {
            ...stackResource("dev"),
            inputs: {
              a: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: "{" },
            },
          },
        ]),
      ];
      for (const text of wrong) {
        project.write("state.json", text);
        await refused(/^--state state\.json: \S.*/, "preview", "--state", "state.json");
      }
      await refused(/^--state \.: EISDIR/, "preview", "--state", ".");
    });

    it("is of one stack, so not for all of them", async () => {
      project.stackFile("staging", dev({}));
      await refused(/--all-stacks.*--state/, "preview", "--all-stacks", "--state", "none.json");
    });
  });

  it("says on stderr alone, naming the stack, what can't be previewed among others", async () => {
    project.stackFile("staging", dev({ canaryWeight: 101 }));
    const { code, stdout, stderr } = await run("preview", "--all-stacks");
    assert.equal(code, 2);
    assert.match(stdout, /Previewing update \(dev\)/);
    assert.doesNotMatch(stdout, /staging/);
    assert.match(stderr, /^staging: canaryWeight.*\n$/);
  });

  it("takes --json beside --format json, and beside no other format", async () => {
    const { code, stdout } = await run("preview", "--json", "--format", "json");
    assert.equal(code, 0);
    assert.ok(JSON.parse(stdout));
    for (const format of ["text", "html", "markdown"]) {
      await refused(
        new RegExp(`^--json and --format ${format}: allowed is one of them$`, "m"),
        "preview",
        "--json",
        "--format",
        format,
      );
    }
  });

  it("always says first where the effective weight is another than asked by more than a point", async () => {
    project.stackFile("prod", prod({ canaryWeight: 1 }));
    const { stdout } = await run("preview", "-s", "prod");
    assert.match(
      stdout,
      /^myapp: canary 1 % \(effective 10 %\) by classic ELB; .*\nmyapp: not as asked: canary gets 10 % of the requests, not 1 %\n/,
    );
    const exact = await run("preview", "-s", "prod", "-c", "canaryWeight=10");
    assert.doesNotMatch(exact.stdout, /not as asked/);
  });
});

describe("canary --version", () => {
  it("prints the version in package.json", async () => {
    const { version } = JSON.parse(readFileSync(resolve(PROJECT, "package.json"), "utf8"));
    assert.deepEqual(await run("--version"), { code: 0, stdout: `${version}\n`, stderr: "" });
  });
});
