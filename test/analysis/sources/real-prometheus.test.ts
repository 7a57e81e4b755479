import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sumOf } from "../../../analysis/counts";
import { openPrometheus as prometheus } from "../../../analysis/sources/prometheus";
import type { RouterName as Mesh } from "../../../components/routers";
import { metric, NEVER, window, withServer } from "./server";

const isThere = spawnSync("prometheus", ["--version"]).status === 0;
const SCRAPES_SECONDS = 12;

/** Errors of a code that is seen for the first time amid the scrapes, all at once. */
const LATE_ERRORS = 7;

/** Series that do not only grow, by seconds since `begin`. */
const changing = (seconds: number): string[] => [
  ...(seconds > 12
    ? [`traefik_service_requests_total{service="shop-late-80@kubernetescrd",code="503"} ${LATE_ERRORS}\n`]
    : []),
  // Ten a second, anew from 0 every eight seconds.
  `traefik_service_requests_total{service="shop-anew-80@kubernetescrd",code="200"} ${10 * (Math.floor(seconds) % 8)}\n`,
];

/** Counters that grow by so much in a second since `begin`. */
const growing: Readonly<Record<string, number>> = {
  // Of the shielded canary: 80 a second well, and 20 that fail by the port's name.
  'traefik_service_requests_total{service="shop-myapp-canary-80@kubernetescrd",code="200"}': 80,
  'traefik_service_requests_total{service="shop-myapp-canary-http@kubernetescrd",code="502"}': 20,
  'traefik_service_requests_total{service="shop-myapp-80@kubernetescrd",code="200"}': 900,
  'traefik_service_request_duration_seconds_bucket{service="shop-myapp-canary-80@kubernetescrd",le="0.1"}': 0,
  'traefik_service_request_duration_seconds_bucket{service="shop-myapp-canary-80@kubernetescrd",le="0.3"}': 100,
  'traefik_service_request_duration_seconds_bucket{service="shop-myapp-canary-80@kubernetescrd",le="+Inf"}': 100,
  'nginx_ingress_controller_requests{namespace="shop",service="myapp",canary="",status="200"}': 900,
  'nginx_ingress_controller_requests{namespace="shop",service="myapp",canary="shop-myapp-canary-80",status="200"}': 80,
  'nginx_ingress_controller_requests{namespace="shop",service="myapp",canary="shop-myapp-canary-80",status="500"}': 20,
  'nginx_ingress_controller_request_duration_seconds_bucket{namespace="shop",canary="shop-myapp-canary-80",le="0.1"}': 0,
  'nginx_ingress_controller_request_duration_seconds_bucket{namespace="shop",canary="shop-myapp-canary-80",le="0.3"}': 100,
  'nginx_ingress_controller_request_duration_seconds_bucket{namespace="shop",canary="shop-myapp-canary-80",le="+Inf"}': 100,
  ...istio("source", "myapp-canary", { 200: 80, 503: 20 }),
  ...istio("destination", "myapp-canary", { 200: 80 }),
  ...istio("source", "myapp", { 200: 900 }),
  'istio_request_duration_milliseconds_bucket{reporter="source",destination_service_namespace="shop",destination_service_name="myapp-canary",le="100"}': 0,
  'istio_request_duration_milliseconds_bucket{reporter="source",destination_service_namespace="shop",destination_service_name="myapp-canary",le="300"}': 100,
  'istio_request_duration_milliseconds_bucket{reporter="source",destination_service_namespace="shop",destination_service_name="myapp-canary",le="+Inf"}': 100,
};

function istio(reporter: string, service: string, codes: Record<number, number>): Record<string, number> {
  const labels = `reporter="${reporter}",destination_service_namespace="shop",destination_service_name="${service}"`;
  return Object.fromEntries(
    Object.entries(codes).map(([code, rate]) => [
      `istio_requests_total{${labels},response_code="${code}"}`,
      rate,
    ]),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  server.close();
  await once(server, "close");
  return address.port;
}

/** Runs Prometheus on what `growing` says until it has scraped for a while. */
async function withPrometheus(use: (url: string, scraped: number) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  const begin = Date.now();
  const page = (): string =>
    Object.entries(growing)
      .map(([series, rate]) => `${series} ${Math.round(((Date.now() - begin) / 1000) * rate)}\n`)
      .concat(changing((Date.now() - begin) / 1000))
      .join("");
  let server: ChildProcess | undefined;
  try {
    await withServer(
      () => ({ headers: { "content-type": "text/plain; version=0.0.4" }, body: page() }),
      async (exporter) => {
        const port = await freePort();
        const config = {
          scrape_configs: [
            {
              job_name: "test",
              scrape_interval: "1s",
              scrape_timeout: "1s",
              honor_labels: true,
              static_configs: [{ targets: [new URL(exporter).host] }],
            },
          ],
        };
        writeFileSync(join(folder, "config.yml"), JSON.stringify(config));
        server = spawn(
          "prometheus",
          [
            `--config.file=${join(folder, "config.yml")}`,
            `--storage.tsdb.path=${join(folder, "data")}`,
            `--web.listen-address=127.0.0.1:${port}`,
          ],
          { stdio: "ignore" },
        );
        await untilScraped(`http://127.0.0.1:${port}`);
        const scraped = Date.now();
        await sleep(SCRAPES_SECONDS * 1000);
        await use(`http://127.0.0.1:${port}`, scraped);
      },
    );
  } finally {
    if (server !== undefined && server.exitCode === null) {
      server.kill("SIGKILL");
      await once(server, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first scrape comes some seconds after the start. */
async function untilScraped(url: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const answer = await fetch(`${url}/api/v1/query?query=count(traefik_service_requests_total)`).catch(
      () => undefined,
    );
    if (answer?.ok && (await answer.text()).includes('"value"')) return;
    await sleep(100);
  }
  throw new Error("prometheus does not scrape");
}

describe("The built-in queries, asked of a real Prometheus", function () {
  this.timeout(90_000);

  (isThere ? it : it.skip)(
    "count what the routers' series have, a series that is new and one that begins anew, too",
    async () => {
      await withPrometheus(async (url, scraped) => {
        for (const metrics of ["traefik", "nginx", "istio"] satisfies Mesh[]) {
          const source = prometheus({ url, metrics, headers: {}, scrapeSeconds: 15 }, {});
          const [from, to] = [scraped + 2000, scraped + SCRAPES_SECONDS * 1000];
          const beside = { variant: "primary", namespace: "shop", service: "myapp" };
          const read = async (query: string, variant: string, service: string) =>
            source.read(metric(query), window({ variant, service, from, to, beside }), NEVER);
          const canary = await read("success-rate", "canary", "myapp-canary");
          const { requests, bad } = sumOf(canary.counts?.intervals ?? []);
          const seconds = canary.counts?.intervals.length ?? 0;
          assert.ok(Math.abs(seconds - 10) <= 1, `${metrics}: ${seconds} scrapes`);
          assert.ok(Math.abs(requests - 100 * seconds) <= 110, `${metrics}: ${requests} requests`);
          assert.ok(Math.abs(bad - 0.2 * requests) < 3, `${metrics}: ${bad} bad`);
          assert.ok(canary.due !== undefined && canary.due > to && canary.due <= to + 2100, `${canary.due}`);
          const latency = (await read("latency-p90", "canary", "myapp-canary")).counts;
          assert.deepEqual(latency?.bounds, [100, 300]);
          const all = sumOf(latency?.intervals ?? []);
          assert.equal(sumOf(latency?.intervals ?? [], 0).bad, all.requests);
          assert.equal(sumOf(latency?.intervals ?? [], 1).bad, 0);
          const primary = await read("success-rate", "primary", "myapp");
          assert.equal(sumOf(primary.counts?.intervals ?? []).bad, 0);
          if (metrics !== "traefik") continue;
          const late = await read("error-rate", "late", "late");
          assert.equal(sumOf(late.counts?.intervals ?? []).bad, LATE_ERRORS);
          const anew = sumOf((await read("error-rate", "anew", "anew")).counts?.intervals ?? []);
          assert.ok(
            anew.requests > 60 && anew.requests <= 110,
            `${anew.requests} of the counter that begins anew`,
          );
        }
      });
    },
  );
});
