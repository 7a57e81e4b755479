import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../../analysis/clock";
import { watchdogCommand } from "../../cli/watchdog";
import { TAG_SECONDS } from "../../rollout/heartbeat/tags";
import { captured, type Ran } from "../cli/run";
import { needing } from "../needing";
import { lacksEngine, PROJECT, type Run } from "./engine";
import { projectOnStandIn } from "./stand-in";

const lacking = lacksEngine();
const title = "canary watchdog after a rollout that was killed, under Pulumi's engine";

/** Nobody can ask AWS here: weights are read from the state. */
const SETTINGS = `config:
  aws:region: eu-west-1
  canary-traffic:platform: elb
  canary-traffic:apps: {myapp: {host: myapp.example.com, canaryWeight: 0}}
  canary-traffic:rollout: {steps: [25, 50], bakeSeconds: 3600}
  canary-traffic:aws:
    loadBalancer: alb
    vpcId: vpc-0a1b2c3d4e5f60718
    publicSubnetIds: [subnet-0a1b2c3d4e5f60718, subnet-0b1c2d3e4f5061728]
    amiId: ami-0a1b2c3d4e5f60718
    canaryAmiId: ami-0b1c2d3e4f5061728
    fleetSize: 4
    zoneId: Z0123456789ABCDEFGHIJ
`;

/** Nobody answers there, at once. */
const NO_AWS = {
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_ACCESS_KEY_ID: "x",
  AWS_SECRET_ACCESS_KEY: "x",
  AWS_MAX_ATTEMPTS: "1",
};

describe(needing(lacking, title), function () {
  this.timeout(5 * 60_000);
  const project = projectOnStandIn();
  before(async () => {
    const { stackFile } = project();
    const [salt = ""] = readFileSync(stackFile, "utf8").match(/^encryptionsalt: .*$/m) ?? [];
    writeFileSync(stackFile, `${SETTINGS}${salt}\n`);
    await project().up();
  });

  const begin = (...words: readonly string[]): ChildProcess =>
    spawn(process.execPath, [join(PROJECT, "bin/canary.js"), ...words], {
      cwd: project().folder,
      env: { ...project().env, ...NO_AWS },
      stdio: ["ignore", "pipe", "pipe"],
    });

  async function canary(...words: readonly string[]): Promise<Run> {
    const child = begin(...words);
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (text) => {
      stdout += text;
    });
    child.stderr?.on("data", (text) => {
      stderr += text;
    });
    const code = await new Promise<number>((done) => child.on("close", (ended) => done(ended ?? -1)));
    return { code, stdout, stderr };
  }

  /** The same without the waits between its looks. */
  async function anHourLater(...words: readonly string[]): Promise<Ran> {
    let skipped = 0;
    const clock: Clock = {
      now: () => Date.now() + 3_600_000,
      elapsed: () => systemClock.elapsed() + skipped,
      sleep: async (milliseconds, signal) => {
        if (milliseconds >= TAG_SECONDS * 1000) await systemClock.sleep(milliseconds, signal);
        else skipped += milliseconds;
      },
    };
    const [here, outside] = [process.cwd(), { ...process.env }];
    process.chdir(project().folder);
    Object.assign(process.env, project().env, NO_AWS);
    try {
      return await captured(async () => {
        process.exitCode = 0;
        await watchdogCommand(clock).parseAsync(["-s", "prod", ...words], { from: "user" });
        return Number(process.exitCode);
      });
    } finally {
      process.chdir(here);
      process.env = outside;
    }
  }

  const applied = async (): Promise<unknown> => {
    const { stdout } = await project().pulumi(["stack", "output", "weights", "--json", "--stack", "prod"]);
    return (JSON.parse(stdout) as { myapp: { canary: { asked: number } } }).myapp.canary.asked;
  };

  /** A rollout whose first step is out. */
  async function rolloutAtFirst(): Promise<ChildProcess> {
    const rollout = begin("rollout", "-s", "prod", "--to", "50", "--unjudged");
    let said = "";
    await new Promise<void>((done, failed) => {
      for (const output of [rollout.stdout, rollout.stderr])
        output?.on("data", (text) => {
          said += text;
          if (/applied myapp\/canary 25 %/.test(said)) done();
        });
      rollout.on("close", () => failed(new Error(said)));
    });
    return rollout;
  }

  it("says that it lives, then alerts and takes what is left back to 0", async () => {
    const rollout = await rolloutAtFirst();
    const killed = new Promise((done) => rollout.on("close", done));
    rollout.kill("SIGKILL");
    await killed;
    assert.match(
      (await canary("watchdog", "-s", "prod")).stdout,
      /^stack prod: the rollout lives: step 1 of 2$/m,
    );
    assert.equal(await applied(), 25);

    const { stdout, stderr } = await anHourLater("--take-back");
    assert.match(
      stdout,
      /^stack prod: the rollout by \S+ left myapp\/canary 25 % in step 1 of 2, no sign since /m,
      stderr,
    );
    assert.equal(await applied(), 0, stdout + stderr);
    assert.match(readFileSync(project().stackFile, "utf8"), /canaryWeight: 0/);
    assert.equal((await anHourLater()).code, 0);
  });

  it("is watched and aborted by another checkout, which has no journal of it", async () => {
    const files = join(project().folder, ".canary");
    rmSync(files, { recursive: true, force: true });
    const rollout = await rolloutAtFirst();
    const ended = new Promise<number | null>((done) => rollout.on("close", done));
    // Journal and lock are what a checkout elsewhere does not have.
    renameSync(files, `${files}.away`);
    mkdirSync(files);
    const watch = begin("watch", "-s", "prod");
    let watched = "";
    watch.stdout?.on("data", (text) => {
      watched += text;
    });
    const aborted = await canary("abort", "-s", "prod");
    rmSync(files, { recursive: true });
    renameSync(`${files}.away`, files);
    assert.match(
      aborted.stdout,
      /^prod: told the rollout by \S+@\S+ to roll back; it looks every 30 s$/m,
      aborted.stderr,
    );
    assert.equal(await ended, 1);
    assert.equal(await applied(), 0);
    watch.kill();
    assert.match(watched, /^\d\d:\d\d:\d\d step 1 of 2, 25 %\n\d\d:\d\d:\d\d rolling back\n/);
  });
});
