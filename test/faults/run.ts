/**
 * `npm run test:faults -- [NN-short-name]...`: plants the faults of this folder, one by one, in a copy of the project, and expects
 * that the test files which each names fail. Without a fault they have to pass, or nothing would be shown.
 *
 * A fault is a unified diff below two lines: what a user would suffer, and `# Caught by:` with the files. One that only the lab
 * sees has `# Caught by the lab:` and is not planted here, but has to apply, too.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { text } from "node:stream/consumers";

const PROJECT = resolve(__dirname, "..", "..");
/** Milliseconds after which tests are ended: a fault may have them go round for ever. */
const LONGEST_MS = 300_000;

interface Fault {
  readonly name: string;
  readonly patch: string;
  /** Test files that fail; none where only the lab sees it. */
  readonly tests: readonly string[];
}

function faultNamed(name: string): Fault {
  const patch = join(__dirname, `${name}.patch`);
  const [, tests = ""] = /^# Caught by: (.+)$/m.exec(readFileSync(patch, "utf8")) ?? [];
  return { name, patch, tests: tests === "" ? [] : tests.split(", ") };
}

/** What git tracks, as it stands in the working tree, with the same packages. */
function copyOfProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "canary-faults-"));
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: PROJECT, encoding: "utf8" }).split("\0");
  for (const file of tracked.filter((each) => each !== "" && existsSync(join(PROJECT, each))))
    cpSync(join(PROJECT, file), join(folder, file));
  symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

const copy = copyOfProject();
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const apply = (...words: string[]): boolean =>
  spawnSync("git", ["apply", ...words], { cwd: copy }).status === 0;

/** What becomes of test files in the copy; `broken` where they can't even be run. */
async function outcome(tests: readonly string[]): Promise<"pass" | "fail" | "broken"> {
  const mocha = [require.resolve("mocha/bin/mocha.js"), "--bail", ...tests];
  const child = spawn(process.execPath, mocha, {
    cwd: copy,
    timeout: LONGEST_MS,
    killSignal: "SIGKILL",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (code === 0) return "pass";
  return signal !== null || / failing/.test(said) ? "fail" : "broken";
}

/** Answers whether the fault is caught, or would be by the lab. */
async function plant({ name, patch, tests }: Fault): Promise<boolean> {
  const begin = performance.now();
  if (!apply("--check", patch)) {
    console.log(`OLD         ${name}: does not apply any more`);
    return false;
  }
  if (tests.length === 0) {
    console.log(`applies     ${name}, which only the lab sees`);
    return true;
  }
  apply(patch);
  const became = await outcome(tests);
  apply("--reverse", patch);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const what = { fail: "caught     ", pass: "NOT caught ", broken: "BROKEN     " }[became];
  console.log(`${what} ${name}, in ${seconds} s, by ${tests.join(", ")}`);
  return became === "fail";
}

async function main(words: readonly string[]): Promise<void> {
  const all = readdirSync(__dirname).filter((file) => file.endsWith(".patch"));
  const faults = (words.length > 0 ? words : all.sort()).map((word) => faultNamed(basename(word, ".patch")));
  const files = [...new Set(faults.flatMap(({ tests }) => tests))];
  console.log(`${faults.length} faults; first without any, the ${files.length} files that are to catch them`);
  const missed: Fault[] = [];
  if (files.length > 0 && (await outcome(files)) !== "pass") throw new Error("they fail: see npm test");
  for (const fault of faults) if (!(await plant(fault))) missed.push(fault);
  const caught = faults.filter((fault) => fault.tests.length > 0 && !missed.includes(fault));
  console.log(`${caught.length} passed, ${missed.length} failed`);
  if (missed.length > 0) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
