/**
 * How long a cold preview takes, beside the same of an empty program and beside the start of Node alone: medians and their
 * ratios, within one run. `npm run bench`.
 */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");
const ROUNDS = Number(process.argv[2] ?? 7);

const canary = join(ROOT, "bin", "canary.js");
const subjects = {
  "node alone": { cwd: ROOT, words: ["-e", "0"] },
  "preview of an empty program": { cwd: join(__dirname, "empty"), words: [canary, "preview"] },
  "preview of dev": { cwd: ROOT, words: [canary, "preview", "-c", "canaryWeight=25"] },
  "preview of prod": { cwd: ROOT, words: [canary, "preview", "-s", "prod", "-c", "canaryWeight=25"] },
};

function milliseconds({ cwd, words }: { cwd: string; words: string[] }): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, words, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${words.join(" ")} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

const median = (numbers: number[]): number =>
  numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const measured: Record<string, number[]> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, subject] of Object.entries(subjects)) {
    measured[name] = [...(measured[name] ?? []), milliseconds(subject)];
  }
}
const medians = Object.entries(measured).map(([name, times]) => [name, median(times)] as const);
const empty = medians[1]?.[1] ?? Number.NaN;
for (const [name, time] of medians) {
  console.log(
    `${name.padEnd(30)} ${Math.round(time)} ms  ${(time / empty).toFixed(2)} of an empty program's`,
  );
}
