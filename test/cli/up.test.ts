import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dev } from "../stacks/bad-settings";
import { Project } from "./project";
import { run } from "./run";

describe("canary up", () => {
  const path = process.env.PATH;
  const isTerminal = process.stdin.isTTY;
  let project: Project;

  beforeEach(() => {
    project = new Project();
    project.stackFile("dev", dev({ apps: { myapp: {} } }));
    // No pulumi, and nobody to ask.
    process.env.PATH = project.folder;
    process.stdin.isTTY = false;
  });

  afterEach(() => {
    process.env.PATH = path;
    process.stdin.isTTY = isTerminal;
    project.remove();
  });

  it("updates nothing unasked where there is nobody to ask", async () => {
    const { code, stderr } = await run("up");
    assert.equal(stderr, "--yes is missing; allowed: without it on a terminal alone, which asks\n");
    assert.equal(code, 2);
  });

  it("needs Pulumi's engine", async () => {
    const { code, stderr } = await run("up", "--yes");
    assert.match(stderr, /^pulumi is not on PATH; allowed: Pulumi's CLI, as for pulumi up\n$/);
    assert.equal(code, 1);
  });

  it("does not update beside a rollout", async () => {
    mkdirSync(`${project.folder}/.canary`);
    const lock = JSON.stringify({ host: "elsewhere", pid: 1, started: "1" });
    writeFileSync(`${project.folder}/.canary/dev.lock`, lock);
    const { code, stderr } = await run("up", "--yes");
    assert.match(stderr, /^stack dev: a rollout is under way on elsewhere, process 1, .*\n$/);
    assert.equal(code, 2);
  });

  it("says what is wrong with the stack's settings in a line", async () => {
    project.stackFile("dev", dev({ apps: { myapp: { canaryWeight: 101 } } }));
    const { code, stderr } = await run("up", "--yes");
    assert.match(stderr, /^apps\.myapp\.canaryWeight is 101; allowed: .*\n$/);
    assert.equal(code, 2);
  });
});
