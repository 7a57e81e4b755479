import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RouterName, routers } from "../../components/routers";
import { isReady } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { Load } from "../../lab/load/load";
import type { StreamsJob, StreamsReport } from "../../lab/load/streams";
import { answers, counts, failures, total } from "../../lab/load/tally";
import { parseOverride, readConfiguration } from "../../offline/configuration";
import { renderObjects } from "../../offline/manifests";
import { evaluate } from "../../offline/program";
import { EXAMPLES } from "../examples/pages";
import { origins, THROTTLE_MS, untilSettled } from "./edges";
import { lab } from "./hooks";
import { applyDev, everyProvider } from "./providers";

const HOST = "api.example.com";
const FIXTURE = join(__dirname, "../fixtures/streams");
const RATE = 200;
/** So many that at 10 % some are the canary's. */
const EACH = 60;

/** Two apps on one host: the API of the examples below a path, and one that speaks gRPC, below that of its service. */
const APPS = {
  api: {
    project: EXAMPLES,
    stack: "api",
    namespace: "shop",
    selector: "team=shop",
    pods: 4,
    changes: ["apps.api.path=/v1"],
    existing: {
      host: HOST,
      path: "/v1",
      namespace: "shop",
      service: "api",
      canaryService: "api-canary",
      servicePort: 80,
    },
  },
  streams: {
    project: FIXTURE,
    stack: "streams",
    namespace: "streams",
    pods: 3,
    selector: "",
    changes: [],
    existing: {
      host: HOST,
      path: "/lab.Streams",
      protocol: "grpc",
      service: "streams",
      canaryService: "streams-canary",
      servicePort: 9000,
    },
  },
} as const;
type AppName = keyof typeof APPS;
const names = Object.keys(APPS) as AppName[];
/** Who makes the pods and Services that requests go to. */
const kinds = ["from a manifest", "existing"] as const;
type Kind = (typeof kinds)[number];

const ROUTES = /^(traefik\.io|networking\.k8s\.io)\//;

async function objects(
  name: AppName,
  kind: Kind,
  router: RouterName,
  weight: number,
): Promise<KubernetesObject[]> {
  const { project, stack, namespace, changes, existing } = APPS[name];
  const given = [...everyProvider, `router=${router}`, `canaryWeight=${weight}`];
  const overrides = [...given, ...(kind === "existing" ? [] : changes)].map((text) =>
    parseOverride(text, true),
  );
  const configuration = readConfiguration(project, stack, overrides);
  const ofOthers = {
    "canary-traffic:apps": JSON.stringify({ [name]: existing }),
    "canary-traffic:patches": "[]",
  };
  const values = { ...configuration.values, ...(kind === "existing" && ofOthers) };
  const { states } = await evaluate(project, { ...configuration, values }, []);
  const rendered = renderObjects(states).objects as unknown as KubernetesObject[];
  return rendered.filter(({ kind: of, metadata }) =>
    of === "Namespace" ? metadata.name === namespace : metadata.namespace === namespace,
  );
}

async function routesOf(kind: Kind, router: RouterName, weight: number): Promise<KubernetesObject[]> {
  const all = await Promise.all(names.map((name) => objects(name, kind, router, weight)));
  return all.flat().filter(({ apiVersion }) => ROUTES.test(apiVersion));
}

/** Streams that are open, by both protocols. */
class Streams {
  private constructor(private readonly process: ChildProcess) {}

  static open(job: StreamsJob): Streams {
    const process = lab().fork(join(__dirname, "../../lab/load/streams.ts"));
    process.send(job);
    return new Streams(process);
  }

  async report(): Promise<StreamsReport> {
    this.process.send("report");
    const [report] = (await once(this.process, "message")) as [StreamsReport];
    return report;
  }

  close(): void {
    this.process.disconnect();
  }
}

describe("WebSockets, gRPC streams and requests of two apps on one host", () => {
  let edges: string[];
  const made: KubernetesObject[] = [];

  before(async function () {
    this.timeout("5m");
    // A client's stream is a request whose body comes in for as long.
    await applyDev(lab(), [...everyProvider, "traefik.bodySeconds=3600"]);
    edges = await origins(lab());
    for (const name of names) {
      const { selector, namespace, pods } = APPS[name];
      const all = await objects(name, "from a manifest", "traefik", 10);
      const workloads = all.filter(({ apiVersion }) => !ROUTES.test(apiVersion));
      made.push(...workloads);
      await lab().apply(workloads);
      await lab().until(`all pods of ${name} are ready`, async () => {
        const found = await lab().pods(selector, namespace);
        return found.length >= pods && found.every(isReady);
      });
    }
  });
  after(async () => {
    for (const object of made.reverse()) await lab().cluster.delete(object);
  });

  for (const kind of kinds) {
    for (const router of ["traefik", "nginx"] as const) {
      it(`${kind}, live through a shift from 10 to 25 % by ${router}, and none fails`, async function () {
        this.timeout("4m");
        const before = await routesOf(kind, router, 10);
        const after = await routesOf(kind, router, 25);
        // One update for each app.
        const shifted = after.filter((object, i) => JSON.stringify(object) !== JSON.stringify(before[i]));
        assert.deepEqual(
          shifted.map(({ kind: of, metadata }) => [of, metadata.namespace]),
          names.map((name) => [routers[router].traits.touches[0], APPS[name].namespace]),
        );

        await lab().apply(before);
        await lab().until("the API is routed at every edge node", async () => {
          const asked = edges.map((origin) => lab().get(`${origin}/v1/x`, { host: HOST }));
          return (await Promise.all(asked)).every(({ status }) => status === 200);
        });
        await untilSettled(lab());
        const addresses = await lab().edgeAddresses();
        const streams = Streams.open({ addresses, host: HOST, path: "/v1/live", each: EACH });
        const load = await Load.start(lab(), {
          origins: edges,
          host: HOST,
          path: "/v1/x",
          connections: 8,
          seconds: 600,
          rate: RATE,
        });
        try {
          await load.more(5 * RATE);
          let first = await streams.report();
          await lab().until("every stream has answered more than once", async () => {
            first = await streams.report();
            return first.answered > 2 * EACH;
          });
          assert.deepEqual(first.failures, []);
          await lab().apply(shifted);
          await sleep(THROTTLE_MS + 1000);
          const at = Date.now();
          await load.more(10 * RATE);
          let last = await streams.report();
          await lab().until("the streams go on", async () => {
            last = await streams.report();
            return last.answered > first.answered + 10 * EACH || last.failures.length > 0;
          });
          const report = await load.stop();
          assert.deepEqual(failures(counts(report)), {});
          const share = counts(report, at, Date.now());
          const percent = (100 * (answers(share).canary ?? 0)) / total(share);
          assert.ok(Math.abs(percent - 25) < 4, `${percent} % of ${total(share)}`);
          assert.deepEqual(last.failures, []);
          // The same streams, at the variants that they were at.
          assert.deepEqual(last.by, first.by);
          assert.equal(
            Object.values(last.by).reduce((sum, count) => sum + count, 0),
            2 * EACH,
          );
          for (const protocol of ["websocket", "grpc"])
            for (const variant of ["primary", "canary"])
              assert.ok((last.by[`${protocol} ${variant}`] ?? 0) > 0, JSON.stringify(last.by));
        } finally {
          streams.close();
          await load.stop();
          for (const object of after.reverse()) await lab().cluster.delete(object);
          await untilSettled(lab());
        }
      });
    }
  }
});
