/** Loads of requests on a lab. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Lab } from "../client";
import type { GeneratorMessage, GeneratorRequest, Job } from "./generator";
import type { LoadReport } from "./tally";

export type LoadOptions = Pick<Job, "origins" | "host"> & Partial<Job>;

/** Most requests and most seconds of a load that asks for neither. */
const DEFAULTS = {
  path: "/",
  by: "x-variant",
  connections: 32,
  requests: 10_000_000,
  seconds: 600,
  timeoutSeconds: 10,
};

/** A load that has begun. */
export class Load {
  /** Requests that have ended so far. */
  ended = 0;
  /** Resolves when the load is over. */
  readonly report: Promise<LoadReport>;

  private constructor(private readonly generator: ChildProcess) {
    this.report = new Promise((resolve, reject) => {
      generator.on("message", (message: GeneratorMessage) => {
        if (message.type === "progress") this.ended = message.ended;
        else resolve(message.report);
      });
      generator.once("error", reject);
      generator.once("exit", (code, signal) => reject(new Error(`the load ended early (${signal ?? code})`)));
    });
    this.report.catch(() => {});
  }

  /** Resolves once requests are being answered. */
  static async start(lab: Lab, options: LoadOptions): Promise<Load> {
    const generator = lab.fork(join(__dirname, "generator.ts"));
    const load = new Load(generator);
    load.tell({ type: "start", job: { ...DEFAULTS, ...options } });
    await Promise.race([once(generator, "message"), load.report]);
    return load;
  }

  /** Resolves once so many requests more have ended, or the load has. */
  async more(requests: number): Promise<void> {
    const enough = this.ended + requests;
    const progress = async (): Promise<void> => {
      while (this.ended < enough) await once(this.generator, "message");
    };
    await Promise.race([progress(), this.report]);
  }

  /** Ends the load, at once but for the requests that are under way. */
  stop(): Promise<LoadReport> {
    this.tell({ type: "stop" });
    return this.report;
  }

  private tell(request: GeneratorRequest): void {
    if (this.generator.connected) this.generator.send(request);
  }
}

/** Sends so many requests, or for so long. */
export async function send(lab: Lab, options: LoadOptions): Promise<LoadReport> {
  return (await Load.start(lab, options)).report;
}
