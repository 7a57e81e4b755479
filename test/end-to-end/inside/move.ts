/**
 * A process in the lab: users, whose resolvers keep DNS answers, come to a stand-in of AWS's side and to the lab's Traefiks while
 * a rollout moves them. Its events go to the parent; `stop` ends it.
 *
 * Arguments: the app's name and host, Prometheus's address, the share to go to, and the edge nodes' origins.
 */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { analyser } from "../../../analysis/analyse";
import { systemClock } from "../../../analysis/clock";
import { openCloudWatch } from "../../../analysis/sources/cloudwatch";
import type { MetricsAccount } from "../../../analysis/sources/cloudwatch-account";
import { openPrometheus } from "../../../analysis/sources/prometheus";
import { awsTypes } from "../../../components/aws/types";
import { readConfiguration } from "../../../offline/configuration";
import { deployed } from "../../../offline/preview";
import { followOf } from "../../../rollout/follow";
import { rolloutFiles } from "../../../rollout/journal/journal";
import { chooseMove } from "../../../rollout/kinds/move";
import { beginRollout } from "../../../rollout/machine/session";
import { placesOf } from "../../../rollout/places";
import { EngineShifter } from "../../../rollout/shifters/engine";
import { rawSettings } from "../../../stacks/raw";
import { parseSettings } from "../../../stacks/settings";
import type { Account } from "../../../status/account";
import { Project } from "../../cli/project";
import { both } from "../../stacks/migrations";

const [app = "", host = "", prometheus = "", to = "", ...edges] = process.argv.slice(2);
/** Requests a second; resolvers, of which each tenth keeps answers for longer than it should. */
const [RATE, RESOLVERS, TTL] = [40, 100, 5];
/** What AWS's side takes for an answer, in milliseconds. */
const AWS_MS = 20;
const MINUTE = 60_000;
const over = new AbortController();

async function main(): Promise<void> {
  const project = new Project();
  try {
    await move(project);
  } finally {
    over.abort();
    project.remove();
    process.disconnect();
  }
}

async function move(project: Project): Promise<void> {
  mkdirSync(`${project.folder}/.canary`);
  const better = { success: "higher", latency: "lower" } as const;
  const metric = (name: keyof typeof better, query: string, unit: string, minEffectPercent: number) => ({
    name,
    query,
    unit,
    minEffectPercent,
    source: "prometheus",
    better: better[name],
  });
  const images = { image: "registry.example.com/app:1.0.0", canaryImage: "registry.example.com/app:1.1.0" };
  const rollout = {
    steps: [Number(to)],
    // Longer than anybody waits for the slower side to be found.
    bakeSeconds: 900,
    sources: { prometheus: { url: prometheus }, cloudwatch: { region: "eu-west-1" } },
    analysis: {
      metrics: [metric("success", "success-rate", "%", 1), metric("latency", "latency-p90", "ms", 20)],
    },
  };
  const raw = both(0, { apps: { [app]: { host, ...images } }, aws: { dnsTtl: TTL }, rollout });
  project.stackFile("prod", raw);
  const read = () => readConfiguration(project.folder, "prod");
  const configuration = read();
  const settings = parseSettings(rawSettings("canary-traffic", configuration.values));
  let state = await deployed(project.folder, read());
  /** What Route 53 has: its records change with each update. */
  const account = {
    records: async (_zone: string, name: string) =>
      state
        .filter(({ type, inputs }) => type === awsTypes.record && inputs.name === name)
        .map(({ inputs }) => ({
          Name: name,
          Type: "CNAME" as const,
          SetIdentifier: String(inputs.setIdentifier),
          Weight: (inputs.weightedRoutingPolicies as unknown as [{ weight: number }])[0].weight,
        })),
  } as unknown as Account;
  const engine = {
    exportState: async () => JSON.stringify({ version: 3, deployment: { resources: state } }),
    up: async () => {
      state = await deployed(project.folder, read());
    },
    recover: async () => {},
  };
  const aws = new Aws();
  const origin = await aws.listen();
  const living = users(account, origin);
  const targets = chooseMove(settings);
  const clock = systemClock;
  const named = { name: "moved" };
  const places = placesOf(settings, async () =>
    state.map((each) => (each.type === awsTypes.classicLoadBalancer ? { ...each, outputs: named } : each)),
  );
  const world = {
    sources: {
      prometheus: openPrometheus({ url: prometheus, headers: {}, metrics: "traefik", scrapeSeconds: 1 }, {}),
      cloudwatch: openCloudWatch({ region: "eu-west-1" }, aws.metrics),
    },
    clock,
    ...places,
  };
  const readers = { cluster: undefined, account };
  const ended = await beginRollout(
    {
      stack: "prod",
      settings,
      files: rolloutFiles(project.folder, "prod"),
      parts: {
        clock,
        shifter: () =>
          new EngineShifter({
            folder: project.folder,
            configuration,
            settings,
            targets,
            engine,
            readers,
            clock,
          }),
        analyse: (plan, judgements) =>
          analyser(plan.analysis, { ...world, judgements, steps: plan.steps.length }),
        follow: (plan) => followOf(settings, plan.targets, world),
        approvals: [],
        listeners: [(event) => void process.send?.({ event })],
      },
      stop: over.signal,
    },
    targets,
    { to: Number(to) },
  );
  over.abort();
  const seen = await living;
  await aws.close();
  const records = await account.records("", host);
  process.send?.({
    ended,
    records: Object.fromEntries(records.map(({ SetIdentifier = "", Weight }) => [SetIdentifier, Weight])),
    seen,
  });
}

/** AWS's side: a load balancer, and CloudWatch, which knows of a minute once it is over for another one. */
class Aws {
  private readonly answered: { readonly time: number; readonly ms: number }[] = [];
  private readonly server = createServer((_, response) => {
    const begin = Date.now();
    setTimeout(() => {
      this.answered.push({ time: Date.now(), ms: Date.now() - begin });
      response.end("aws");
    }, AWS_MS);
  });

  readonly metrics: MetricsAccount = {
    values: async (questions) =>
      questions.map(({ name, statistic, from, to }) => {
        const minutes = new Map<number, number>();
        const bound = Number(/^TC\(:(.+)\)$/.exec(statistic)?.[1] ?? Number.POSITIVE_INFINITY) * 1000;
        for (const { time, ms } of this.answered) {
          const minute = Math.floor(time / MINUTE) * MINUTE;
          if (minute < from || minute >= to || minute + 2 * MINUTE > Date.now()) continue;
          const isCounted = !name.startsWith("HTTPCode_") && ms <= bound;
          minutes.set(minute, (minutes.get(minute) ?? 0) + Number(isCounted));
        }
        return minutes;
      }),
  };

  async listen(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** The side that an answer names. */
type Named = "aws" | "kubernetes";

/** Users ask their resolver, then the side that it named. @returns how many requests each side answered, and how many failed */
async function users(account: Account, aws: string): Promise<Record<string, number>> {
  const seen = { aws: 0, kubernetes: 0, failed: 0 };
  const count = (whose: keyof typeof seen): void => {
    seen[whose]++;
  };
  const resolvers = Array.from({ length: RESOLVERS }, () => ({ until: 0, side: "aws" as Named }));
  const named = async (i: number): Promise<Named> => {
    const resolver = resolvers[i];
    if (resolver === undefined) throw new RangeError(`there is no resolver ${i}`);
    if (resolver.until <= Date.now()) {
      const records = await account.records("", host);
      const weight = records.find(({ SetIdentifier }) => SetIdentifier === "kubernetes")?.Weight ?? 0;
      resolver.side = Math.random() * 100 < weight ? "kubernetes" : "aws";
      resolver.until = Date.now() + TTL * 1000 * (i % 10 === 0 ? 20 : 1) * (0.5 + Math.random() / 2);
    }
    return resolver.side;
  };
  const asked: Promise<void>[] = [];
  for (let i = 0; !over.signal.aborted; i++) {
    const side = await named(Math.floor(Math.random() * RESOLVERS));
    const origin = side === "aws" ? aws : (edges[i % edges.length] ?? "");
    const counted = ask(origin).then(
      () => count(side),
      () => count("failed"),
    );
    asked.push(counted);
    await sleep(1000 / RATE);
  }
  await Promise.all(asked);
  return seen;
}

function ask(origin: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(origin, { headers: { host }, agent: false, timeout: 10_000 }, (response) => {
      response.resume().once("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(String(response.statusCode)));
      });
    });
    sent.once("timeout", () => sent.destroy(new Error("timeout")));
    sent.once("error", reject).end();
  });
}

process.on("message", (message) => {
  if (message === "stop") over.abort("stopped");
});
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
