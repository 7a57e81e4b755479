import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { dev } from "../stacks/raw";
import { PROJECT, Project } from "./project";
import { run } from "./run";

describe("the program as a package of another project", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    const packages = join(project.folder, "node_modules");
    unlinkSync(packages);
    project.write("package.json", `{ "dependencies": { "canary-traffic": "*" } }`);
    project.write("Pulumi.yaml", "name: canary-traffic\nruntime: nodejs\nmain: index.ts\n");
    project.write("index.ts", `export = require("canary-traffic");\n`);
    project.stackFile("dev", dev({}));
    mkdirSync(packages);
    for (const name of readdirSync(join(PROJECT, "node_modules")).filter((one) => !one.startsWith(".")))
      symlinkSync(join(PROJECT, "node_modules", name), join(packages, name), "junction");
    symlinkSync(PROJECT, join(packages, "canary-traffic"), "junction");
  });

  afterEach(() => project.remove());

  it("declares its resources at each evaluation, so that a shift changes one", async () => {
    const { stdout, code } = await run("preview", "-c", "canaryWeight=25");
    assert.match(
      stdout,
      /^myapp: canary 10 % -> 25 % by traefik; 1 to update, 0 to replace, \d+ unchanged$/m,
    );
    assert.equal(code, 0);
  });

  it("is never taken for one that deletes everything because it declares nothing", async () => {
    const { stdout: rendered } = await run("render", "--format", "json");
    const resources = (JSON.parse(rendered) as { urn: string; type: string; inputs: object }[]).map(
      (one) => ({
        ...one,
        custom: true,
        outputs: one.inputs,
      }),
    );
    project.write("state.json", JSON.stringify({ version: 3, deployment: { resources } }));
    project.write("index.ts", "export {};\n");
    const { code, stdout, stderr } = await run("preview", "--state", "state.json");
    assert.match(
      stderr,
      /^the program declares no resource, and \d+ are deployed; pulumi destroy deletes all/,
    );
    assert.equal(code, 2);
    assert.equal(stdout, "");
  });
});
