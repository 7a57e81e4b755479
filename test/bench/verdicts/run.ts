/**
 * `npm run bench:verdicts -- [--runs N] [--seed N] [--only PATTERN]`: simulates rollouts of healthy and of bad canaries, notes what
 * became of them in results.json, and writes the table of docs/verdict.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cell, cells } from "./cells";
import { byBoth, byRanks, byThreshold } from "./others";
import { Chance } from "./random";
import { type Run, rolledOut } from "./rollouts";
import { page, type Results, type Summary } from "./table";

const RESULTS = join(__dirname, "results.json");
const PAGE = join(__dirname, "../../../docs/verdict.md");

/** What became of some rollouts. */
export function summary(runs: readonly Run[]): Summary {
  const back = runs.filter(({ isBack }) => isBack);
  const through = runs.filter(({ isBack }) => !isBack);
  return {
    runs: runs.length,
    back: back.length,
    harmed: runs.reduce((sum, { harmed }) => sum + harmed, 0) / runs.length,
    ...(back.length > 0 && { backSeconds: late(back) }),
    ...(through.length > 0 && { throughSeconds: late(through) }),
  };
}

/** The 90th percentile of their times. */
function late(runs: readonly Run[]): number {
  const seconds = runs.map((run) => run.seconds).sort((a, b) => a - b);
  return Math.round(seconds[Math.min(seconds.length - 1, Math.floor(0.9 * seconds.length))] ?? 0);
}

/** All ways of judging on one kind of trouble, on the same traffic. */
export async function measured({ scenario, from = 1, isHealthy }: Cell, runs: number, seed: number) {
  const seeds = Array.from({ length: runs }, (_, i) => seed + 7919 * i);
  const on = (each: number) => scenario(new Chance(each));
  const ours: Run[] = [];
  for (const each of seeds) ours.push(await rolledOut(on(each), each + 1, from));
  const others = (way: (...given: [ReturnType<typeof on>, number, number]) => Run): Summary =>
    summary(seeds.map((each) => way(on(each), each + 1, from)));
  return {
    ours: summary(ours),
    threshold: others(byThreshold),
    ranks: others(byRanks),
    ...(!isHealthy && { bound: others(byBoth) }),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      only: { type: "string", default: "" },
    },
  });
  const asked = cells.filter(({ name }) => new RegExp(values.only).test(name));
  for (const cell of asked) {
    const found = await measured(cell, Number(values.runs), Number(values.seed));
    const results: Results = { ...JSON.parse(readFileSync(RESULTS, "utf8")), [cell.name]: found };
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
    writeFileSync(PAGE, page(cells, results));
    process.stdout.write(`${cell.name}: ${JSON.stringify(found.ours)}\n`);
  }
}

if (require.main === module) void main();
