import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const PROJECT = resolve(__dirname, "../..");
const CANARY = resolve(PROJECT, "bin/canary.js");

function runDemo(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CANARY, "demo", ...args], {
    cwd: PROJECT,
    encoding: "utf8",
    env: { ...process.env, CI: "true" },
  });
  return { status, stdout, stderr };
}

describe("canary demo", () => {
  it("previews the shift from 10 to 25 %, measures both splits and passes", () => {
    const { status, stdout, stderr } = runDemo();
    assert.equal(status, 0, stderr);
    assert.match(stdout, /canary 10 % -> 25 % by traefik; 1 to update/);
    assert.match(stdout, /myapp-canary +█+░+ +100 +10 %/);
    assert.match(stdout, /myapp-canary +█+░+ +(249|250|251) +2\d(\.\d)? %/);
    assert.equal(stderr, "");
  });

  it("says what is embedded and how to get the real thing", () => {
    const { stdout } = runDemo("--requests", "1");
    assert.match(stdout, /no Kubernetes, no Traefik/);
    assert.match(stdout, /npx pulumi up/);
  });

  it("prints no colours where there is no terminal, in CI neither", () => {
    const { status, stdout } = runDemo("--requests", "1");
    assert.equal(status, 0);
    assert.equal(stdout.includes("\u001b"), false);
  });

  const wrong: [string[], RegExp][] = [
    [["--requests", "abc"], /--requests.*'abc'.*an integer from 1 to 100000/],
    [["--requests", "0"], /--requests.*'0'.*an integer from 1 to 100000/],
    [["--requests", "1.5"], /--requests.*'1\.5'.*an integer from 1 to 100000/],
    [["--router", "nope"], /--router.*'nope'.*traefik/],
    [["--nope"], /--nope/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(" ")} with one line and exit code 2`, () => {
      const { status, stdout, stderr } = runDemo(...args);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    });
  }

  it("ends with exit code 130 on Ctrl-C", async function () {
    if (process.platform === "win32") this.skip();
    const demo = spawn(process.execPath, [CANARY, "demo", "--requests", "100000"], { cwd: PROJECT });
    await once(demo.stdout, "data");
    demo.kill("SIGINT");
    const [status] = await once(demo, "exit");
    assert.equal(status, 130);
  });
});
