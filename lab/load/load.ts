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

/** Generators that have nothing to do: starting one takes longer than most loads. */
const idle = new WeakMap<Lab, ChildProcess[]>();

/** A load that has begun. */
export class Load {
  /** Requests that have ended so far. */
  ended = 0;
  /** Resolves when the load is over. */
  readonly report: Promise<LoadReport>;

  private constructor(
    private readonly generator: ChildProcess,
    done: () => void,
  ) {
    this.report = new Promise((resolve, reject) => {
      const hear = (message: GeneratorMessage): void => {
        if (message.type === "progress") this.ended = message.ended;
        else {
          for (const [event, listener] of Object.entries(listeners)) generator.off(event, listener);
          done();
          resolve(message.report);
        }
      };
      const end = (code: number | null, signal: NodeJS.Signals | null): void =>
        reject(new Error(`the load ended early (${signal ?? code})`));
      const listeners = { message: hear, error: reject, exit: end };
      for (const [event, listener] of Object.entries(listeners)) generator.on(event, listener);
    });
    this.report.catch(() => {});
  }

  /** Resolves once requests are being answered. */
  static async start(lab: Lab, options: LoadOptions): Promise<Load> {
    const free = (idle.get(lab) ?? []).filter(({ connected }) => connected);
    const generator = free.pop() ?? lab.fork(join(__dirname, "generator.ts"));
    idle.set(lab, free);
    hold(generator, true);
    const load = new Load(generator, () => {
      hold(generator, false);
      idle.get(lab)?.push(generator);
    });
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

/** Whether this process stays for the sake of a generator. */
function hold(generator: ChildProcess, isHeld: boolean): void {
  for (const one of [generator, generator.channel]) isHeld ? one?.ref() : one?.unref();
}

/** Sends so many requests, or for so long. */
export async function send(lab: Lab, options: LoadOptions): Promise<LoadReport> {
  return (await Load.start(lab, options)).report;
}
