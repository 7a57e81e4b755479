/**
 * `npm test -- [mocha's options] [FILE.test.ts]...`: the unit tests, files side by side, those that take longest first. Says
 * beforehand how much there is to run, and at the end which files took longest. `-- --record` notes both for the next run.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { type FileTime, readTimes } from "./file-times";

const PROJECT = resolve(__dirname, "..");
const RECORD = join(__dirname, "record.json");
/** Suites with a command of their own. */
const SUITES = ["aws-api", "bench", "browser", "end-to-end", "package"];
const SLOWEST = 5;
/** Part of the tests by which a record may be off. */
const TOLERATED = 0.02;

/**
 * Room for young objects, in MB: evaluations make many that die at once, and a fifth of the time went into collecting them. Threads
 * that help with it find no core.
 */
const ROOM = ["--min-semi-space-size=128", "--max-semi-space-size=128", "--single-threaded-gc"];

/** What the last recorded run came to. */
interface TestRecord {
  readonly tests: number;
  /** Seconds of all files together. */
  readonly seconds: number;
  /** Seconds of the files that take longest, by path below `test`. */
  readonly files: Readonly<Record<string, number>>;
}

const record: TestRecord = JSON.parse(readFileSync(RECORD, "utf8"));
const words = process.argv.slice(2);
const isAsked = words.some((word) => word.endsWith(".test.ts"));
const files = isAsked ? [] : testFiles().sort((a, b) => expected(b) - expected(a));
const cores = availableParallelism();
/** Two more than cores: some files wait for processes and deadlines. */
const jobs = cores + 2;
if (!isAsked) {
  const minutes = (record.seconds / jobs / 60).toFixed(1);
  console.log(
    `${record.tests.toLocaleString("en")} tests in ${files.length} files: about ${minutes} minutes on ${cores} cores`,
  );
}

const folder = mkdtempSync(join(tmpdir(), "canary-tests-"));
const times = join(folder, "times");
const { status } = spawnSync(
  process.execPath,
  [
    ...ROOM,
    require.resolve("mocha/bin/mocha.js"),
    ...(isAsked ? [] : ["--parallel", "--jobs", String(jobs)]),
    ...words.filter((word) => word !== "--record"),
    ...files.map((file) => join("test", file)),
  ],
  { stdio: "inherit", cwd: PROJECT, env: { ...process.env, CANARY_TEST_TIMES: times } },
);
report(readTimes(times));
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;

function expected(file: string): number {
  return record.files[file] ?? 1;
}

function testFiles(): string[] {
  return readdirSync(__dirname, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".test.ts") && !SUITES.some((suite) => file.startsWith(`${suite}/`)))
    .sort();
}

function report(all: readonly FileTime[]): void {
  const byTime = [...all].sort((a, b) => b.seconds - a.seconds);
  if (byTime.length > 1) console.log("The files that took longest:");
  for (const { file, seconds } of byTime.slice(0, byTime.length > 1 ? SLOWEST : 0)) {
    console.log(`  ${seconds.toFixed(1).padStart(5)} s  ${relative(PROJECT, file)}`);
  }
  if (isAsked || all.length < files.length) return;
  const tests = all.reduce((sum, one) => sum + one.tests, 0);
  const seconds = Math.round(all.reduce((sum, one) => sum + one.seconds, 0));
  if (words.includes("--record")) {
    const slow = byTime
      .filter((one) => one.seconds >= 1)
      .map(({ file, seconds }) => [relative(__dirname, file), Math.round(seconds)]);
    writeFileSync(
      RECORD,
      `${JSON.stringify({ tests, seconds, files: Object.fromEntries(slow) }, undefined, 2)}\n`,
    );
  } else if (Math.abs(tests - record.tests) > TOLERATED * record.tests) {
    console.log(`${tests} tests ran, test/record.json says ${record.tests}: npm test -- --record`);
  }
}
