/** A project of a test's own whose rollouts run in a lab, by the command line and as processes of their own. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { V1Pod } from "@kubernetes/client-node";
import { type Document, parseDocument, stringify } from "yaml";
import { type Manifest, routers } from "../../components/routers";
import type { Switches } from "../../examples/appinfo/switches";
import { type CommandResult, isReady, type Lab } from "../../lab/client";
import type { RolloutEvent } from "../../rollout/journal/events";
import { lastRollout } from "../../rollout/journal/journal";
import { EngineProject, lacksEngine, PROJECT } from "../engine/engine";
import { origins } from "./edges";
import { standInEngine } from "./stand-in-engine";

const STACK = "story";
const CANARY = join(PROJECT, "bin/canary.js");
/** What the demo app does when it does nothing wrong. */
const WELL: Partial<Switches> = { errorRate: 0, latencyMs: 0 };

type Raw = Record<string, unknown>;

/** A command that runs. */
export interface Running {
  readonly ended: Promise<CommandResult>;
  signal(name: NodeJS.Signals): void;
}

export class RolloutProject {
  private readonly engine: EngineProject;
  private readonly standIn = lacksEngine() === undefined ? undefined : standInEngine();
  private readonly running = new Set<ChildProcess>();
  /** What the last whole update had in place of what the stack file says since. */
  private readonly replaced = new Map<string, { path: readonly string[]; value: unknown }>();

  private constructor(
    private readonly lab: Lab,
    private readonly apps: readonly string[],
  ) {
    this.engine = new EngineProject(PROJECT, STACK, this.standIn);
  }

  /** Resolves once the stack is deployed and each app is routed at every edge node. Apps have a canary at 0 %. */
  static async deployed(lab: Lab, names: readonly string[], rollout: Raw): Promise<RolloutProject> {
    const project = new RolloutProject(lab, names);
    const settings = {
      platform: "kubernetes",
      traefik: { install: false, ingressClass: "traefik-external" },
      apps: Object.fromEntries(names.map((name) => [name, appOf(name)])),
      rollout,
    };
    const config = Object.entries(settings).map(([key, value]) => [`canary-traffic:${key}`, value]);
    writeFileSync(project.engine.stackFile, stringify({ config: Object.fromEntries(config) }));
    await project.pulumi("stack", "init", STACK);
    await project.up();
    const edges = await origins(lab);
    await lab.until("the apps are routed at every edge node", async () => {
      const asked = edges.flatMap((origin) => names.map((name) => lab.get(origin, { host: hostOf(name) })));
      return (await Promise.all(asked)).every(({ status }) => status === 200);
    });
    return project;
  }

  /** What `pulumi stack history` tells, the latest update first. */
  async history(): Promise<{ message: string; result: string }[]> {
    return JSON.parse((await this.pulumi("stack", "history", "--json", "--stack", STACK)).stdout);
  }

  /** Changes a setting of an app in the stack file. */
  configure(app: string, key: string, value: unknown): void {
    const path = ["apps", app, key];
    const before = this.document().getIn(["config", "canary-traffic:apps", app, key]);
    if (!this.replaced.has(String(path))) this.replaced.set(String(path), { path, value: before });
    this.edit(path, value);
  }

  /** Changes a setting below `rollout` in the stack file. */
  configureRollout(path: readonly string[], value: unknown): void {
    this.edit(["rollout", ...path], value);
  }

  /** Runs `canary` to its end, and with `-s`. */
  canary(...words: string[]): Promise<CommandResult> {
    return this.start(...words).ended;
  }

  start(...words: string[]): Running {
    const [command = "", ...others] = words;
    return this.run([process.execPath, CANARY, command, "-s", STACK, ...others]);
  }

  /** An ordinary update to what the stack file says. */
  async up(...options: string[]): Promise<void> {
    await this.pulumi(...UP, ...options);
    this.replaced.clear();
  }

  /** The same, which may fail. */
  startUpdate(): Running {
    return this.run(["pulumi", ...UP, "--non-interactive"]);
  }

  /** Has the state forget what is done meanwhile, as an update's end does that comes between the cluster and the state. */
  async forgetting(work: () => Promise<unknown>): Promise<void> {
    const file = join(this.engine.folder, "state.json");
    await this.pulumi("stack", "export", "--stack", STACK, "--file", file);
    await work();
    await this.pulumi("stack", "import", "--stack", STACK, "--file", file);
  }

  /** Percent of requests for an app's canary, as the cluster has it. */
  async weight(app: string): Promise<number> {
    const route = (await this.lab.cluster.find(routeOf(app))) as unknown as Manifest;
    const { [app]: primary = 0, [`${app}-canary`]: canary = 0 } = routers.traefik.readWeights([route]);
    return (100 * canary) / (primary + canary);
  }

  /** Asserts that the stack file and the cluster say the same, and that nothing is in the next update's way. */
  async isWholeAt(app: string, weight: number): Promise<void> {
    assert.equal(await this.weight(app), weight);
    await this.up();
    assert.equal(await this.weight(app), weight);
  }

  /** The events of the last rollout, from its journal. */
  events(): RolloutEvent[] {
    return lastRollout(join(this.engine.folder, ".canary", `${STACK}.jsonl`));
  }

  /** Waits until the rollout that is under way has come to an event of a step. */
  async until(type: RolloutEvent["type"], step = 0): Promise<void> {
    const isIt = (event: RolloutEvent): boolean =>
      event.type === type && (!("step" in event) || event.step === step);
    await this.lab.until(`${type}, step ${step}`, () => this.events().some(isIt), 180);
  }

  /** Tells every pod of a variant what to do wrong. */
  async setSwitches(app: string, variant: string, switches: Partial<Switches>): Promise<void> {
    for (const pod of await this.pods(app, variant)) await this.lab.setSwitches(pod, switches);
  }

  /** Those that are to stay. */
  async pods(app: string, variant: string): Promise<V1Pod[]> {
    const pods = await this.lab.pods(`app.kubernetes.io/name=${app},variant=${variant}`, app);
    return pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  /** Takes back what no whole update brought, lets all pods do nothing wrong, and takes the canaries to 0 %. */
  async restore(rollout: Raw): Promise<void> {
    for (const child of this.running) this.lab.signal(child, "SIGKILL");
    this.edit(["rollout"], rollout);
    if (this.replaced.size > 0) {
      for (const { path, value } of this.replaced.values()) this.edit(path, value);
      await this.up("--refresh");
    }
    const isWell = async (app: string): Promise<boolean> =>
      [...(await this.pods(app, "primary")), ...(await this.pods(app, "canary"))].every(isReady);
    // One that has crashed is started again ever later.
    const longest = 180;
    await this.lab.until(
      "all pods are ready",
      async () => (await Promise.all(this.apps.map(isWell))).every(Boolean),
      longest,
    );
    for (const app of this.apps) {
      for (const variant of ["primary", "canary"]) await this.setSwitches(app, variant, WELL);
    }
    const { code, stderr } = await this.canary("rollback");
    if (code !== 0) throw new Error(stderr);
    rmSync(join(this.engine.folder, ".canary"), { recursive: true, force: true });
  }

  /** Deletes what was deployed. */
  async remove(): Promise<void> {
    for (const name of this.apps)
      await this.lab.cluster.delete({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    this.engine.remove();
    if (this.standIn !== undefined) rmSync(this.standIn, { recursive: true });
  }

  private edit([first = "", ...path]: readonly string[], value: unknown): void {
    const document = this.document();
    document.setIn(["config", `canary-traffic:${first}`, ...path], value);
    writeFileSync(this.engine.stackFile, String(document));
  }

  /** The stack file. */
  private document(): Document {
    return parseDocument(readFileSync(this.engine.stackFile, "utf8"));
  }

  private async pulumi(...words: string[]): Promise<CommandResult> {
    const result = await this.run(["pulumi", ...words, "--non-interactive"]).ended;
    if (result.code !== 0) throw new Error(`pulumi ${words.join(" ")}:\n${result.stdout}${result.stderr}`);
    return result;
  }

  private run(command: readonly string[]): Running {
    const { env, folder } = this.engine;
    const child = this.lab.spawn(["env", "--chdir", folder, ...command], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.running.add(child);
    child.once("close", () => this.running.delete(child));
    return { ended: resultOf(child), signal: (name) => this.lab.signal(child, name) };
  }
}

const UP = ["up", "--yes", "--skip-preview", "--stack", STACK];

const routeOf = (name: string) => ({
  apiVersion: "traefik.io/v1alpha1",
  kind: "TraefikService",
  metadata: { name, namespace: name },
});

/** An app whose canary is there and has no requests. */
const appOf = (name: string): Raw => ({
  host: hostOf(name),
  image: imageOf(name, "1"),
  canaryImage: imageOf(name, "2"),
  canaryWeight: 0,
  healthPath: "/readyz",
  preStopSeconds: 1,
});

export const hostOf = (app: string): string => `${app}.example.com`;
export const imageOf = (app: string, tag: string): string => `registry.example.com/${app}:${tag}`;

async function resultOf(child: ChildProcess): Promise<CommandResult> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("no pipes");
  const ended = once(child, "close") as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), ended]);
  return { code: code ?? undefined, stdout: out, stderr: err };
}
