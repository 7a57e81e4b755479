import assert from "node:assert/strict";
import { Load } from "../../lab/load/load";
import { counts, failures, type LoadReport, total } from "../../lab/load/tally";
import type { RolloutEvent } from "../../rollout/journal/events";
import { origins, THROTTLE_MS, untilSettled } from "./edges";
import { lab } from "./hooks";
import { lacksPrometheus, PROMETHEUS_URL, Prometheus, SCRAPE_SECONDS } from "./prometheus";
import { hostOf, imageOf, RolloutProject } from "./rollout-project";

const lacking = lacksPrometheus();
/** Requests a second, and at the same time. */
const RATE = 60;
const CONNECTIONS = 8;
const APPS = ["story", "second"];
/** Share of a canary beside three pods, as one pod among four would have it. */
const FIRST = 25;
const ROLLOUT = {
  steps: [FIRST, 50],
  bakeSeconds: 9,
  analysis: {
    intervalSeconds: 2,
    metrics: [
      {
        ...{ name: "errors", source: "prometheus", query: "error-rate", better: "lower", unit: "%" },
        ...{ threshold: 5, minEffectPercent: 50 },
      },
      // Compared while the primary has requests; the threshold is for 100 %.
      {
        ...{ name: "latency", source: "prometheus", query: "latency-p90", better: "lower", unit: "ms" },
        ...{ threshold: 1000, minEffectPercent: 50 },
      },
    ],
  },
  sources: { prometheus: { url: PROMETHEUS_URL, scrapeSeconds: SCRAPE_SECONDS } },
};

describe(`a rollout judged by a real Prometheus${lacking === undefined ? "" : ` (needs ${lacking})`}`, () => {
  let prometheus: Prometheus;
  let project: RolloutProject;
  let load: Load | undefined;

  before(async function () {
    if (lacking !== undefined || lab().attached) this.skip();
    prometheus = await Prometheus.up(lab());
    project = await RolloutProject.deployed(lab(), APPS, ROLLOUT);
  });

  afterEach(async () => {
    await load?.stop();
    load = undefined;
    prometheus.start();
    await project.restore(ROLLOUT);
  });

  after(async () => {
    await project?.remove();
    await prometheus?.remove();
  });

  const users = async (app = "story"): Promise<Load> =>
    Load.start(lab(), {
      origins: await origins(lab()),
      host: hostOf(app),
      rate: RATE,
      connections: CONNECTIONS,
    });
  const rollOut = (...words: string[]) => project.canary("rollout", "--app", "story", ...words);
  const isOutcome = (outcome: string) => (event: RolloutEvent) =>
    event.type === "judged" && event.verdict.metrics.some((metric) => metric.outcome === outcome);

  it("takes a broken canary back by itself, and the fixed one to all users and to the primary", async () => {
    load = await users();
    await project.setSwitches("story", "canary", { errorRate: 100 });
    const broken = await rollOut("--to", "100");
    assert.equal(broken.code, 1, broken.stdout + broken.stderr);
    assert.match(
      broken.stdout,
      /^story: rolled back: story\/canary errors: canary [\d,]+ errors in [\d,]+ requests; 0 would be expected: /m,
    );
    const course = project.events();

    project.configure("story", "canaryImage", imageOf("story", "3"));
    await project.up();
    const fixed = await rollOut("--to", "100");
    assert.equal(fixed.code, 0, fixed.stdout + fixed.stderr);
    assert.match(
      fixed.stdout,
      /^story: done: all steps passed: story\/canary 100 %; canary promote -s story/m,
    );
    const promoted = await project.canary("promote", "--app", "story");
    assert.equal(promoted.code, 0, promoted.stdout + promoted.stderr);
    await untilSettled(lab());
    const report = await load.stop();
    load = undefined;

    const images = (await project.pods("story", "primary")).map(({ spec }) => spec?.containers[0]?.image);
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
    load = await users();
    await project.setSwitches("story", "canary", { latencyMs: 150 });
    const { code, stdout } = await rollOut("--to", "50");
    assert.equal(code, 1, stdout);
    assert.match(
      stdout,
      /story\/canary latency: canary p90 .* ms, primary .* ms, in [\d,]+ requests: .* worse/,
    );
  });

  it("goes on on a bad day for both", async () => {
    load = await users();
    for (const variant of ["primary", "canary"])
      await project.setSwitches("story", variant, { errorRate: 25 });
    const { code, stdout, stderr } = await rollOut("--to", "25");
    assert.equal(code, 0, stdout + stderr);
    const reasons = project
      .events()
      .flatMap((event) => (event.type === "judged" ? event.verdict.metrics.map(({ reason }) => reason) : []));
    assert.ok(
      reasons.some((reason) => /^canary \d+ errors in \d+ requests; \d+ would be expected: /.test(reason)),
      reasons.join("\n"),
    );
  });

  it("holds while there is no traffic, and goes on when it comes", async () => {
    const rollout = project.start("rollout", "--app", "story", "--to", "25", "--bake", "4");
    await lab().until("it holds", () => project.events().some(isOutcome("no-traffic")));
    load = await users();
    const { code, stdout } = await rollout.ended;
    assert.equal(code, 0, stdout);
  });

  it("goes back without traffic where that means to fail", async () => {
    project.configureRollout(["analysis", "onNoTraffic"], "fail");
    const { code, stdout } = await rollOut("--to", "25");
    assert.equal(code, 1);
    assert.match(stdout, /the canary had no requests/);
  });

  it("holds while Prometheus is down, says so, and goes on when it is back", async () => {
    load = await users();
    const rollout = project.start("rollout", "--app", "story", "--to", "25");
    await project.until("observed");
    await prometheus.stop();
    await lab().until("it holds", () => project.events().some(isOutcome("source-failed")));
    prometheus.start();
    const { code, stderr } = await rollout.ended;
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /hold\n.* +story\/canary errors: no value of the canary: http:\/\/127.* can't be reached/,
    );
  });

  it("waits for an approval from elsewhere", async () => {
    load = await users();
    project.configureRollout(["approvals"], [50]);
    const rollout = project.start("rollout", "--app", "story", "--to", "50", "--bake", "4");
    await project.until("approval-awaited", 1);
    const approved = await project.canary("approve");
    assert.match(approved.stdout, /^approved: step 2 of 2 of story, to 50 %/);
    const { code, stderr } = await rollout.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /step 2 approved by \S+@/);
  });

  it("goes on by --resume after a kill -9", async () => {
    load = await users();
    const rollout = project.start("rollout", "--app", "story", "--to", "50", "--bake", "4");
    await project.until("observed");
    rollout.signal("SIGKILL");
    await rollout.ended;
    const { code, stdout, stderr } = await project.canary("rollout", "--resume");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /resumed at story\/canary 25 %/);
    assert.match(stdout, /^story: done: all steps passed: story\/canary 50 %/m);
  });

  it("takes two apps back as one, in one update, when one of them fails", async () => {
    load = await users();
    const others = await users("second");
    await project.setSwitches("second", "canary", { errorRate: 50 });
    const { code, stdout, stderr } = await project.canary("rollout", "--to", "50");
    await others.stop();
    assert.equal(code, 1, stdout + stderr);
    assert.match(
      stdout,
      /second\/canary errors: canary [\d,]+ errors in [\d,]+ requests; 0 would be expected: /,
    );
    assert.doesNotMatch(stdout, /story\/canary errors/);
    const messages = (await project.history()).map(({ message }) => message).slice(0, 2);
    assert.match(messages[0] ?? "", /^canary rollout, rollback to story\/canary 0 %, second\/canary 0 %: /);
    assert.match(messages[1] ?? "", /step 1 of 2: story\/canary 0 % -> 25 %, second\/canary 0 % -> 25 %$/);
  });
});
