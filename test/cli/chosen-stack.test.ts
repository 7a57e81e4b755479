import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { app } from "../stacks/raw";
import { Project } from "./project";
import { run } from "./run";

const CHANGING = [
  ["rollout", "--to", "25", "--unjudged"],
  ["rollback"],
  ["up", "--yes"],
  ["promote"],
  ["approve"],
  ["abort"],
  ["judge", "fail", "--metric", "errors"],
  ["watchdog"],
];

describe("a command that may change a stack, without -s", () => {
  const { PULUMI_HOME, PATH } = process.env;
  let project: Project;

  beforeEach(() => {
    project = new Project();
    for (const stack of ["dev", "prod"]) project.stackFile(stack, app({}));
    delete process.env.PULUMI_STACK;
    process.env.PULUMI_HOME = join(project.folder, "home");
    // No engine: a command that has its stack ends there.
    process.env.PATH = project.folder;
  });

  afterEach(() => {
    project.remove();
    process.env.PATH = PATH;
    if (PULUMI_HOME === undefined) delete process.env.PULUMI_HOME;
    else process.env.PULUMI_HOME = PULUMI_HOME;
  });

  /** As `pulumi stack select` does. */
  function select(stack: string): void {
    const hash = createHash("sha1").update(join(project.folder, "Pulumi.yaml")).digest("hex");
    mkdirSync("home/workspaces", { recursive: true });
    writeFileSync(`home/workspaces/canary-traffic-${hash}-workspace.json`, JSON.stringify({ stack }));
  }

  for (const words of CHANGING) {
    it(`${words[0]} is refused, with the stacks that there are`, async () => {
      const { code, stderr } = await run(...words);
      assert.equal(stderr, "-s is missing: give one of dev, prod; or choose one by pulumi stack select\n");
      assert.equal(code, 2);
    });
  }

  for (const [name, stack] of [
    ["prod", "prod"],
    ["organization/canary-traffic/prod", "prod"],
    ["acme/canary-traffic/prod", "acme/canary-traffic/prod"],
  ] as const) {
    it(`takes ${name}, which pulumi stack select chose`, async () => {
      select(name);
      const { stderr } = await run("approve");
      assert.equal(stderr, `stack ${stack}: no rollout is under way here\n`);
    });
  }

  it("takes what PULUMI_STACK says before what was selected", async () => {
    select("prod");
    process.env.PULUMI_STACK = "dev";
    assert.match((await run("approve")).stderr, /^stack dev: /);
  });

  it("goes by -s before both", async () => {
    select("prod");
    assert.match((await run("approve", "-s", "dev")).stderr, /^stack dev: /);
  });

  it("is refused for a stack that there is not", async () => {
    const { code, stderr } = await run("abort", "-s", "prd");
    assert.equal(stderr, "stack prd: there is none; allowed: dev, prod\n");
    assert.equal(code, 2);
  });
});
