/** An Envoy of the lab's that is told by a control plane what to do. */
import type { ChildProcess } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Programs } from "../../../lab/build";
import type { Lab } from "../../../lab/client";

const LOOK_MS = 200;
/** Longer than a control plane waits for more changes before it passes them on. */
const QUIET_MS = 1500;

export interface Bootstrap {
  readonly admin?: object;
  readonly [key: string]: unknown;
}

/** Processes of a data plane, with their files. */
export class Controlled {
  private readonly folder = mkdtempSync(join(tmpdir(), "canary-plane-"));
  private readonly children: ChildProcess[] = [];
  private admin = "";

  constructor(private readonly lab: Lab) {}

  file(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Its log is kept below PLANE_LOGS if that is set. */
  run(name: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const { PLANE_LOGS } = process.env;
    const log = openSync(PLANE_LOGS === undefined ? "/dev/null" : join(PLANE_LOGS, `${name}.log`), "a");
    this.children.push(this.lab.spawn(words, { stdio: ["ignore", log, log], env }));
    closeSync(log);
  }

  /**
   * Starts Envoy.
   *
   * @param address where it answers questions about itself
   */
  async envoy(programs: Programs, bootstrap: Bootstrap, address: string): Promise<void> {
    const port = 19_000;
    const admin = { address: { socket_address: { address, port_value: port } } };
    const file = this.file("envoy.json", JSON.stringify({ ...bootstrap, admin }));
    this.admin = `http://${address}:${port}`;
    this.run("envoy", [programs.program("envoy"), "-c", file, "--concurrency", "2", "--disable-hot-restart"]);
    await this.lab.until("Envoy is live", async () => (await this.ask("/ready")) === "LIVE\n", 120);
  }

  /** Resolves once Envoy has heard of nothing new for a while. @throws Error if it has refused a configuration */
  async quiet(): Promise<void> {
    let since = Date.now();
    let before = await this.updates();
    while (Date.now() - since < QUIET_MS) {
      await sleep(LOOK_MS);
      const now = await this.updates();
      if (now !== before) since = Date.now();
      before = now;
    }
    const refused = (await this.ask("/stats?filter=update_rejected"))
      .split("\n")
      .filter((line) => line !== "" && !line.endsWith(": 0"));
    if (refused.length > 0) throw new Error(`Envoy refuses a configuration: ${refused.join("; ")}`);
  }

  async ask(path: string): Promise<string> {
    return (await this.lab.get(this.admin + path)).body;
  }

  async stop(): Promise<void> {
    for (const child of this.children.reverse()) this.lab.signal(child, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private updates = (): Promise<string> => this.ask("/stats?filter=(update_success|version)$");
}
