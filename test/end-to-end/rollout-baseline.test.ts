import assert from "node:assert/strict";
import { Load } from "../../lab/load/load";
import { counts, failures, total } from "../../lab/load/tally";
import { origins, THROTTLE_MS } from "./edges";
import { lab } from "./hooks";
import { lacksPrometheus, PROMETHEUS_URL, Prometheus, SCRAPE_SECONDS } from "./prometheus";
import { hostOf, imageOf, RolloutProject } from "./rollout-project";

const lacking = lacksPrometheus();
const APP = "compared";
const WEIGHT = 25;
/** Milliseconds that pods take which have just started. */
const COLD = { latencyMs: 150 };
const ROLLOUT = {
  baseline: "fresh",
  steps: [WEIGHT],
  bakeSeconds: 12,
  analysis: {
    intervalSeconds: 2,
    metrics: [
      {
        name: "latency",
        source: "prometheus",
        query: "latency-p50",
        better: "lower",
        unit: "ms",
        minEffectPercent: 50,
      },
    ],
  },
  sources: { prometheus: { url: PROMETHEUS_URL, scrapeSeconds: SCRAPE_SECONDS } },
};

describe(`a rollout beside a fresh baseline${lacking === undefined ? "" : ` (needs ${lacking})`}`, () => {
  let prometheus: Prometheus;
  let project: RolloutProject;
  let load: Load | undefined;

  before(async function () {
    if (lacking !== undefined || lab().attached) this.skip();
    prometheus = await Prometheus.up(lab());
    project = await RolloutProject.deployed(lab(), [APP], ROLLOUT);
  });

  beforeEach(async () => {
    load = await Load.start(lab(), {
      origins: await origins(lab()),
      host: hostOf(APP),
      rate: 60,
      connections: 8,
    });
    await project.setSwitches(APP, "baseline", COLD);
  });

  afterEach(async () => {
    await load?.stop();
    load = undefined;
    await project.restore(ROLLOUT);
  });

  after(async () => {
    await project?.remove();
    await prometheus?.remove();
  });

  it("goes on with a canary that is as cold as the baseline, though the warm primary is faster", async () => {
    await project.setSwitches(APP, "canary", COLD);
    const { code, stdout, stderr } = await project.canary("rollout", "--to", String(WEIGHT));
    assert.equal(code, 0, stdout + stderr);
    const judged = project
      .events()
      .flatMap((event) => (event.type === "judged" ? event.verdict.metrics.map(({ reason }) => reason) : []));
    assert.match(judged.at(-1) ?? "", /^canary p50 \d+(\.\d+)? ms, baseline \d+(\.\d+)? ms, in /);

    const observed = project.events().find(({ type }) => type === "observed")?.time ?? 0;
    const report = await (load as Load).stop();
    load = undefined;
    const shared = counts(report, observed + THROTTLE_MS, observed + 10_000);
    assert.deepEqual(failures(counts(report)), {});
    for (const variant of ["canary", "baseline"]) {
      const share = (100 * (shared[`200 ${variant}`] ?? 0)) / total(shared);
      assert.ok(Math.abs(share - WEIGHT) < 5, `${variant} got ${share} %`);
    }
  });

  it("takes back a canary that is slower than the baseline", async () => {
    await project.setSwitches(APP, "canary", { latencyMs: 600 });
    const { code, stdout } = await project.canary("rollout", "--to", String(WEIGHT));
    assert.equal(code, 1, stdout);
    assert.match(stdout, /compared\/canary latency: canary p50 .* ms, baseline .* ms, in .*: .* worse/);
  });

  it("has new pods for the baseline when the canary has", async () => {
    const names = async () => (await project.pods(APP, "baseline")).map(({ metadata }) => metadata?.name);
    const [before] = await names();
    project.configure(APP, "canaryImage", imageOf(APP, "3"));
    await project.up();
    await lab().until("the baseline's pod is another", async () => {
      const [now, ...others] = await names();
      return others.length === 0 && now !== undefined && now !== before;
    });
  });
});
