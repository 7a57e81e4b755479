/** What `--record` writes: how long each file takes, by which the suite is cut, and a row for each full run. */
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { furtherParts, parts, versionOf } from "../../lab/parts";
import type { FileResult, Results } from "./results";
import type { Tier } from "./tier";

const PROJECT = resolve(__dirname, "../..");
const FILES = join(__dirname, "seconds.json");
const RUNS = join(PROJECT, "docs/lab-runs.md");
/** Of a file that was never recorded. */
const UNKNOWN: FileResult = { tests: 0, seconds: 30 };

type Recorded = Readonly<Record<Tier, Readonly<Record<string, FileResult>>>>;

const read = (): Recorded => JSON.parse(readFileSync(FILES, "utf8")) as Recorded;

/** What a file's last recorded run came to, given its path; one that never was in the full tier, in the small one. */
export function lastOf(tier: Tier): (file: string) => FileResult {
  const { [tier]: files, small } = read();
  return (file) => files[basename(file)] ?? small[basename(file)] ?? UNKNOWN;
}

export function recordFiles(tier: Tier, { files }: Results): void {
  const recorded = read();
  const merged = Object.entries({ ...recorded[tier], ...files })
    .map(([file, { tests, seconds }]) => [file, { tests, seconds: Math.round(seconds) }] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = JSON.stringify({ ...recorded, [tier]: Object.fromEntries(merged) }, null, 2);
  // A line for each file.
  writeFileSync(FILES, `${lines.replace(/\{\n {6}("tests".*)\n {6}("seconds".*)\n {4}\}/g, "{ $1 $2 }")}\n`);
}

/**
 * Adds a row to docs/lab-runs.md.
 *
 * @param part such as `2/4`; undefined for all of it
 */
export function recordRun(results: Results, part: string | undefined, seconds: number): void {
  const { passing, failing, pending, flaky, figures } = results;
  const { requests, failed, kills, switches } = figures;
  const cells = [
    new Date().toISOString().slice(0, 10),
    commit(),
    part ?? "all",
    ...[passing, failing.length, pending, flaky.length],
    ...[requests.toLocaleString("en"), failed, kills, switches],
    (seconds / 60).toFixed(1),
    [...parts, ...furtherParts].map((one) => `${one.name} ${versionOf(one)}`).join(", "),
  ];
  appendFileSync(RUNS, `| ${cells.join(" | ")} |\n`);
}

/** The commit that is checked out, and a `+` where files differ from it that are not of this record. */
function commit(): string {
  const git = (...words: string[]): string =>
    spawnSync("git", words, { cwd: PROJECT, encoding: "utf8" }).stdout.trim();
  const others = [FILES, RUNS].map((file) => `:(exclude)${file}`);
  const changed = git("status", "--porcelain", "--", ".", ...others) !== "";
  return git("rev-parse", "--short=12", "HEAD") + (changed ? "+" : "");
}
