import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type ApiRequest, operationOf } from "./api";
import { environment } from "./python";

/** A process that holds requests against AWS's service models. */
export interface Models {
  /** What is wrong with each request, in their order; empty where nothing is. */
  check(requests: readonly ApiRequest[]): Promise<string[][]>;
  stop(): Promise<void>;
}

export async function startModels(): Promise<Models> {
  const checker = spawn(await environment(), [join(__dirname, "models.py")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(checker, "exit");
  const answers = createInterface(checker.stdout)[Symbol.asyncIterator]();
  return {
    async check(requests) {
      for (const request of requests) {
        const { service, command } = request;
        const line = { service, operation: operationOf(request), input: command.input };
        checker.stdin.write(`${JSON.stringify(line)}\n`);
      }
      const problems: string[][] = [];
      for (const _ of requests) {
        const { value, done } = await answers.next();
        if (done) throw new Error("the checker of AWS's service models has ended");
        problems.push(JSON.parse(value));
      }
      return problems;
    },
    async stop() {
      checker.stdin.end();
      await ended;
    },
  };
}
