import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { demo } from "../../cli/demo";
import { hasty } from "../embedded/hasty";
import { captured, type Ran } from "./run";

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
  const report = join(mkdtempSync(join(tmpdir(), "canary-demo-test-")), "report.html");
  let demoed: Ran;
  before(async function () {
    this.timeout(120_000);
    demoed = await captured(() => demo({ router: "traefik", requests: 1000, report }, hasty(8)));
  });
  after(() => rmSync(dirname(report), { recursive: true }));

  it("previews the shift from 10 to 25 %, measures both splits and passes", () => {
    const { code, stdout, stderr } = demoed;
    assert.equal(code, 0, stdout);
    assert.match(stdout, /canary 10 % -> 25 % by traefik; 1 to update/);
    assert.match(stdout, /myapp-canary +█+░+ +100 +10 %/);
    assert.match(stdout, /myapp-canary +█+░+ +(249|250|251) +2\d(\.\d)? %/);
    assert.equal(stderr, "");
  });

  it("has a broken canary rolled back by itself, and the fixed one taken to 100 % and promoted", () => {
    const { stdout } = demoed;
    assert.match(
      stdout,
      /rolled back: appinfo\/canary success rate: canary [\d,]+ errors in [\d,]+ requests; 0 would be expected: 100 % worse/,
    );
    assert.match(stdout, /done: all steps passed: appinfo\/canary 100 %/);
    assert.match(stdout, /- +image: appinfo:1\n\+ +image: appinfo:3\n/);
    assert.match(stdout, /promoted: appinfo\/canary/);
    assert.match(
      stdout,
      /Passed: nobody beyond a step's weight met the broken version, and no other request failed/,
    );
  });

  it("counts the requests of each step", () => {
    const counts = [...demoed.stdout.matchAll(/(appinfo:\d) at (\d+) % .* ([\d,]+) of ([\d,]+)$/gm)].map(
      ([, version, weight, canary = "", all = ""]) => {
        const share = Number(canary.replace(",", "")) / Number(all.replace(",", ""));
        // Once taken back, the broken one had few requests.
        const near = Math.abs(share * 100 - Number(weight)) <= 1.5 ? Number(weight) : share;
        return [version, Number(weight), near];
      },
    );
    assert.deepEqual(counts, [
      ["appinfo:2", 0, 0],
      ["appinfo:2", 25, 25],
      ["appinfo:3", 0, 0],
      ["appinfo:3", 25, 25],
      ["appinfo:3", 50, 50],
      ["appinfo:3", 75, 75],
      ["appinfo:3", 100, 100],
    ]);
  });

  it("leaves a report on both rollouts", () => {
    assert.match(
      readFileSync(report, "utf8"),
      /<title>Rollout of .*: rolled back; Rollout of .*: done<\/title>/,
    );
  });

  it("says what is embedded and how to get the real thing", () => {
    assert.match(demoed.stdout, /no Kubernetes, no Traefik/);
    assert.match(demoed.stdout, /npx pulumi up/);
  });

  it("prints no colours where there is no terminal", () => {
    assert.equal(demoed.stdout.includes("\u001b"), false);
  });

  const wrong: [string[], RegExp][] = [
    [["--requests", "abc"], /--requests.*'abc'.*an integer from 1 to 100000/],
    [["--requests", "0"], /--requests.*'0'.*an integer from 1 to 100000/],
    [["--requests", "1.5"], /--requests.*'1\.5'.*an integer from 1 to 100000/],
    [["--router", "nope"], /--router.*'nope'.*traefik/],
    [["--nope"], /--nope/],
    [["--report", "nope/report.html"], /^--report nope\/report\.html: ENOENT.*in a folder that is there$/m],
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
