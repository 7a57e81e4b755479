import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { Command, CommanderError } from "commander";
import { type Clock, systemClock } from "../../analysis/clock";
import { startTime } from "../../base/process-start";
import { report } from "../../cli/errors";
import { watchdogCommand } from "../../cli/watchdog";
import type { Sign } from "../../rollout/heartbeat/sign";
import { TAG_SECONDS } from "../../rollout/heartbeat/tags";
import { pulumiEngine } from "../../rollout/shifters/pulumi";
import { sign, TagsInMemory } from "../rollout/heartbeat/tags-in-memory";
import { dev, onBoth } from "../stacks/raw";
import { Project } from "./project";
import { captured, type Ran, run } from "./run";
import { PulumiStandIn } from "./stand-in";

const HOUR = 3_600_000;

describe("canary watchdog", function () {
  this.timeout(60_000);
  let project: Project;
  let pulumi: PulumiStandIn;

  const shop = { host: "shop.example.com", image: "shop:1.0.0", canaryImage: "shop:1.1.0" };
  const file = (canaryWeight: number): void =>
    project.stackFile("dev", dev({ apps: { myapp: { canaryWeight }, shop: { ...shop, canaryWeight: 10 } } }));

  beforeEach(async () => {
    project = new Project();
    pulumi = new PulumiStandIn(project, "touch updated");
    file(0);
    await pulumi.state("after");
    file(25);
    await pulumi.state("before");
  });

  afterEach(() => {
    pulumi.remove();
    project.remove();
  });

  const signed = (change: Partial<Sign> = {}): void =>
    project.write("tags.json", JSON.stringify({ owner: "ann", ...TagsInMemory.of(sign(change)).values }));

  /** An hour after the last sign. What a look waits for is over at once; deadlines of processes are not. */
  function watchdog(...words: string[]): Promise<Ran> {
    let skipped = 0;
    const clock: Clock = {
      now: () => HOUR,
      elapsed: () => systemClock.elapsed() + skipped,
      sleep: async (milliseconds, signal) => {
        if (milliseconds >= TAG_SECONDS * 1000) await systemClock.sleep(milliseconds, signal);
        else skipped += milliseconds;
      },
    };
    const program = new Command("canary").addCommand(watchdogCommand(clock));
    for (const command of [program, ...program.commands]) command.exitOverride();
    return captured(async () => {
      try {
        process.exitCode = 0;
        await program.parseAsync(["watchdog", ...words], { from: "user" });
        return Number(process.exitCode);
      } catch (error) {
        return error instanceof CommanderError ? 2 : report(error);
      }
    });
  }

  function lockedHere(command: string): void {
    mkdirSync(`${project.folder}/.canary`);
    const holder = { command, host: hostname(), pid: process.pid, started: startTime(process.pid) };
    writeFileSync(`${project.folder}/.canary/dev.lock`, JSON.stringify(holder));
  }

  const ALERT =
    "stack dev: the rollout by ann@ci left myapp/canary 25 % in step 2 of 3, no sign since 1970-01-01T00:00:00.000Z; " +
    "canary rollout -s dev --resume there goes on, canary rollback -s dev --app myapp/canary takes it back";

  it("says in a line that a rollout died, which weight it left, and what to do, and changes nothing", async () => {
    signed();
    const { code, stdout, stderr } = await watchdog();
    assert.deepEqual([code, stdout, stderr], [1, `${ALERT}\n`, ""]);
    assert.deepEqual(pulumi.updates(), []);
  });

  it("takes back what it left with --take-back, a fixed weight beside it not, and finds nothing the next time", async () => {
    signed();
    const { code, stdout, stderr } = await watchdog("--take-back");
    assert.equal(code, 1, stderr);
    assert.ok(stdout.startsWith(`${ALERT}\ndev: rolled back: myapp/canary 25 % -> 0 %\n`), stdout);
    const [update = "", ...others] = pulumi.updates();
    assert.deepEqual(others, []);
    assert.match(update, /canary watchdog, no sign of the rollout since 1970-01-01T00:00:00.000Z: myapp/);
    const again = await watchdog("--take-back");
    assert.deepEqual(
      [again.code, again.stdout],
      [0, "stack dev: no rollout is under way: the last one is by-hand\n"],
    );
    assert.equal(pulumi.updates().length, 1);
  });

  it("finds users whom a rollout left on Kubernetes, and says what takes them back", async () => {
    project.stackFile("dev", onBoth({ dns: { kubernetesWeight: 25 } }));
    await pulumi.state("before");
    signed(sign({}, { "myapp/Kubernetes": 0 }));
    const { code, stdout } = await watchdog();
    assert.equal(code, 1);
    assert.match(
      stdout,
      / left myapp\/Kubernetes 25 % in step 2 of 3, .* canary rollback -s dev --move takes it back\n$/,
    );
  });

  it("never touches a weight that no rollout gave", async () => {
    for (const tags of [undefined, sign({ end: "stopped" }), sign({}, { "shop/canary": 10 })]) {
      if (tags !== undefined) signed(tags);
      const { code, stdout, stderr } = await watchdog("--take-back");
      assert.equal(code, 0, stdout + stderr);
      assert.deepEqual(pulumi.updates(), []);
    }
  });

  it("is no more to be told once canary rollback took the canaries out", async () => {
    signed();
    await run("rollback", "--app", "myapp");
    assert.match((await watchdog()).stdout, /the last one is by-hand$/m);
  });

  it("alerts and takes nothing back where the sign can't be read", async () => {
    project.write("tags.json", '{"canary-rollout": "?"}');
    const { code, stdout } = await watchdog("--take-back");
    assert.equal(code, 1);
    assert.equal(
      stdout,
      "stack dev: can't tell whether a rollout died: tag canary-rollout is not as this version of canary writes it; " +
        "nothing was changed; canary status -s dev shows the weights\n",
    );
    assert.deepEqual(pulumi.updates(), []);
  });

  it("says what a backend without tags lacks", async () => {
    const refusal = "echo 'error: stack tags not supported in diy mode' >&2; exit 255";
    project.write("pulumi", `#!/bin/sh\ntest "$1" = version && echo v3.200.0 && exit\n${refusal}\n`);
    const { stdout } = await watchdog();
    assert.match(
      stdout,
      /: error: stack tags not supported in diy mode; allowed: Pulumi's CLI 3\.211 or later;/,
    );
  });

  it("leaves a rollout of this machine to itself, and says so where that gives no sign", async () => {
    lockedHere("rollout");
    project.write("tags.json", '{"canary-rollout": "?"}');
    assert.equal((await watchdog()).code, 0);
    signed();
    const { code, stdout } = await watchdog("--take-back");
    assert.equal(code, 1);
    assert.match(stdout, /; canary rollout is under way here, process \d+\nNOT taken back: stack dev: /);
    assert.deepEqual(pulumi.updates(), []);
  });

  for (const words of [
    ["--after", "59"],
    ["--after", "1m"],
    ["--after", "604801"],
    ["-s", "none"],
  ]) {
    it(`exits 2 with ${words.join(" ")}`, async () => {
      const { code, stdout } = await watchdog(...words);
      assert.deepEqual([code, stdout], [2, ""]);
    });
  }

  it("has an engine whose tags come back as they were set", async () => {
    const { tags } = await pulumiEngine(project.folder, "canary-traffic", "dev");
    assert.ok(tags !== undefined);
    const { signal } = new AbortController();
    await tags.set("canary-rollout", '{"a": "b c"}', signal);
    assert.deepEqual(await tags.read(signal), { "canary-rollout": '{"a": "b c"}' });
  });
});
