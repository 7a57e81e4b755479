/**
 * `npm run test:lab -- [options] [mocha's options] [FILE.test.ts]...`: runs the tests in labs side by side, or in the cluster
 * of a kubeconfig.
 */
import { fork } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { parts } from "../../lab/parts";
import { askedBy } from "./asked";
import { lackingFor, programsOf } from "./built";
import { cut } from "./cut";
import { lastOf, recordFiles, recordRun } from "./recorded";
import { added, lengthOf, NONE, type Results, summary } from "./results";
import type { Tier } from "./tier";

const PROJECT = resolve(__dirname, "../..");
/** Labs side by side: on two cores, as tests wait more than they work. */
const LABS = 7;

/** Files that in the full tier send as many requests as the machine can. */
const GREEDY: ReadonlySet<string> = new Set(["shift.test.ts"]);

interface Part {
  readonly number: number;
  readonly of: number;
}

interface Options {
  readonly full: boolean;
  readonly part?: Part;
  readonly labs: number;
  readonly record: boolean;
  readonly kubeconfig?: string;
}

const command = new Command("npm run test:lab --")
  .option("--full", "the full load, as `npm run test:lab:full` has it", false)
  .option("--part <i/n>", "one of n parts of the files that take about as long as each other", partOf)
  .option("--labs <n>", "labs side by side", countOf, LABS)
  .option("--record", "write down how long each file took, and of a full run its figures", false)
  .option(
    "--kubeconfig <file>",
    "use this cluster, whose nodes run real pods, and not a lab",
    process.env.KUBECONFIG,
  )
  .argument("[mocha...]", "options of mocha's, and files")
  .allowUnknownOption();

function countOf(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("allowed: a whole number from 1 to 99");
}

function partOf(text: string): Part {
  const [, number = 0, of = 0] = (/^([1-9]\d?)\/([1-9]\d?)$/.exec(text) ?? []).map(Number);
  if (number > 0 && number <= of) return { number, of };
  throw new InvalidArgumentError("allowed: such as 2/4, the second of four parts");
}

interface Plan {
  readonly files: readonly string[];
  /** What one lab runs by itself at first; there may be none. */
  readonly first: readonly string[];
  /** What labs run side by side, the longest first. */
  readonly then: readonly string[];
  readonly tests: number;
  readonly seconds: number;
}

function planOf(all: readonly string[], tier: Tier, labs: number, part: Part | undefined): Plan {
  const last = lastOf(tier);
  const seconds = (file: string): number => last(file).seconds;
  const sumOf = (files: readonly string[]): number => files.reduce((sum, file) => sum + seconds(file), 0);
  const files = part === undefined ? all : (cut(all, part.of, seconds)[part.number - 1] ?? []);
  const isGreedy = (file: string): boolean => tier === "full" && GREEDY.has(basename(file));
  const [first, others] = [files.filter(isGreedy), files.filter((file) => !isGreedy(file))];
  const then = [...others].sort((a, b) => seconds(b) - seconds(a));
  const tests = files.reduce((sum, file) => sum + last(file).tests, 0);
  const longest = Math.max(...cut(others, labs, seconds).map(sumOf));
  return { files, first, then, tests, seconds: sumOf(first) + longest };
}

async function main(): Promise<void> {
  const { full, part, record, labs, kubeconfig } = command.exitOverride().parse().opts<Options>();
  if (kubeconfig && !existsSync(kubeconfig))
    command.error(`--kubeconfig ${kubeconfig}: there is no such file`);
  const tier: Tier = full ? "full" : "small";
  const isFile = (word: string): boolean => word.endsWith(".test.ts");
  const named = command.args.filter(isFile);
  // A cluster that is there takes the place of one lab.
  const plan = planOf(named.length > 0 ? named : testFiles(), tier, kubeconfig ? 1 : labs, part);
  const size = `${plan.files.length} files with about ${plan.tests} tests, ${tier} load`;
  const side = Math.min(kubeconfig ? 1 : labs, Math.max(1, plan.then.length));
  console.log(`${size}, ${side} labs: about ${lengthOf(plan.seconds)}`);

  // It is `hooks.ts` that says why a machine can't.
  if (!kubeconfig && lackingFor(parts) === undefined) {
    const names = plan.files.map((file) => basename(file));
    await programsOf([...parts, ...askedBy(names, tier)]);
  }
  const begun = Date.now();
  const mocha = command.args.filter((word) => !isFile(word));
  // Several control planes on a small machine have more memory to spare than time to collect garbage.
  const env = {
    GOGC: "300",
    ...process.env,
    LAB_TIER: tier,
    ...(kubeconfig && { KUBECONFIG: resolve(kubeconfig) }),
  };
  const first = await run(plan.first, 1, mocha, env);
  const results = added([...first, ...(await run(plan.then, side, mocha, env))]);
  const took = (Date.now() - begun) / 1000;
  console.log(summary(results, took));
  if (record) recordFiles(tier, results);
  // A run of some tests alone is no record.
  if (record && full && command.args.length === 0)
    recordRun(results, part && `${part.number}/${part.of}`, took);
  process.exitCode = results.failing.length > 0 ? 1 : 0;
}

const testFiles = (): string[] =>
  readdirSync(__dirname)
    .filter((file) => file.endsWith(".test.ts"))
    .sort()
    .map((file) => relative(PROJECT, join(__dirname, file)));

/** Runs files in labs side by side: each takes the next file when it is done with one. */
async function run(
  files: readonly string[],
  labs: number,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Results[]> {
  const left = [...files];
  const numbers = Array.from({ length: Math.min(labs, files.length) }, (_, i) => i + 1);
  const prefix = (number: number): string | undefined => (numbers.length > 1 ? `${number}| ` : undefined);
  const all = numbers.map((number) => runLab(() => left.shift(), words, env, prefix(number)));
  return (await Promise.all(all)).flat();
}

/**
 * Runs files in a process of its own, with a lab of its own.
 *
 * @param next the file that is next; undefined at the end
 * @param words options of mocha's
 * @param prefix what its lines begin with; undefined where they are the only ones
 */
function runLab(
  next: () => string | undefined,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  prefix: string | undefined,
): Promise<Results[]> {
  const output = prefix === undefined ? "inherit" : "pipe";
  const child = fork(join(__dirname, "worker.ts"), words, {
    cwd: PROJECT,
    env,
    execArgv: ["--require", "tsx/cjs"],
    stdio: ["ignore", output, output, "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface(stream).on("line", (line) => console.log(`${prefix}${line}`));
  }
  const results: Results[] = [];
  let running: string | undefined;
  child.on("message", (message: Results | "next") => {
    if (message === "next") {
      running = next();
      child.send(running ?? "");
    } else {
      results.push(message);
      running = undefined;
    }
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (running !== undefined) results.push(unfinished(running, signal ?? code));
      resolve(results);
    });
  });
}

/** What a process came to that ended before its tests did. */
const unfinished = (file: string, cause: string | number | null): Results => ({
  passing: 0,
  pending: 0,
  flaky: [],
  files: {},
  figures: NONE,
  failing: [{ title: file, error: `the lab's process ended without a result (${cause})` }],
});

main().catch((error: Error) => {
  // What commander refuses it has told already, and help is no error.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
});
