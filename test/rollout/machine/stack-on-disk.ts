/** A stack that is a folder: its state a file, its routing objects a file each, and every update a while under way. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../../analysis/clock";
import type { Target, Weights } from "../../../analysis/plan";
import { rolloutFiles } from "../../../rollout/journal/journal";
import type { Shifter } from "../../../rollout/machine/ports";
import type { Session } from "../../../rollout/machine/session";
import { parseSettings } from "../../../stacks/settings";
import { dev } from "../../stacks/raw";
import { verdict } from "./world";

export const TARGETS = [
  { app: "myapp", canary: "canary" },
  { app: "shop", canary: "canary" },
] as const satisfies [Target, ...Target[]];
const KEYS = ["myapp/canary", "shop/canary"];

interface State {
  readonly weights: Weights;
  /** Whether an update is under way, or was when its process was killed. */
  readonly pending: boolean;
}

export class StackOnDisk implements Shifter {
  constructor(private readonly folder: string) {}

  /** Deploys the stack with all canaries at 0. */
  create(): this {
    mkdirSync(join(this.folder, "objects"), { recursive: true });
    const weights = Object.fromEntries(KEYS.map((key) => [key, 0]));
    this.save("state.json", { weights, pending: false });
    for (const key of KEYS) this.saveObject(key, 0);
    return this;
  }

  get state(): State {
    return JSON.parse(readFileSync(join(this.folder, "state.json"), "utf8"));
  }

  /** The routing objects' weights. */
  get objects(): Weights {
    const files = readdirSync(join(this.folder, "objects")).filter((name) => name.endsWith(".json"));
    return Object.fromEntries(
      files.map((name) => {
        const { weight } = JSON.parse(readFileSync(join(this.folder, "objects", name), "utf8"));
        return [`${basename(name, ".json")}/canary`, weight];
      }),
    );
  }

  applied = async (): Promise<Weights> => this.state.weights;
  observed = async (): Promise<Weights> => this.objects;
  preview = async (): Promise<readonly string[]> => [];
  changedByHand = async (): Promise<readonly string[]> => [];

  async recover(): Promise<void> {
    this.save("state.json", { ...this.state, pending: false });
  }

  async apply(weights: Weights): Promise<void> {
    if (this.state.pending) throw new Error("the stack has pending operations");
    this.save("state.json", { ...this.state, pending: true });
    for (const [key, weight] of Object.entries(weights)) {
      await sleep(6);
      this.saveObject(key, weight);
      await sleep(6);
    }
    this.save("state.json", { weights, pending: false });
    await sleep(6);
  }

  rollBack = (weights: Weights): Promise<void> => this.apply(weights);

  private saveObject(key: string, weight: number): void {
    this.save(join("objects", `${key.split("/")[0]}.json`), { weight });
  }

  private save(name: string, content: object): void {
    const file = join(this.folder, name);
    writeFileSync(`${file}.new`, JSON.stringify(content));
    renameSync(`${file}.new`, file);
  }
}

const apps = {
  myapp: {},
  shop: { host: "shop.example.com", image: "shop:1.0.0", canaryImage: "shop:1.1.0" },
};
export const STEPS = [5, 25, 100];

/** A rollout of the stack in which time goes so fast that a bake takes 20 ms. */
export function sessionOf(folder: string, failsAt = Number.POSITIVE_INFINITY): Session {
  const shifter = new StackOnDisk(folder);
  const hasty = (milliseconds: number): number => milliseconds / 1000;
  return {
    stack: "dev",
    settings: parseSettings(
      dev({
        apps,
        policies: { maxStep: 100 },
        rollout: { steps: STEPS, bakeSeconds: 20, analysis: { intervalSeconds: 10 } },
      }),
    ),
    files: rolloutFiles(folder, "dev"),
    parts: {
      clock: {
        now: () => systemClock.now() * 1000,
        elapsed: () => systemClock.elapsed() * 1000,
        sleep: (milliseconds, signal) => systemClock.sleep(hasty(milliseconds), signal),
      },
      shifter: () => shifter,
      analyse: () => async () =>
        verdict((shifter.objects["shop/canary"] ?? 0) >= failsAt ? "fail" : "pass", Date.now()),
      approvals: [],
      listeners: [],
    },
    stop: new AbortController().signal,
  };
}
