import assert from "node:assert/strict";
import type { RolloutEvent } from "../../rollout/journal/events";
import { lab } from "./hooks";
import { describeJudged } from "./rollout-judged";

describeJudged("a rollout judged by a real Prometheus that has to wait", ["held"], (judged) => {
  const start = (...words: string[]) => judged.project.start("rollout", ...words);
  const isOutcome = (outcome: string) => (event: RolloutEvent) =>
    event.type === "judged" && event.verdict.metrics.some((metric) => metric.outcome === outcome);

  it("holds while there is no traffic, and goes on when it comes", async () => {
    const rollout = start("--to", "25", "--bake", "4");
    await lab().until("it holds", () => judged.project.events().some(isOutcome("no-traffic")));
    await judged.users();
    const { code, stdout } = await rollout.ended;
    assert.equal(code, 0, stdout);
  });

  it("goes back without traffic where that means to fail", async () => {
    judged.project.configureRollout(["analysis", "onNoTraffic"], "fail");
    const { code, stdout } = await judged.project.canary("rollout", "--to", "25");
    assert.equal(code, 1);
    assert.match(stdout, /the canary had no requests/);
  });

  it("holds while Prometheus is down, says so, and goes on when it is back", async () => {
    await judged.users();
    const rollout = start("--to", "25");
    await judged.project.until("observed");
    await judged.prometheus.stop();
    await lab().until("it holds", () => judged.project.events().some(isOutcome("source-failed")));
    judged.prometheus.start();
    const { code, stderr } = await rollout.ended;
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /hold\n.* +held\/canary errors: no value of the canary: http:\/\/127.* can't be reached/,
    );
  });

  it("waits for an approval from elsewhere", async () => {
    await judged.users();
    judged.project.configureRollout(["approvals"], [50]);
    const rollout = start("--to", "50", "--bake", "4");
    await judged.project.until("approval-awaited", 1);
    const approved = await judged.project.canary("approve");
    assert.match(approved.stdout, /^approved: step 2 of 2 of story, to 50 %/);
    const { code, stderr } = await rollout.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /step 2 approved by \S+@/);
  });
});
