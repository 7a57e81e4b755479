import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { counts, failures } from "../../lab/load/tally";
import { argoRolloutsPart } from "../../lab/parts";
import { lackingFor, programsOf } from "./built";
import { ControlledApp, imageOf } from "./controlled";
import { hasItsShares, isLastPodsEnd, rolledOut, users, type Watched } from "./controlled-rollout";
import { untilSettled } from "./edges";
import { lab } from "./hooks";
import { lacksPrometheus, PROMETHEUS_URL, Prometheus, SCRAPE_SECONDS } from "./prometheus";
import { tier } from "./tier";

const metric = { source: "prometheus", query: "success-rate", better: "higher", threshold: 99 };
const ROLLOUT = {
  engine: "argo-rollouts",
  steps: [5, 50, 100],
  approvals: [50],
  bakeSeconds: 60,
  analysis: {
    metrics: [
      { ...metric, name: "success rate" },
      { ...metric, name: "errors", source: "datadog", query: "sum:errors{service:{{service}}}" },
      { ...metric, name: "quality", source: "http", query: "$.quality[0].rate" },
    ],
  },
  sources: {
    prometheus: { url: "http://prometheus.monitoring:9090" },
    datadog: {},
    http: { url: "http://quality.monitoring/{{namespace}}/{{service}}" },
  },
};

describe("what is rendered for Argo Rollouts", () => {
  it("is accepted by its kinds' definitions, and the second time changes nothing", async () => {
    const app = new ControlledApp(lab(), "argo", ROLLOUT);
    const objects = await app.objects();
    await lab().apply(objects);
    const again = await lab().apply(objects);
    assert.deepEqual(
      again.filter(({ change }) => change !== "unchanged"),
      [],
    );
    for (const kind of ["Rollout", "AnalysisTemplate"]) {
      assert.ok(
        objects.some((object) => object.kind === kind),
        kind,
      );
    }
    for (const object of objects.reverse()) await lab().cluster.delete(object);
  });

  it("serves all users from the Deployment until Argo Rollouts has come", async () => {
    const app = new ControlledApp(lab(), "before-argo", ROLLOUT);
    await app.deploy();
    for (const object of (await app.objects()).reverse()) await lab().cluster.delete(object);
  });
});

const APP = "argoed";
const BAKE_SECONDS = 10;
const ROLLED = {
  engine: "argo-rollouts",
  steps: [10, 50, 100] as const,
  bakeSeconds: BAKE_SECONDS,
  analysis: {
    intervalSeconds: BAKE_SECONDS / 2,
    failures: 1,
    onNoTraffic: "fail",
    metrics: [
      {
        name: "success rate",
        source: "prometheus",
        query: "success-rate",
        better: "higher",
        threshold: 99,
      },
      { name: "latency", source: "prometheus", query: "latency-p90", better: "lower", threshold: 500 },
    ],
  },
  sources: { prometheus: { url: PROMETHEUS_URL, scrapeSeconds: SCRAPE_SECONDS } },
};
const lacking =
  tier === "full"
    ? (lacksPrometheus() ?? lackingFor([argoRolloutsPart]))
    : "the full tier: its build takes minutes";

describe(`Argo Rollouts${lacking === undefined ? "" : ` (needs ${lacking})`}`, () => {
  let prometheus: Prometheus | undefined;
  let controller: ChildProcess | undefined;
  let app: ControlledApp;
  /** What the stack's file says of the app by now. */
  let settings: Record<string, unknown> = {};

  before(async function () {
    this.timeout("20m");
    if (lacking !== undefined || lab().attached) this.skip();
    const programs = await programsOf([argoRolloutsPart]);
    const definitions = lab().cluster.read(programs.file("argo-rollouts-controller.yaml"));
    await lab().apply(definitions);
    await lab().until("its kinds are served", () => lab().cluster.allEstablished(definitions));
    prometheus = await Prometheus.up(lab());
    app = new ControlledApp(lab(), APP, ROLLED);
    await app.deploy();
    controller = start(programs.program("rollouts-controller"));
  });

  after(async () => {
    if (controller !== undefined) lab().signal(controller);
    await prometheus?.remove();
  });

  it("takes the pods over, and loses no request", async () => {
    const load = await users(app);
    await lab().until("it has taken the app over", isTakenOver, 120);
    await untilSettled(lab());
    assert.deepEqual(failures(counts(await load.stop())), {});
    await nothingIsLeftToUpdate();
  });

  it("takes back a version that fails, which nobody saw beyond the first step's share", async () => {
    const env = { ERROR_RATE: "50" };
    const seen = await rolledOut(app, watched, () => changed("1.1.0", { env }));
    assert.equal(await phase(), "Degraded");
    assert.deepEqual(
      seen.shifts.map(({ weight }) => weight),
      [0, 10, 0],
    );
    hasItsShares("1.1.0", seen);
    const { "500 1.1.0": broken = 0, "503": unavailable = 0, ...others } = failures(counts(seen.report));
    assert.deepEqual(others, {});
    assert.ok(broken > 0);
    isLastPodsEnd(unavailable, seen.report, ROLLED.steps[0]);
    await nothingIsLeftToUpdate();
  });

  it("is well again with the image that users have, and loses no request", async () => {
    const load = await users(app);
    await changed("1.0.0");
    await lab().until("it is well", async () => (await phase()) === "Healthy", 120);
    assert.deepEqual(failures(counts(await load.stop())), {});
  });

  it("takes a new version from step to step to all users, and loses no request", async () => {
    const seen = await rolledOut(app, watched, () => changed("1.2.0"));
    assert.equal(await phase(), "Healthy");
    const weights = seen.shifts.map(({ weight }) => weight);
    assert.deepEqual(weights, [0, 10, 50, 100, 0]);
    hasItsShares("1.2.0", { ...seen, shifts: seen.shifts.filter(({ weight }) => weight < 100) });
    assert.deepEqual(failures(counts(seen.report)), {});
    const end = seen.report.windows.at(-1)?.start ?? 0;
    assert.deepEqual(Object.keys(counts(seen.report, end - 1000)), ["200 1.2.0"]);
    await nothingIsLeftToUpdate();
  });

  const watched: Watched = { weight, phase, done: ["Healthy", "Degraded"] };

  /** The stack's file changes, and an update follows. */
  async function changed(version: string, more: Record<string, unknown> = {}): Promise<void> {
    settings = { image: imageOf(APP, version), ...more };
    await lab().apply(await app.nextUpdate(settings));
  }

  /** What the next update would send makes no difference, as its preview shows, once the controller has written all that it writes at the end. */
  async function nothingIsLeftToUpdate(): Promise<void> {
    const update = await app.nextUpdate(settings);
    let changes: string[] = [];
    await lab()
      .until(
        "nothing is left to update",
        async () => {
          const dry = await Promise.all(
            update.map((object) => lab().cluster.apply(object, { dryRun: true })),
          );
          changes = dry
            .filter(({ change }) => change !== "unchanged")
            .map(({ object: { kind, metadata } }) => `${kind} ${metadata.name}`);
          return changes.length === 0;
        },
        20,
      )
      .catch(() => {});
    assert.deepEqual(changes, []);
  }

  async function phase(): Promise<string | undefined> {
    const rollout = await app.found("argoproj.io/v1alpha1", "Rollout");
    const { phase: at, observedGeneration } = (rollout?.status ?? {}) as Status;
    return observedGeneration === String(rollout?.metadata.generation) ? at : undefined;
  }

  async function isTakenOver(): Promise<boolean> {
    return (await phase()) === "Healthy" && (await app.deployment()).spec?.replicas === 0;
  }

  async function weight(): Promise<number> {
    const split = await app.found("traefik.io/v1alpha1", "TraefikService", `${APP}-argo`);
    const { weighted } = (split?.spec ?? {}) as Split;
    return weighted?.services.find(({ name }) => name === `${APP}-argo-canary`)?.weight ?? 0;
  }
});

interface Split {
  readonly weighted?: { readonly services: readonly { readonly name: string; readonly weight?: number }[] };
}

interface Status {
  readonly phase?: string;
  readonly observedGeneration?: string;
}

function start(program: string): ChildProcess {
  const log = openSync(process.env.ARGO_ROLLOUTS_LOG ?? "/dev/null", "a");
  const options = [
    `--kubeconfig=${lab().kubeconfig}`,
    ...["--leader-elect=false", "--metricsPort=10190", "--healthzPort=10191"],
  ];
  const child = lab().spawn([program, ...options], { stdio: ["ignore", log, log] });
  closeSync(log);
  return child;
}
