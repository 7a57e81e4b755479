import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { Programs } from "../../lab/build";
import type { KubernetesObject } from "../../lab/cluster";
import { counts, failures } from "../../lab/load/tally";
import { flaggerPart as part } from "../../lab/parts";
import { programsOf } from "./built";
import { ControlledApp } from "./controlled";
import { hasItsShares, isLastPodsEnd, rolledOut, users, type Watched } from "./controlled-rollout";
import { untilSettled } from "./edges";
import { lab } from "./hooks";
import { lacksPrometheus, PROMETHEUS_URL, Prometheus, SCRAPE_SECONDS } from "./prometheus";

const lacking = lacksPrometheus();
const APP = "flagged";
/** Flagger takes no shorter interval. */
const BAKE_SECONDS = 10;
const ROLLOUT = {
  engine: "flagger",
  steps: [10, 50] as const,
  bakeSeconds: BAKE_SECONDS,
  analysis: {
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
const CANARY = ["flagger.app/v1beta1", "Canary"] as const;
const TRAEFIK_SERVICE = ["traefik.io/v1alpha1", "TraefikService"] as const;

describe(`Flagger${lacking === undefined ? "" : ` (needs ${lacking})`}`, () => {
  let prometheus: Prometheus;
  let controller: ChildProcess | undefined;
  let app: ControlledApp;
  let versions = 0;

  before(async function () {
    // The first build of Flagger takes minutes.
    this.timeout("20m");
    if (lacking !== undefined || lab().attached) this.skip();
    const programs = await programsOf([part]);
    const definitions = definitionsIn(programs.file("flagger.yaml"));
    await lab().apply(definitions);
    await lab().until("Flagger's kinds are served", () => lab().cluster.allEstablished(definitions));
    prometheus = await Prometheus.up(lab());
    app = new ControlledApp(lab(), APP, ROLLOUT);
    await app.deploy();
    controller = startFlagger(programs);
    await lab().until("Flagger has taken the app over", async () => (await phase()) === "Initialized", 90);
  });

  after(async () => {
    if (controller !== undefined) lab().signal(controller);
    await prometheus?.remove();
  });

  it("finds what is rendered as its kinds' definitions have it", async () => {
    for (const object of await app.objects()) {
      if (/^(flagger\.app|policy)/.test(object.apiVersion))
        await lab().cluster.apply(object, { dryRun: true });
    }
  });

  it("takes back a version that fails, which nobody saw beyond the first step's share", async () => {
    const version = another();
    const seen = await rolledOut(app, watched, () => app.change(version, { env: { ERROR_RATE: "50" } }));
    const { report, shifts } = seen;
    assert.equal(await phase(), "Failed");
    assert.deepEqual(
      shifts.map(({ weight }) => weight),
      [0, 10, 0],
    );
    hasItsShares(version, seen);
    const { [`500 ${version}`]: broken = 0, "503": unavailable = 0, ...others } = failures(counts(report));
    assert.deepEqual(others, {});
    assert.ok(broken > 0);
    isLastPodsEnd(unavailable, report, ROLLOUT.steps[0]);
    assert.equal(
      (await app.deployment(`${APP}-primary`)).spec?.template.spec?.containers[0]?.image,
      image("1.0.0"),
    );
  });

  it("takes a new version from step to step to all users, and loses no request", async () => {
    const version = another();
    const seen = await rolledOut(app, watched, () => app.change(version));
    const { report, shifts } = seen;
    assert.equal(await phase(), "Succeeded");
    assert.deepEqual(
      shifts.map(({ weight }) => weight),
      [0, 10, 50, 0],
    );
    hasItsShares(version, seen);
    assert.deepEqual(failures(counts(report)), {});
    const end = report.windows.at(-1)?.start ?? 0;
    assert.deepEqual(Object.keys(counts(report, end - 1000)), [`200 ${version}`]);
    assert.equal((await app.deployment()).spec?.replicas, 0);
  });

  it("gives the Deployment its pods and the Service its selector back with the Canary's end", async () => {
    const load = await users(app);
    const [canary] = (await app.objects()).filter(({ kind }) => kind === "Canary");
    assert.ok(canary !== undefined);
    const { analysis, ...spec } = canary.spec as { analysis: object };
    await lab().cluster.apply({
      ...canary,
      spec: { ...spec, analysis: { ...analysis, interval: "60s" } },
    } as typeof canary);
    await lab().cluster.delete(canary);
    await lab().until("Flagger's objects are gone", async () => {
      const left = await Promise.all([app.found(...CANARY), app.found(...TRAEFIK_SERVICE)]);
      return left.every((object) => object === undefined) && (await app.readyPods()) === 2;
    });
    await untilSettled(lab());
    const report = await load.stop();
    assert.deepEqual(failures(counts(report)), {});
    assert.equal((await app.deployment()).spec?.replicas, 2);
  });

  /** A version that no rollout has had yet: the same again would be no change. */
  const another = (): string => `1.${++versions}.0`;

  const watched: Watched = { weight, phase, done: ["Succeeded", "Failed"], promoting: "Promoting" };

  async function phase(): Promise<string | undefined> {
    const canary = await app.found(...CANARY);
    return (canary?.status as { phase?: string } | undefined)?.phase;
  }

  const image = (version: string): string => `registry.example.com/${APP}:${version}`;

  /** The weight of the new version; 0 where the TraefikService has only the primary. */
  async function weight(): Promise<number> {
    const split = (await app.found(...TRAEFIK_SERVICE)) as Split | undefined;
    const { services = [] } = split?.spec.weighted ?? {};
    return services.find(({ name }) => name === `${APP}-canary`)?.weight ?? 0;
  }
});

/** Go's reader of YAML takes quoted lines that are indented less than the standard wants; here each text becomes one line. */
function definitionsIn(file: string): KubernetesObject[] {
  const text = readFileSync(file, "utf8").replace(/: '[^']*'$/gm, (quoted) => quoted.replace(/\n */g, " "));
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
}

interface Split {
  readonly spec: { readonly weighted?: { readonly services?: readonly Weighted[] } };
}

interface Weighted {
  readonly name: string;
  readonly weight?: number;
}

function startFlagger(programs: Programs): ChildProcess {
  const log = openSync(process.env.FLAGGER_LOG ?? "/dev/null", "a");
  const child = lab().spawn(
    [
      programs.program("flagger"),
      ...[`-kubeconfig=${lab().kubeconfig}`, "-mesh-provider=traefik", `-metrics-server=${PROMETHEUS_URL}`],
      ...["-log-level=info", "-port=10180", "-control-loop-interval=1s"],
    ],
    { stdio: ["ignore", log, log] },
  );
  closeSync(log);
  return child;
}
