/**
 * `npm run test:lab -- [options] [mocha's options] [FILE.test.ts]...`: runs the tests in labs side by side, or in the cluster
 * of a kubeconfig.
 */
import { fork } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { build, unbuilt } from "../../lab/build";
import { furtherParts, parts } from "../../lab/parts";
import { checkRequirements } from "../../lab/requirements";
import { cut } from "./cut";
import { lastOf, recordFiles, recordRun } from "./recorded";
import { added, figures, lengthOf, type Results, summary } from "./results";
import type { Tier } from "./tier";

const PROJECT = resolve(__dirname, "../..");
/** Labs side by side: on two cores, as tests wait more than they work. */
const LABS = 5;

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

/** What runs one after the other, or side by side, and how long that takes. */
interface Plan {
  readonly files: readonly string[];
  /** The files of the lab that is by itself at first; there may be none. */
  readonly first: readonly string[];
  /** The files of each lab of those side by side. */
  readonly then: readonly (readonly string[])[];
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
  const then = cut(others, labs, seconds).filter((share) => share.length > 0);
  const tests = files.reduce((sum, file) => sum + last(file).tests, 0);
  return { files, first, then, tests, seconds: sumOf(first) + Math.max(0, ...then.map(sumOf)) };
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
  console.log(`${size}, ${plan.then.length || 1} labs: about ${lengthOf(plan.seconds)}`);

  if (!kubeconfig) await buildFor(plan.files);
  const begun = Date.now();
  const mocha = command.args.filter((word) => !isFile(word));
  const env = { ...process.env, LAB_TIER: tier, ...(kubeconfig && { KUBECONFIG: resolve(kubeconfig) }) };
  const first = plan.first.length > 0 ? [await run([...mocha, ...plan.first], env, undefined)] : [];
  const then = plan.then.map((files, i) =>
    run([...mocha, ...files], env, plan.then.length > 1 ? `${i + 1}| ` : undefined),
  );
  const results = added([...first, ...(await Promise.all(then))]);
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

/** Once for all labs, where this machine can; it is `hooks.ts` that says where it can't. */
async function buildFor(files: readonly string[]): Promise<void> {
  const asked = furtherParts.filter(({ name }) => files.some((file) => basename(file) === `${name}.test.ts`));
  const wanted = [...parts, ...asked];
  try {
    checkRequirements(unbuilt(wanted).length > 0);
  } catch {
    return;
  }
  await build(console.log, undefined, wanted);
}

/**
 * Runs mocha in a process of its own, with a lab of its own.
 *
 * @param prefix what its lines begin with; undefined where they are the only ones
 */
function run(words: readonly string[], env: NodeJS.ProcessEnv, prefix: string | undefined): Promise<Results> {
  const config = ["--config", join(__dirname, "mocharc.yaml")];
  const output = prefix === undefined ? "inherit" : "pipe";
  const child = fork(require.resolve("mocha/bin/mocha.js"), [...config, ...words], {
    ...{ cwd: PROJECT, env, execArgv: [] },
    stdio: ["ignore", output, output, "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface(stream).on("line", (line) => console.log(`${prefix}${line}`));
  }
  let results: Results | undefined;
  child.on("message", (message: Results) => {
    results = message;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(results ?? unfinished(words, signal ?? code)));
  });
}

/** What a process came to that ended before its tests did. */
const unfinished = (words: readonly string[], cause: string | number | null): Results => ({
  ...{ passing: 0, pending: 0, flaky: [], files: {}, figures },
  failing: [{ title: words.join(" "), error: `mocha ended without a result (${cause})` }],
});

main().catch((error: Error) => {
  // What commander refuses it has told already, and help is no error.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
});
