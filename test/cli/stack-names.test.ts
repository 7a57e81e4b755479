import assert from "node:assert/strict";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { dev } from "../stacks/raw";
import { PROJECT, Project } from "./project";
import { run } from "./run";

describe("a stack", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    project.stackFile("dev", dev({}));
  });
  afterEach(() => project.remove());

  const projectFile = (more: object): void =>
    project.write(
      "Pulumi.yaml",
      stringify({ name: "canary-traffic", main: join(PROJECT, "index.ts"), runtime: "nodejs", ...more }),
    );

  for (const name of ["dev", "acme/dev", "acme/canary-traffic/dev"]) {
    it(`is found as ${name}`, async () => {
      const { stdout, stderr } = await run("preview", "-s", name, "-c", "canaryWeight=25");
      assert.match(stdout, /^myapp: canary 10 % -> 25 % by traefik;.*\nPreviewing update \(dev\):/, stderr);
    });
  }

  it("of another project is refused", async () => {
    const { code, stderr } = await run("preview", "-s", "acme/shop/dev");
    assert.equal(stderr, "stack acme/shop/dev: is of project shop; allowed: canary-traffic\n");
    assert.equal(code, 2);
  });

  it("that has no file is refused with those that have one", async () => {
    project.stackFile("prod", dev({}));
    const { code, stderr } = await run("preview", "-s", "prd");
    assert.match(stderr, /^stack prd: there is no \S+Pulumi\.prd\.yaml; allowed: dev, prod\n$/);
    assert.equal(code, 2);
  });

  for (const key of ["stackConfigDir", "config"]) {
    it(`has its file in the folder that ${key} names`, async () => {
      projectFile({ [key]: "stacks" });
      mkdirSync(join(project.folder, "stacks"));
      renameSync(join(project.folder, "Pulumi.dev.yaml"), join(project.folder, "stacks/Pulumi.dev.yaml"));
      const { stdout, stderr } = await run("preview", "--all-stacks");
      assert.match(stdout, /^myapp: canary 10 % by traefik;/, stderr);
    });
  }

  it("of a project with another name says where its keys are", async () => {
    projectFile({ name: "shop" });
    const config = Object.entries(dev({})).map(([key, value]) => [`blog:${key}`, value]);
    project.write("Pulumi.dev.yaml", stringify({ config: Object.fromEntries(config) }));
    const { code, stderr } = await run("preview");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^apps is missing.*\nkeys of blog: are not read in project shop: here they begin with shop:, as in shop:apps$/m,
    );
  });
});
