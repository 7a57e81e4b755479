/** The stack of the demo's rollouts, in a folder of its own. */
import { writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { AnalysisPlan } from "../analysis/plan";
import { ownScript } from "../base/own-script";
import { startApp, startBrokenApp } from "./app";
import type { LoopbackServer } from "./loopback";
import type { ReadableRouter } from "./readers";

export const STACK = "demo";
export const TARGET = { app: "appinfo", canary: "canary" } as const;
export const HOST = "appinfo.example.com";
/** Versions: the one that users have, one that was never any good, and the one that mends it. */
export const [STABLE, BROKEN, FIXED] = ["appinfo:1", "appinfo:2", "appinfo:3"] as const;

const PROGRAM = ownScript(resolve(__dirname, ".."), "index").file;

/** Writes the project and its stack: three primaries, and the broken canary at 0. */
export function writeStack(folder: string, router: ReadableRouter): void {
  const main = relative(folder, PROGRAM);
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    `name: canary-traffic\nruntime: nodejs\nmain: ${JSON.stringify(main)}\n`,
  );
  writeFileSync(
    join(folder, `Pulumi.${STACK}.yaml`),
    `config:
  canary-traffic:platform: kubernetes
  canary-traffic:router: ${router}
  canary-traffic:apps:
    ${TARGET.app}:
      host: ${HOST}
      image: ${STABLE}
      canaryImage: ${BROKEN}
      canaryWeight: 0
      replicas: 3
      canaryReplicas: 1
  canary-traffic:rollout:
    steps: [25, 50, 75, 100]
    bakeSeconds: 4
    analysis:
      intervalSeconds: 1
`,
  );
}

/** What the embedded proxy's own metrics are held to. */
export const METRICS: AnalysisPlan["metrics"] = [
  {
    name: "success rate",
    source: "embedded",
    query: "success-rate",
    better: "higher",
    unit: "%",
    threshold: 99,
    minEffectPercent: 1,
  },
  {
    name: "latency p90",
    source: "embedded",
    query: "latency-p90",
    better: "lower",
    unit: "ms",
    threshold: 100,
    minEffectPercent: 100,
  },
];

/** Starts what an image stands for. */
export const startImage = (image: string): Promise<LoopbackServer> =>
  image === BROKEN ? startBrokenApp() : startApp(image);
