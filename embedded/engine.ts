/** An engine in small: it runs the program, keeps the state in memory, and applies the objects that come of it. */
import type { Manifest } from "../components/routers";
import { readConfiguration } from "../offline/configuration";
import { renderObjects } from "../offline/manifests";
import { evaluate } from "../offline/program";
import type { ResourceState } from "../offline/state";
import type { Engine } from "../rollout/shifters/pulumi";

export class EmbeddedEngine implements Engine {
  private state: readonly ResourceState[] = [];

  constructor(
    private readonly folder: string,
    private readonly stack: string,
    private readonly apply: (objects: readonly Manifest[]) => Promise<void>,
  ) {}

  async exportState(): Promise<string> {
    return JSON.stringify({ version: 3, deployment: { resources: this.state } });
  }

  /** Applies all objects, whichever are asked for: nothing here takes long to become ready. */
  async up(): Promise<void> {
    const configuration = readConfiguration(this.folder, this.stack);
    const { states } = await evaluate(this.folder, configuration, this.state);
    await this.apply(renderObjects(states).objects as unknown as readonly Manifest[]);
    this.state = states;
  }

  async recover(): Promise<void> {}
}
