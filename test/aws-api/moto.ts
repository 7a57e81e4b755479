import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { environment } from "./python";

/** A moto server on this machine. */
export interface Moto {
  readonly endpoint: string;
  /** Forgets everything, as after a start. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts moto's server on a free port of the loopback address. */
export async function startMoto(): Promise<Moto> {
  const server = spawn(
    await environment(),
    [join(__dirname, "moto_server.py"), "-H", "127.0.0.1", "-p", "0"],
    {
      stdio: ["pipe", "ignore", "pipe"],
      // Policies that AWS has in every account, which edge nodes of EKS are given.
      env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: "true" },
    },
  );
  const ended = once(server, "exit");
  const endpoint = await announced(server.stderr);
  return {
    endpoint,
    async reset() {
      const { ok, status } = await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
      if (!ok) throw new Error(`moto: reset answered ${status}`);
    },
    async stop() {
      server.kill();
      await ended;
    },
  };
}

/** The address that the server writes to its log once it listens. */
async function announced(log: NodeJS.ReadableStream): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface(log)) {
    lines.push(line);
    const address = line.match(/Running on (http:\/\/[\d.:]+)/)?.[1];
    if (address === undefined) continue;
    log.resume();
    return address;
  }
  throw new Error(`moto did not start: ${lines.join("\n")}`);
}
