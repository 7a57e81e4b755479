/**
 * `npm run bench:verdicts -- [--runs N] [--only PATTERN] [--fresh]`: simulates rollouts of healthy and of bad canaries until there are
 * so many of each kind, adds what became of them to results.jsonl, and writes the table of docs/verdict.md. It may be stopped at any
 * time and goes on from what is there; `--fresh` begins anew.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { replaceFile } from "../../../base/replace-file";
import { type Cell, cells } from "./cells";
import { byBoth, byRanks, byThreshold } from "./others";
import { Chance } from "./random";
import { type Run, rolledOut } from "./rollouts";
import { type Measured, page, type Summary } from "./table";
import { added, NONE, runsOf, summary, type Tally } from "./tally";

const RESULTS = join(__dirname, "results.jsonl");
const PAGE = join(__dirname, "../../../docs/verdict.md");
const TYPESCRIPT = join(__dirname, "../../../base/typescript.js");
/** A process's options: all that is made of one look is forgotten after it. */
const LESS_GARBAGE = ["--max-semi-space-size=64"];
/** Rollouts that one process makes: its first ones take longest. */
const CHUNK = 200;
/** Rollouts that the other ways of judging are tried on. */
const OTHERS = 500;

/** Ways of judging, on the same traffic. */
const ways = { ours: rolledOut, threshold: byThreshold, ranks: byRanks, bound: byBoth };
type Way = keyof typeof ways;
const WAYS = Object.keys(ways) as Way[];

/** The others are tried on fewer, and the bound on bad canaries alone. */
const waysFor = (cell: Cell, first: number): Way[] =>
  WAYS.filter((way) => way === "ours" || (first < OTHERS && !(way === "bound" && cell.isHealthy)));

/** What became of a chunk of rollouts, by each way. */
async function made(cell: Cell, first: number): Promise<Partial<Record<Way, Run[]>>> {
  const found: Partial<Record<Way, Run[]>> = {};
  for (const way of waysFor(cell, first)) {
    const runs: Run[] = [];
    for (let i = first; i < first + CHUNK; i++) {
      const seed = 1_000_003 + 7919 * i;
      runs.push(await ways[way](cell.scenario(new Chance(seed)), seed + 1, cell.from ?? 1));
    }
    found[way] = runs;
  }
  return found;
}

/** The same by a process of its own. */
async function madeBeside({ cell, first }: { cell: Cell; first: number }): ReturnType<typeof made> {
  const words = ["--cell", cell.name, "--first", String(first)];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...LESS_GARBAGE, "--require", TYPESCRIPT, __filename, ...words],
    { maxBuffer: 2 ** 26 },
  );
  return JSON.parse(stdout);
}

/** What was measured so far: a line for each kind of trouble and way. */
class Results {
  private readonly tallies = new Map<string, Tally>();

  constructor(isFresh: boolean) {
    if (isFresh || !existsSync(RESULTS)) return;
    for (const line of readFileSync(RESULTS, "utf8").trim().split("\n")) {
      const { cell, way, ...tally } = JSON.parse(line) as Tally & { cell: string; way: Way };
      this.tallies.set(JSON.stringify([cell, way]), tally);
    }
  }

  of(cell: string, way: Way): Tally | undefined {
    return this.tallies.get(JSON.stringify([cell, way]));
  }

  add(cell: string, runs: Partial<Record<Way, Run[]>>): void {
    for (const [way, those] of Object.entries(runs))
      this.tallies.set(JSON.stringify([cell, way]), added(this.of(cell, way as Way) ?? NONE, those));
    this.write();
  }

  private write(): void {
    const all = cells.flatMap(({ name: cell }) =>
      WAYS.flatMap((way) => {
        const tally = this.of(cell, way);
        return tally === undefined ? [] : [{ cell, way, ...tally }];
      }),
    );
    replaceFile(RESULTS, `${all.map((each) => JSON.stringify(each)).join("\n")}\n`);
    const summaries: Record<string, Partial<Record<Way, Summary>>> = {};
    for (const { cell, way, ...tally } of all)
      summaries[cell] = { ...summaries[cell], [way]: summary(tally) };
    replaceFile(PAGE, page(cells, summaries as Record<string, Measured>));
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "200" },
      only: { type: "string", default: "" },
      fresh: { type: "boolean", default: false },
      cell: { type: "string" },
      first: { type: "string", default: "0" },
    },
  });
  const one = cells.find(({ name }) => name === values.cell);
  if (one !== undefined) {
    process.stdout.write(JSON.stringify(await made(one, Number(values.first))));
    return;
  }
  const most = Number(values.runs);
  if (!(Number.isInteger(most) && most > 0)) throw new Error(`--runs ${values.runs}; allowed: 1 or more`);
  const asked = cells.filter(({ name }) => new RegExp(values.only).test(name));
  if (asked.length === 0)
    throw new Error(
      `--only ${values.only}: nothing has such a name; allowed: parts of names in docs/verdict.md`,
    );
  const results = new Results(values.fresh);
  const firsts = (cell: Cell): number[] => {
    const there = runsOf(results.of(cell.name, "ours") ?? NONE);
    return Array.from({ length: Math.ceil((most - there) / CHUNK) }, (_, i) => there + i * CHUNK);
  };
  const chunks = asked.flatMap((cell) => firsts(cell).map((first) => ({ cell, first })));
  const queue = chunks.entries();
  const ready: Awaited<ReturnType<typeof made>>[] = [];
  let noted = 0;
  const work = async (): Promise<void> => {
    for (const [i, chunk] of queue) {
      ready[i] = await madeBeside(chunk);
      // In their order, as a run that is stopped goes on after as many as there are.
      for (let next = ready[noted]; next !== undefined; next = ready[++noted]) {
        const { cell, first } = chunks[noted] as typeof chunk;
        results.add(cell.name, next);
        process.stdout.write(`${cell.name}: ${first + CHUNK} rollouts\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

if (require.main === module)
  main().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  });
