import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Weights } from "../../analysis/plan";
import { readSettings } from "../../cli/settings";
import { readConfiguration } from "../../offline/configuration";
import { engineShifter } from "../../rollout/shifters";
import type { EngineShifter } from "../../rollout/shifters/engine";
import { needing } from "../needing";
import { claimCluster, EngineProject, kubectl, lacksCluster, PROJECT, releaseCluster } from "./engine";

const NEVER = new AbortController().signal;
const canaryAt = (weight: number): Weights => ({ "myapp/canary": weight });
const lacking = lacksCluster();
const title = "Pulumi's engine as a rollout's shifter";

(lacking === undefined ? describe : describe.skip)(needing(lacking, title), function () {
  this.timeout(180_000);
  const outside = { ...process.env };
  let project: EngineProject;

  before(async () => {
    claimCluster();
    project = new EngineProject(PROJECT, "dev");
    Object.assign(process.env, {
      PULUMI_HOME: project.file("home"),
      PULUMI_BACKEND_URL: `file://${project.file("state")}`,
      PULUMI_CONFIG_PASSPHRASE: "tests",
    });
    await project.init();
    await project.configure({
      "traefik.install": "false",
      "traefik.ingressClass": "traefik-external",
      "apps.myapp.replicas": "0",
      "apps.myapp.canaryReplicas": "0",
    });
    await project.up();
  });

  after(async () => {
    await project?.destroy();
    releaseCluster();
    for (const key of ["PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"]) {
      const value = outside[key];
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
  });

  const shifter = (): Promise<EngineShifter> => {
    const configuration = readConfiguration(project.folder, "dev");
    const wired = { folder: project.folder, configuration, settings: readSettings(configuration) };
    return engineShifter(wired, [{ app: "myapp", canary: "canary" }], assert.fail);
  };

  const locks = (): string =>
    join(project.file("state"), ".pulumi", "locks", "organization", "canary-traffic", "dev");

  /** Begins an update that waits for a canary which never becomes ready. */
  async function beginBroken(by: EngineShifter, signal: AbortSignal): Promise<() => Promise<void>> {
    await project.configure({ "apps.myapp.canaryReplicas": "1" });
    const update = by.apply(canaryAt(50), "broken", signal);
    update.catch(() => {});
    for (;;) {
      const { stdout } = kubectl(
        "-n",
        "myapp",
        "get",
        "deployment",
        "myapp-canary",
        "-o",
        "jsonpath={.spec.replicas}",
      );
      if (stdout === "1") return () => update;
      await sleep(200);
    }
  }

  it("shifts by an update that changes the routing object alone", async () => {
    const engine = await shifter();
    assert.deepEqual(await engine.preview(canaryAt(25)), []);
    await engine.apply(canaryAt(25), "canary rollout, step 1 of 2", NEVER);
    assert.deepEqual([await engine.applied(), await engine.observed()], [canaryAt(25), canaryAt(25)]);
    assert.deepEqual(await engine.changedByHand(), []);
    const { stdout } = await project.pulumi(["stack", "history", "--stack", "dev", "--json"]);
    const [last] = JSON.parse(stdout) as { message: string }[];
    assert.equal(last?.message, "canary rollout, step 1 of 2");
  });

  it("names what else an update would change, and who changed the configuration", async () => {
    const engine = await shifter();
    await project.configure({ "apps.myapp.canaryImage": "registry.example.com/myapp:1.2.0" });
    assert.deepEqual(await engine.preview(canaryAt(30)), [
      "update kubernetes:apps/v1:Deployment myapp-canary",
    ]);
    assert.deepEqual(await engine.changedByHand(), ["canary-traffic:apps"]);
  });

  it("rolls back within 30 s after an update that failed on a canary which never becomes ready", async () => {
    const engine = await shifter();
    const abort = new AbortController();
    const update = await beginBroken(engine, abort.signal);
    abort.abort("the canary failed");
    await assert.rejects(update, /cancelled: the canary failed/);
    const begun = Date.now();
    await engine.recover();
    await engine.rollBack(canaryAt(0), "back", NEVER);
    assert.deepEqual([await engine.applied(), await engine.observed()], [canaryAt(0), canaryAt(0)]);
    assert.ok(Date.now() - begun < 30_000, `took ${Date.now() - begun} ms`);
  });

  it("ends what a killed update left behind, its lock included, and goes on", async () => {
    await project.configure({ "apps.myapp.canaryReplicas": "0" });
    await (await shifter()).apply(canaryAt(10), "whole again", NEVER);
    const update = await beginBroken(await shifter(), NEVER);
    const { pid } = JSON.parse(readFileSync(join(project.folder, ".canary", "dev.process"), "utf8"));
    process.kill(pid, "SIGKILL");
    await assert.rejects(update);
    assert.notDeepEqual(readdirSync(locks()), []);
    const engine = await shifter();
    assert.deepEqual(await engine.applied(), canaryAt(10));
    await engine.recover();
    assert.deepEqual(readdirSync(locks()), []);
    await engine.rollBack(canaryAt(0), "back", NEVER);
    assert.deepEqual(await engine.observed(), canaryAt(0));
  });

  it("leaves another's live update alone", async () => {
    const lock = join(locks(), "another.json");
    mkdirSync(locks(), { recursive: true });
    const timestamp = new Date().toISOString();
    writeFileSync(
      lock,
      JSON.stringify({ pid: process.pid, username: "ann", hostname: hostname(), timestamp }),
    );
    const engine = await shifter();
    await assert.rejects(engine.recover(), /somebody else's update is under way: ann@/);
    assert.deepEqual(readdirSync(locks()), ["another.json"]);
    rmSync(lock);
  });
});
