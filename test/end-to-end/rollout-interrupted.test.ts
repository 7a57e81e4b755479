import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { lab } from "./hooks";
import { imageOf, RolloutProject } from "./rollout-project";

const APP = "cut-off";
const ROLLOUT = { steps: [25, 50, 100], bakeSeconds: 1, analysis: { intervalSeconds: 1 } };
const ROLLBACK_MS = 30_000;

describe("a rollout by the command line that is interrupted", () => {
  let project: RolloutProject;

  before(async function () {
    if (lab().attached) this.skip();
    project = await RolloutProject.deployed(lab(), [APP], ROLLOUT);
  });

  afterEach(() => project.restore(ROLLOUT));

  after(() => project?.remove());

  it("goes back where an update was cut off between the cluster and the state", async () => {
    await project.forgetting(async () => {
      const { code, stderr } = await project.canary("rollout", "--unjudged", "--to", "25");
      assert.equal(code, 0, stderr);
    });
    assert.equal(await project.weight(APP), 25);
    const { code, stdout, stderr } = await project.canary("rollback");
    assert.equal(code, 0, stdout + stderr);
    await project.isWholeAt(APP, 0);
  });

  it("finishes the update at Ctrl-C, stops, and goes on by --resume", async () => {
    const rollout = project.start("rollout", "--unjudged", "--to", "100");
    await project.until("shifting", 1);
    await sleep(500);
    rollout.signal("SIGINT");
    const stopped = await rollout.ended;
    assert.equal(stopped.code, 1);
    assert.match(stopped.stdout, /^story: stopped: stopped by Ctrl-C$/m);
    assert.deepEqual(
      project
        .events()
        .slice(-2)
        .map(({ type }) => type),
      ["shifted", "ended"],
    );
    assert.equal(await project.weight(APP), 50);
    const { code, stdout, stderr } = await project.canary("rollout", "--resume");
    assert.equal(code, 0, stdout + stderr);
    assert.equal(await project.weight(APP), 100);
  });

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`goes back within 30 s with a canary that crashes, after its update was ended by ${signal}`, async () => {
      const begun = await project.canary("rollout", "--unjudged", "--to", "25");
      assert.equal(begun.code, 0, begun.stderr);
      project.configure(APP, "canaryImage", imageOf(APP, "crashes"));
      const update = project.startUpdate();
      const crashes = async (): Promise<boolean> => {
        const pods = await project.pods(APP, "canary");
        return pods.some(({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
      };
      await lab().until("the canary crashes", crashes, 180);
      update.signal(signal);
      const { code } = await update.ended;
      assert.notEqual(code, 0);

      const start = Date.now();
      const back = await project.canary("rollback");
      const took = Date.now() - start;
      console.log(`      after ${(took / 1000).toFixed(1)} s`);
      assert.equal(back.code, 0, back.stdout + back.stderr);
      assert.equal(await project.weight(APP), 0);
      assert.ok(took < ROLLBACK_MS, `${took} ms`);
    });
  }
});
