/** A Prometheus that scrapes the Traefiks of a lab's edge nodes. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { INTERNAL_PORT } from "../../components/kubernetes/traefik-config";
import type { Lab } from "../../lab/client";

/** Where it answers within the lab. */
export const PROMETHEUS_URL = "http://127.0.0.1:9090";
/** From one scrape to the next. */
export const SCRAPE_SECONDS = 1;

/** What this machine lacks to run one; undefined where it has all. */
export function lacksPrometheus(): string | undefined {
  const isThere = spawnSync("prometheus", ["--version"]).status === 0;
  return isThere ? undefined : "prometheus on PATH, Debian's package prometheus";
}

export class Prometheus {
  private readonly folder = mkdtempSync(join(tmpdir(), "canary-prometheus-"));
  private process: ChildProcess | undefined;

  private constructor(private readonly lab: Lab) {}

  /** Resolves once it has scraped every edge node. */
  static async up(lab: Lab): Promise<Prometheus> {
    const prometheus = new Prometheus(lab);
    const targets = (await lab.edgeAddresses()).map((address) => `${address}:${INTERNAL_PORT}`);
    const configuration = {
      global: { scrape_interval: `${SCRAPE_SECONDS}s`, scrape_timeout: `${SCRAPE_SECONDS}s` },
      scrape_configs: [{ job_name: "traefik", static_configs: [{ targets }] }],
    };
    writeFileSync(join(prometheus.folder, "prometheus.yml"), stringify(configuration));
    prometheus.start();
    await lab.until("Prometheus scrapes every edge node", async () => {
      const [answer] = await prometheus.query("count(up == 1)");
      return Number(answer) === targets.length;
    });
    return prometheus;
  }

  /** With what it has stored, if it ran before; where it runs already nothing happens. */
  start(): void {
    if (this.process !== undefined) return;
    const log = openSync(join(this.folder, "log"), "a");
    const options = [
      `--config.file=${join(this.folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(this.folder, "data")}`,
      `--web.listen-address=${new URL(PROMETHEUS_URL).host}`,
    ];
    this.process = this.lab.spawn(["prometheus", ...options], { stdio: ["ignore", log, log] });
    closeSync(log);
  }

  /** Kills it, as a node that fails would. */
  async stop(): Promise<void> {
    const running = this.process;
    if (running === undefined) return;
    this.process = undefined;
    this.lab.signal(running, "SIGKILL");
    await once(running, "close");
  }

  /** Ends it and removes what it has stored. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** The values that a query has at this moment. */
  async query(query: string): Promise<number[]> {
    const { body } = await this.lab.get(`${PROMETHEUS_URL}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = JSON.parse(body) as { data: { result: { value: [number, string] }[] } };
    return data.result.map(({ value: [, text] }) => Number(text));
  }
}
