/** Runs in a lab's network, with KUBECONFIG set, on a machine with Pulumi's engine. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Lab } from "../../../lab/client";
import { Load } from "../../../lab/load/load";
import { answers, counts, failures, type LoadReport, total } from "../../../lab/load/tally";
import { EngineProject, PROJECT } from "../../engine/engine";
import { origins, untilSettled, untilTraefikReady } from "../edges";

const HOST = "myapp.example.com";
/** Requests a second. */
const RATE = 400;

describe("canary up under load", function () {
  this.timeout("5m");
  let lab: Lab;
  let project: EngineProject;

  before(async () => {
    lab = await Lab.attach(process.env.KUBECONFIG ?? "");
    project = new EngineProject(PROJECT, "dev");
    await project.init();
    await project.configure({
      "traefik.installCrds": "false",
      // A pod takes eight requests at the same time, of the 32 that the load has under way at most.
      "apps.myapp.env.LATENCY_MS": "60",
      "apps.myapp.env.CAPACITY": "8",
      "apps.myapp.env.STARTUP_MS": "3000",
      "apps.myapp.replicas": "9",
      "apps.myapp.canaryReplicas": "1",
    });
    await up();
    await untilTraefikReady(lab);
    await untilSettled(lab);
  });

  after(() => project?.destroy());

  const HIGH = { "apps.myapp.canaryWeight": "50", "apps.myapp.canaryReplicas": "6" };
  const LOW = { "apps.myapp.canaryWeight": "10", "apps.myapp.canaryReplicas": "1" };

  it("raises weight and pods in one update", async () => {
    await project.configure(HIGH);
    const { said, share } = await withoutLoss(up);
    assert.match(said, /^1 update: no variant loses both requests and pods$/m);
    assert.equal(await updates(), 2);
    assert.equal(share, 50);
  });

  it("lowers them in two", async () => {
    await project.configure({ ...LOW, "apps.myapp.replicas": "12" });
    const { said, share } = await withoutLoss(up);
    assert.match(said, /^ {4}myapp: canary goes from 50 % to 10 % and from 6 pods to 1$/m);
    assert.match(said, /^ {2}1 {2}all but Deployment myapp-canary$/m);
    assert.equal(await updates(), 4);
    assert.equal(share, 10);
  });

  it("loses requests where pulumi up lowers them in one, in which the route waits for the primary", async () => {
    await project.configure(HIGH);
    await up();
    await project.configure({ ...LOW, "apps.myapp.replicas": "15" });
    const { report } = await underLoad(() => project.up());
    const lost = total(failures(counts(report)));
    console.log(`      ${lost} requests`);
    assert.ok(lost > 0);
  });

  it("removes a canary that takes requests in two", async () => {
    const before = await updates();
    const settings = ["canaryImage", "canaryHost", "canaryWeight", "canaryReplicas"];
    await project.configure(Object.fromEntries(settings.map((name) => [`apps.myapp.${name}`, null])));
    const { share } = await withoutLoss(up);
    assert.equal(await updates(), before + 2);
    assert.equal(share, 0);
  });

  it("has nothing left to do then", async () => {
    const { stdout } = await up();
    assert.match(stdout, /\nResources:\n {4}\d+ unchanged\n/);
  });

  /** What `canary up` prints, and the canary's share of requests afterwards, none of which was lost at any time. */
  async function withoutLoss(
    change: () => Promise<{ stdout: string }>,
  ): Promise<{ said: string; share: number }> {
    const { result, settled, report } = await underLoad(change);
    assert.deepEqual(failures(counts(report)), {});
    const { primary = 0, canary = 0 } = answers(counts(report, settled));
    return { said: result.stdout, share: Math.round((100 * canary) / (primary + canary)) };
  }

  async function underLoad<T>(
    change: () => Promise<T>,
  ): Promise<{ result: T; settled: number; report: LoadReport }> {
    const load = await Load.start(lab, { origins: await origins(lab), host: HOST, rate: RATE });
    try {
      await load.more(RATE);
      const result = await change();
      await untilSettled(lab);
      const settled = Date.now();
      await load.more(2 * RATE);
      return { result, settled, report: await load.stop() };
    } finally {
      await load.stop();
    }
  }

  function up(): Promise<{ stdout: string }> {
    const command = [join(PROJECT, "bin/canary.js"), "up", "-s", "dev", "--yes"];
    const env = { ...process.env, ...project.env };
    return promisify(execFile)(process.execPath, command, { cwd: project.folder, env });
  }

  async function updates(): Promise<number> {
    const { stdout } = await project.pulumi(["stack", "history", "--stack", "dev", "--json"]);
    return (JSON.parse(stdout) as unknown[]).length;
  }
});
