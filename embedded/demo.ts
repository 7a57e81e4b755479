import pc from "picocolors";
import type { Colors } from "picocolors/types";
import { type Manifest, routers } from "../components/routers";
import { startApp } from "./app";
import { bars } from "./bars";
import { startDataPlane } from "./data-plane";
import { CONCURRENCY, sendRequests, type VariantTally } from "./load";
import type { LoopbackServer } from "./loopback";
import { type ReadableRouter, readers } from "./readers";

export interface Demo {
  readonly router: ReadableRouter;
  /** The routing objects of one app before the shift. */
  readonly before: readonly Manifest[];
  /** The same app's after it. */
  readonly after: readonly Manifest[];
  readonly host: string;
  /** Requests to send before the shift, and as many after it. */
  readonly requests: number;
  /** Takes each line of the result. */
  readonly print: (line: string) => void;
  /** Takes what is about to happen; default nobody. */
  readonly progress?: (line: string) => void;
  /** Default none. */
  readonly colors?: Colors;
  /** Ends the demo early: servers are closed, and the promise rejects. */
  readonly signal?: AbortSignal;
}

export interface DemoResult {
  readonly before: VariantTally;
  readonly during: VariantTally;
  readonly after: VariantTally;
  /** Whether no request failed and each Service got its weight's share. */
  readonly passed: boolean;
}

type Weights = Readonly<Record<string, number>>;

/** Shifts real traffic between local servers by the routing objects given, and measures both splits. */
export async function runDemo(demo: Demo): Promise<DemoResult> {
  const { router, before, after, host, requests, print, signal, colors = pc.createColors(false) } = demo;
  const oldWeights = routers[router].readWeights(before);
  const newWeights = routers[router].readWeights(after);
  const servers: LoopbackServer[] = [];
  const started = <Server extends LoopbackServer>(server: Server): Server => {
    servers.unshift(server);
    return server;
  };

  try {
    const endpoints = new Map<string, URL>();
    for (const service of Object.keys({ ...oldWeights, ...newWeights })) {
      endpoints.set(service, started(await startApp(service)).url);
    }
    const dataPlane = started(await startDataPlane(readers[router], before, endpoints));
    const send = (number: number, when: string, onDone?: (done: number) => void): Promise<VariantTally> => {
      demo.progress?.(`sending ${formatCount(number)} ${when} the shift`);
      return sendRequests({ url: dataPlane.url, host, requests: number, signal, onDone });
    };

    const first = await send(requests, "before");
    draw("Before", first, oldWeights, print, colors);

    const half = Math.max(2 * CONCURRENCY, Math.round(requests / 10));
    const shifting = 2 * half;
    const during = await send(shifting, "during", (done) => {
      if (done === half) dataPlane.update(after);
    });
    print(`During the shift: ${formatCount(shifting)} requests, ${formatFailures(during)}`);
    print("");

    const second = await send(requests, "after");
    draw("After", second, newWeights, print, colors);

    const complaints = [
      [first, during, second].some(({ failed }) => failed.size > 0) && "requests failed",
      !isSplitBy(oldWeights, first.answered) && "the counts before the shift are not the weights'",
      !isSplitBy(newWeights, second.answered) && "the counts after the shift are not the weights'",
    ].filter((complaint) => complaint !== false);
    const passed = complaints.length === 0;
    print(
      passed
        ? colors.green("Passed: both splits are what the weights say, and no request failed.")
        : colors.red(`Failed: ${complaints.join("; ")}.`),
    );
    return { before: first, during, after: second, passed };
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

/**
 * Whether counts are what earliest deadline first makes of these weights. Over whole cycles from its start the counts
 * are exact; in any other stretch of requests each is off by at most 1 between two Services, by a little more among more.
 */
export function isSplitBy(weights: Weights, counts: ReadonlyMap<string, number>): boolean {
  const taking = Object.values(weights).filter((weight) => weight > 0);
  const whole = sum(taking);
  const total = sum(counts.values());
  const known = [...counts.keys()].every((service) => service in weights);
  return (
    known &&
    Object.entries(weights).every(([service, weight]) => {
      const count = counts.get(service) ?? 0;
      if (weight === 0) return count === 0;
      const share = weight / whole;
      return Math.abs(count - total * share) <= 1 + share * (taking.length - 2) + 1e-9;
    })
  );
}

function draw(
  title: string,
  tally: VariantTally,
  weights: Weights,
  print: (line: string) => void,
  colors: Colors,
): void {
  const services = Object.keys(weights);
  const counts = new Map(services.map((service) => [service, tally.answered.get(service) ?? 0]));
  const sent = sum(tally.answered.values()) + sum(tally.failed.values());
  const asked = services.map((service) => `${service} ${weights[service]}`).join(", ");
  print(`${title} the shift: ${formatCount(sent)} requests, ${formatFailures(tally)}; weights ${asked}`);
  for (const bar of bars(counts, colors)) print(`  ${bar}`);
  print("");
}

function formatFailures({ failed }: VariantTally): string {
  if (failed.size === 0) return "none failed";
  const reasons = [...failed].map(([reason, count]) => `${formatCount(count)} by ${reason}`).join(", ");
  return `${formatCount(sum(failed.values()))} failed (${reasons})`;
}

const formatCount = (count: number): string => count.toLocaleString("en-US");

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
