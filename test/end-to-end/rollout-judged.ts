/** Rollouts of a project of a test's own that a real Prometheus judges. */
import { Load } from "../../lab/load/load";
import { origins } from "./edges";
import { lab } from "./hooks";
import { lacksPrometheus, PROMETHEUS_URL, Prometheus, SCRAPE_SECONDS } from "./prometheus";
import { hostOf, RolloutProject } from "./rollout-project";

const lacking = lacksPrometheus();
/** Requests a second, and at the same time. */
const RATE = 60;
export const CONNECTIONS = 8;
/** Share of a canary beside three pods, as one pod among four would have it. */
export const FIRST = 25;
const ROLLOUT = {
  steps: [FIRST, 50],
  bakeSeconds: 9,
  analysis: {
    intervalSeconds: 2,
    metrics: [
      {
        name: "errors",
        source: "prometheus",
        query: "error-rate",
        better: "lower",
        unit: "%",
        threshold: 5,
        minEffectPercent: 50,
      },
      // Compared while the primary has requests; the threshold is for 100 %.
      {
        name: "latency",
        source: "prometheus",
        query: "latency-p90",
        better: "lower",
        unit: "ms",
        threshold: 1000,
        minEffectPercent: 50,
      },
    ],
  },
  sources: { prometheus: { url: PROMETHEUS_URL, scrapeSeconds: SCRAPE_SECONDS } },
};

/** A project, its Prometheus and its users, which the hooks of `describeJudged` make and remove. */
export class Judged {
  project!: RolloutProject;
  prometheus!: Prometheus;
  private readonly loads = new Set<Load>();

  /** @param apps the first is the one that is rolled out */
  constructor(private readonly apps: readonly string[]) {}

  async deploy(): Promise<void> {
    this.prometheus = await Prometheus.up(lab());
    this.project = await RolloutProject.deployed(lab(), this.apps, ROLLOUT);
  }

  /** Users who come until they are stopped, at the latest at the test's end. */
  async users(app = this.apps[0] ?? ""): Promise<Load> {
    const targets = await origins(lab());
    const load = await Load.start(lab(), {
      origins: targets,
      host: hostOf(app),
      rate: RATE,
      connections: CONNECTIONS,
    });
    this.loads.add(load);
    return load;
  }

  async restore(): Promise<void> {
    for (const load of this.loads) await load.stop();
    this.loads.clear();
    this.prometheus.start();
    await this.project.restore(ROLLOUT);
  }

  async remove(): Promise<void> {
    await this.project?.remove();
    await this.prometheus?.remove();
  }
}

/** Tests of rollouts on a stack with these apps. They are pending without a Prometheus, and in a cluster that is not a lab. */
export function describeJudged(
  title: string,
  apps: readonly string[],
  tests: (judged: Judged) => void,
): void {
  describe(`${title}${lacking === undefined ? "" : ` (needs ${lacking})`}`, () => {
    const judged = new Judged(apps);
    before(async function () {
      if (lacking !== undefined || lab().attached) this.skip();
      await judged.deploy();
    });
    afterEach(() => judged.restore());
    after(() => judged.remove());
    tests(judged);
  });
}
