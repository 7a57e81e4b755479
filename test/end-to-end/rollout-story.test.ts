import assert from "node:assert/strict";
import { counts, failures, type LoadReport, total } from "../../lab/load/tally";
import type { RolloutEvent } from "../../rollout/journal/events";
import { THROTTLE_MS, untilSettled } from "./edges";
import { lab } from "./hooks";
import { CONNECTIONS, describeJudged, FIRST } from "./rollout-judged";
import { imageOf } from "./rollout-project";

describeJudged("a rollout judged by a real Prometheus", ["story", "second"], (judged) => {
  const rollOut = (...words: string[]) => judged.project.canary("rollout", "--app", "story", ...words);

  it("takes a broken canary back by itself, and the fixed one to all users and to the primary", async () => {
    const load = await judged.users();
    await judged.project.setSwitches("story", "canary", { errorRate: 100 });
    const broken = await rollOut("--to", "100");
    assert.equal(broken.code, 1, broken.stdout + broken.stderr);
    assert.match(
      broken.stdout,
      /^story: rolled back: story\/canary errors: canary [\d,]+ errors in [\d,]+ requests; 0 would be expected: /m,
    );
    const course = judged.project.events();

    judged.project.configure("story", "canaryImage", imageOf("story", "3"));
    await judged.project.up();
    const fixed = await rollOut("--to", "100");
    assert.equal(fixed.code, 0, fixed.stdout + fixed.stderr);
    assert.match(
      fixed.stdout,
      /^story: done: all steps passed: story\/canary 100 %; canary promote -s story/m,
    );
    const promoted = await judged.project.canary("promote", "--app", "story");
    assert.equal(promoted.code, 0, promoted.stdout + promoted.stderr);
    await untilSettled(lab());
    const report = await load.stop();

    const images = (await judged.project.pods("story", "primary")).map(
      ({ spec }) => spec?.containers[0]?.image,
    );
    assert.deepEqual(new Set(images), new Set([imageOf("story", "3")]));
    isBrokenForNobodyElse(report, course);
    const last = counts(report, (report.windows.at(-1)?.start ?? 0) - 1000);
    assert.deepEqual(Object.keys(last), ["200 primary"]);
  });

  /** Nobody beyond the canary's share met it while it was broken, nobody did before or after, and nothing else failed. */
  function isBrokenForNobodyElse(report: LoadReport, course: readonly RolloutEvent[]): void {
    const at = (type: RolloutEvent["type"]): number => course.find((event) => event.type === type)?.time ?? 0;
    const all = counts(report);
    const { "500 canary": broken = 0, ...others } = failures(all);
    assert.deepEqual(others, {});
    const [begin, end] = [at("shifting"), at("rolled-back") + THROTTLE_MS + 1000];
    const meanwhile = counts(report, begin, end);
    const most = (total(meanwhile) * FIRST) / 100;
    console.log(`      ${broken} of ${total(meanwhile)} requests met the broken canary at ${FIRST} %`);
    assert.equal(meanwhile["500 canary"] ?? 0, broken, "the broken canary answered at another time");
    assert.ok(broken > 0 && broken <= most + CONNECTIONS, `${broken} of ${total(meanwhile)}`);
  }

  it("takes back a canary that is slower than the primary", async () => {
    await judged.users();
    await judged.project.setSwitches("story", "canary", { latencyMs: 150 });
    const { code, stdout } = await rollOut("--to", "50");
    assert.equal(code, 1, stdout);
    assert.match(
      stdout,
      /story\/canary latency: canary p90 .* ms, primary .* ms, in [\d,]+ requests: .* worse/,
    );
  });

  it("goes on on a bad day for both", async () => {
    await judged.users();
    for (const variant of ["primary", "canary"])
      await judged.project.setSwitches("story", variant, { errorRate: 25 });
    const { code, stdout, stderr } = await rollOut("--to", "25");
    assert.equal(code, 0, stdout + stderr);
    const reasons = judged.project
      .events()
      .flatMap((event) => (event.type === "judged" ? event.verdict.metrics.map(({ reason }) => reason) : []));
    assert.ok(
      reasons.some((reason) => /^canary \d+ errors in \d+ requests; \d+ would be expected: /.test(reason)),
      reasons.join("\n"),
    );
  });

  it("goes on by --resume after a kill -9", async () => {
    await judged.users();
    const rollout = judged.project.start("rollout", "--app", "story", "--to", "50", "--bake", "4");
    await judged.project.until("observed");
    rollout.signal("SIGKILL");
    await rollout.ended;
    const { code, stdout, stderr } = await judged.project.canary("rollout", "--resume");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /resumed at story\/canary 25 %/);
    assert.match(stdout, /^story: done: all steps passed: story\/canary 50 %/m);
  });

  it("takes two apps back as one, in one update, when one of them fails", async () => {
    await judged.users();
    const others = await judged.users("second");
    await judged.project.setSwitches("second", "canary", { errorRate: 50 });
    const { code, stdout, stderr } = await judged.project.canary("rollout", "--to", "50");
    await others.stop();
    assert.equal(code, 1, stdout + stderr);
    assert.match(
      stdout,
      /second\/canary errors: canary [\d,]+ errors in [\d,]+ requests; 0 would be expected: /,
    );
    assert.doesNotMatch(stdout, /story\/canary errors/);
    const messages = (await judged.project.history()).map(({ message }) => message).slice(0, 2);
    assert.match(messages[0] ?? "", /^canary rollout, rollback to story\/canary 0 %, second\/canary 0 %: /);
    assert.match(messages[1] ?? "", /step 1 of 2: story\/canary 0 % -> 25 %, second\/canary 0 % -> 25 %$/);
  });
});
