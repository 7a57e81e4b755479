/** Shifts by updates of Pulumi's engine. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../analysis/clock";
import type { Target } from "../../analysis/plan";
import { targetKey, type Weights } from "../../analysis/plan";
import { replaceFile } from "../../base/replace-file";
import { messageOf, UserError } from "../../base/user-error";
import { readConfiguration, type StackConfiguration } from "../../offline/configuration";
import { isChange, isStack, preview } from "../../offline/preview";
import { stackFile } from "../../offline/stack-names";
import { isProvider, type ResourceState, readCheckpoint } from "../../offline/state";
import type { Step } from "../../offline/step";
import { rawSettings } from "../../stacks/raw";
import { hasCluster, parseToGoBack, type Settings } from "../../stacks/settings";
import { missingServices } from "../../status/services";
import type { Tags } from "../heartbeat/tags";
import { targetKindOf } from "../kinds";
import type { TargetKind } from "../kinds/kind";
import type { Digests, Shifter } from "../machine/ports";
import { keepGood, manifestTexts, restore, type Texts, withoutAdded } from "../updates/last-good";
import { rewrittenWithWeights, withWeights } from "../updates/stack-file";
import { EngineError } from "./errors";
import type { Engine, UpdateOptions } from "./pulumi";
import type { Deployed, Readers } from "./readings";
import { type IsRouting, isNamedByContent } from "./routing-objects";

export interface EngineOptions {
  /** The project's folder. */
  readonly folder: string;
  readonly configuration: StackConfiguration;
  readonly settings: Settings;
  readonly targets: readonly Target[];
  readonly engine: Engine;
  /** What users' requests are read back from. */
  readonly readers: Readers;
  readonly clock: Clock;
  /** The configuration when the rollout began; default as it is now. */
  readonly since?: Digests | undefined;
  /** Told what could not be done beside a rollback, a line each. */
  readonly note?: (line: string) => void;
}

/** Seconds that a classic load balancer takes to find instances healthy after they were registered. */
const HEALTHY_SECONDS = 20;

/**
 * Writes weights to the stack file and has the engine update the stack, so that the file, the state and the history say
 * the same. Nothing but the weights is ever written.
 */
export class EngineShifter implements Shifter {
  readonly configuration: Digests;
  /** What this wrote to the file last. */
  private filed: string;
  /** The file's text when it made sense last. */
  private lastGood: string;
  /** Texts of the apps' manifests when the rollout began. */
  private readonly manifests: Texts;

  constructor(private readonly options: EngineOptions) {
    this.configuration = options.since ?? this.digests();
    this.lastGood = readFileSync(this.file, "utf8");
    this.filed = this.digest();
    this.manifests = manifestTexts(options.folder, manifestsOf(options));
    this.keepGood();
  }

  async applied(): Promise<Weights> {
    return this.kind.applied(await this.deployed(), this.options.targets);
  }

  async observed(): Promise<Weights> {
    return this.kind.observed(await this.deployed(), this.options.targets, this.options.readers);
  }

  async preview(weights: Weights): Promise<readonly string[]> {
    const { folder } = this.options;
    const { state } = await this.deployed();
    const { steps, refusals } = await preview(folder, this.configurationAt(weights), state);
    const isShift = this.isShift();
    const others = steps.filter(
      (step) =>
        isChange(step) && !isStack(step) && !step.mayChange && !isProvider(step.type) && !isShift(step),
    );
    return [...others.map(({ op, type, name }) => `${op} ${type} ${name}`), ...refusals];
  }

  /** Services that others make. Without a cluster that can be read nobody knows. */
  async missing(): Promise<readonly string[]> {
    const { settings, readers } = this.options;
    if (readers.cluster === undefined || !hasCluster(settings)) return [];
    return missingServices(settings.apps, readers.cluster);
  }

  async apply(weights: Weights, message: string, signal: AbortSignal): Promise<void> {
    this.write(weights);
    try {
      await this.options.engine.up({ message, signal });
    } catch (error) {
      // Else the next `pulumi up` would take the step, and nobody would judge it.
      const applied = await this.applied().catch(() => undefined);
      if (applied !== undefined) this.write(applied);
      throw error;
    }
  }

  /** An ordinary update to another stack file. */
  async update(text: string, message: string, signal: AbortSignal): Promise<void> {
    replaceFile(this.file, text);
    this.noteFiled(text);
    await this.options.engine.up({ message, signal });
  }

  /** What the last update left. */
  async state(): Promise<readonly ResourceState[]> {
    return (await this.deployed()).state;
  }

  /** An ordinary update to what the stack file says. */
  async updateAsFiled(options: Omit<UpdateOptions, "targets">): Promise<void> {
    await this.options.engine.up(options);
  }

  /** Updates the routing objects alone: an ordinary update would wait for a canary that never becomes ready. */
  async rollBack(weights: Weights, message: string, signal: AbortSignal): Promise<void> {
    const { engine, settings, clock } = this.options;
    const { state } = await this.deployed();
    const routing = state.filter(this.routing());
    if (routing.length === 0)
      throw new EngineError("the state has no routing objects of these apps; pulumi up makes them");
    const targets = [...routing.map(({ urn }) => urn), ...(await this.toCreate(routing, weights))];
    const halfway = this.kind.isByHalf(settings) ? atMostHalf(await this.applied(), weights) : undefined;
    if (halfway !== undefined) {
      await engine.up({
        message: `${message}, by way of 50 %`,
        targets,
        signal,
        ...this.writeAnyway(halfway),
      });
      await clock.sleep(HEALTHY_SECONDS * 1000, signal);
    }
    const refresh = await this.isBehind(weights);
    await engine.up({ message, targets, refresh, signal, ...this.writeAnyway(weights) });
  }

  /** What is made for the way back, and is not in the state: the engine updates nothing that needs what is no target. */
  private async toCreate(routing: readonly ResourceState[], weights: Weights): Promise<string[]> {
    if (!routing.some(isNamedByContent)) return [];
    try {
      const { state } = await this.deployed();
      const { steps } = await preview(this.options.folder, this.configurationAt(weights), state);
      const isShift = this.isShift();
      return steps.filter((step) => step.op === "create" && isShift(step)).map(({ urn }) => urn);
    } catch {
      return [];
    }
  }

  /**
   * Whether the state has weights already that users don't get: an update was cut off between the two, and to the engine
   * there would be nothing to do.
   */
  private async isBehind(weights: Weights): Promise<boolean> {
    const [applied, observed] = await Promise.all([this.applied(), this.observed().catch(() => ({}))]);
    return Object.entries(observed).some(
      ([key, weight]) => applied[key] === weights[key] && weight !== weights[key],
    );
  }

  recover(): Promise<void> {
    return this.options.engine.recover();
  }

  get tags(): Tags | undefined {
    return this.options.engine.tags;
  }

  async changedByHand(): Promise<readonly string[]> {
    const now = this.digests();
    const keys = [...new Set([...Object.keys(this.configuration), ...Object.keys(now)])];
    const changed = keys.filter((key) => this.configuration[key] !== now[key]);
    return changed.length === 0 && this.filed !== this.digest() ? [this.kind.filedAs] : changed;
  }

  private async deployed(): Promise<Deployed> {
    const { engine, settings, configuration } = this.options;
    return { settings, configuration, state: readCheckpoint(await engine.exportState()) };
  }

  private get kind(): TargetKind {
    return targetKindOf(this.options.targets);
  }

  private routing(): IsRouting {
    return this.kind.routing(this.options.settings, this.options.targets);
  }

  private isShift(): (step: Step) => boolean {
    return this.kind.isShift(this.options.settings, this.options.targets);
  }

  private write(weights: Weights): void {
    const text = this.withWeights(readFileSync(this.file, "utf8"), weights);
    this.check(text);
    replaceFile(this.file, text);
    this.noteFiled(text);
  }

  /** @throws UserError if the program would refuse the settings of this text */
  private check(text: string): void {
    const { folder, configuration } = this.options;
    const { namespace, values } = readConfiguration(folder, configuration.stack, [], text);
    parseToGoBack(rawSettings(namespace, values));
  }

  /**
   * Goes on from the last text that made sense if the file's does not, and from a file elsewhere if the disk is full: neither who
   * edits the stack file nor who fills its disk must keep a canary in service.
   */
  private writeAnyway(weights: Weights): { configFile?: string } {
    try {
      this.mend(weights);
      return {};
    } catch (error) {
      const configFile = writtenElsewhere(this.anyText(weights), error);
      const { note = () => {} } = this.options;
      note(
        `warning: ${this.file} can't be written (${messageOf(error)}): it does not say that the canary goes back`,
      );
      return { configFile };
    }
  }

  /** The last text that made sense with other weights, rewritten if they can't be put into it as it is. */
  private anyText(weights: Weights): string {
    try {
      return this.withWeights(this.lastGood, weights);
    } catch {
      return rewrittenWithWeights(this.lastGood, this.options.configuration.namespace, weights);
    }
  }

  private mend(weights: Weights): void {
    try {
      this.write(weights);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const text = this.withWeights(this.lastGood, weights);
      restore(this.file, text);
      this.noteFiled(text);
      try {
        this.check(text);
      } catch {
        const { folder } = this.options;
        const before = withoutAdded(folder, manifestsOf(this.options), this.manifests);
        for (const [file, text] of Object.entries(before)) restore(join(folder, file), text);
      }
    }
  }

  private get file(): string {
    return stackFile(this.options.folder, this.options.configuration.stack);
  }

  private noteFiled(text: string): void {
    this.lastGood = text;
    this.filed = this.digest();
    this.keepGood();
  }

  private keepGood(): void {
    const { folder, configuration } = this.options;
    const own = { [relative(folder, this.file)]: this.lastGood };
    keepGood(folder, configuration.stack, { ...this.manifests, ...own });
  }

  /** @throws UserError if the file can't say that, or would not be read any more */
  private withWeights(text: string, weights: Weights): string {
    const { folder, configuration } = this.options;
    const edited = withWeights(text, configuration.namespace, weights);
    readConfiguration(folder, configuration.stack, [], edited);
    return edited;
  }

  /** The configuration as the stack file has it, with other weights. */
  private configurationAt(weights: Weights): StackConfiguration {
    const { folder, configuration } = this.options;
    const text = this.withWeights(readFileSync(this.file, "utf8"), weights);
    return readConfiguration(folder, configuration.stack, [], text);
  }

  /** A digest of each key's value, but for the weights that are shifted. */
  private digests(): Digests {
    const { folder, configuration: own, targets } = this.options;
    const weights = Object.fromEntries(targets.map((target) => [targetKey(target), 0]));
    const configuration = readConfiguration(
      folder,
      own.stack,
      [],
      rewrittenWithWeights(readFileSync(this.file, "utf8"), own.namespace, weights),
    );
    return Object.fromEntries(deploying(configuration).map(([key, value]) => [key, digestOf(value)]));
  }

  /** A digest of the whole configuration. */
  private digest(): string {
    const { folder, configuration } = this.options;
    return digestOf(JSON.stringify(deploying(readConfiguration(folder, configuration.stack))));
  }
}

/** A file with this text on whatever disk takes it. @throws what the last one said */
function writtenElsewhere(text: string, first: unknown): string {
  let why = first;
  for (const folder of [tmpdir(), "/dev/shm"]) {
    try {
      const file = join(mkdtempSync(join(folder, "canary-")), "Pulumi.yaml");
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    } catch (error) {
      why = error;
    }
  }
  throw why;
}

/** The apps' manifests, files or folders, by path from the project's folder. */
const manifestsOf = ({ settings }: EngineOptions): string[] =>
  settings.apps
    .flatMap(({ manifest, canaries }) => [manifest, ...canaries.map((canary) => canary.manifest)])
    .flatMap((file) => file ?? []);

/** The values that decide what is deployed, by key: how a rollout judges and whom it tells does not. */
const deploying = ({ namespace, values }: StackConfiguration): [string, string][] =>
  Object.entries(values).map(([key, value]) => {
    if (key !== `${namespace}:rollout`) return [key, value];
    const { baseline, engine } = objectOf(value);
    return [key, `${baseline} ${engine}`];
  });

/** What a value is made of; nothing if it is no object, as in a stack file that somebody is at work on. */
function objectOf(value: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(value)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Weights on the way down by which no classic load balancer is left with too few instances. */
function atMostHalf(applied: Weights, asked: Weights): Weights | undefined {
  const half = Object.fromEntries(
    Object.entries(asked).map(([key, weight]) => [key, Math.max(weight, Math.min(applied[key] ?? 0, 50))]),
  );
  const isAbove = Object.keys(asked).some((key) => (applied[key] ?? 0) > 50 && (asked[key] ?? 0) < 50);
  return isAbove && !isDeepStrictEqual(half, asked) ? half : undefined;
}
