import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createState, endLab, handOver, labFolder, requireLab, runningLabs } from "../../lab/state";

describe("running labs", () => {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const lab = (name: string) => ({ name, nodes: ["node-1"], edgeNodes: [] });

  before(function () {
    if (process.platform !== "linux") this.skip();
    process.env.XDG_RUNTIME_DIR = mkdtempSync(join(tmpdir(), "labs-"));
  });

  after(() => {
    rmSync(process.env.XDG_RUNTIME_DIR ?? "", { recursive: true, force: true });
    if (runtime === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = runtime;
  });

  it("are found by name, and a name is given once", async () => {
    const state = createState(lab("one"));
    assert.deepEqual(runningLabs(), [state]);
    assert.deepEqual(requireLab("one"), state);
    assert.throws(() => createState(lab("one")), /--name one: that lab is up already/);
    assert.throws(() => requireLab("two"), /--name two: no such lab is running \(running: one\)/);
    await endLab(state);
    assert.deepEqual(runningLabs(), []);
  });

  it("end at once, with their folder", async () => {
    const child = spawn("sleep", ["60"]);
    const state = handOver(createState(lab("one")), child.pid ?? 0);
    const ended = once(child, "exit");
    await endLab(state);
    assert.deepEqual(await ended, [null, "SIGKILL"]);
    assert.equal(existsSync(labFolder("one")), false);
  });

  it("that crashed leave nothing in the way of the next", async () => {
    const child = spawn("sleep", ["60"]);
    handOver(createState(lab("one")), child.pid ?? 0);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.deepEqual(runningLabs(), []);
    await endLab(createState(lab("one")));
  });

  it("have names that are good for a folder and a socket", () => {
    for (const name of ["", "a/b", "Lab", "-a", "a".repeat(33)]) {
      assert.throws(() => labFolder(name), /allowed are up to 32 of a-z, 0-9 and, between them, -/);
    }
  });
});
