/**
 * `npm run bench -- [PATTERN] [--rounds N] [--record]`: what commands cost, as one table. A pattern takes some of the subjects, and node
 * and the SDK beside them. `--record` writes docs/speed.md, of all subjects.
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { replaceFile } from "../../base/replace-file";
import { names } from "./limits";
import { type Figures, measure, medians, type Subject } from "./measure";
import { RESULTS } from "./recorded";
import { Projects, subjectsOf } from "./subjects";
import { page, type Results, table } from "./table";

const PAGE = join(__dirname, "../../docs/speed.md");
const ALWAYS: readonly string[] = [names.node, names.sdk];

/** What is under way, on one line of a terminal. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else if (text !== "") process.stderr.write(`${text}\n`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "7" },
      record: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0))
    throw new Error(`--rounds ${values.rounds}; allowed: 1 or more`);
  if (values.record && positionals.length > 0)
    throw new Error("--record: allowed with all subjects, without a pattern");
  const pattern = new RegExp(positionals[0] ?? "");
  progress("making projects to measure");
  const projects = new Projects();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      projects.remove();
      process.exit(1);
    });
  try {
    const all = await subjectsOf(projects);
    if (!all.some(({ name }) => pattern.test(name)))
      throw new Error(`${positionals[0]}: nothing has such a name; allowed: parts of names in docs/speed.md`);
    const subjects = all.filter(({ name }) => pattern.test(name) || ALWAYS.includes(name));
    const results = {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      figures: await measured(subjects, rounds),
    };
    process.stdout.write(
      `${table(results, positionals.length === 0 ? undefined : Object.keys(results.figures))}\n`,
    );
    if (!values.record) return;
    replaceFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
    replaceFile(PAGE, page(results));
  } finally {
    projects.remove();
  }
}

const machine = (): string =>
  `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? "an unknown CPU"}, Node.js ${process.version}`;

/** Of those that end well; the others are told, and not tried again. */
async function measured(subjects: readonly Subject[], rounds: number): Promise<Results["figures"]> {
  const runs = new Map<string, Figures[]>();
  const failed = new Set<Subject>();
  const run = async (subject: Subject): Promise<Figures | undefined> => {
    try {
      return await measure(subject);
    } catch (error) {
      failed.add(subject);
      progress("");
      process.stderr.write(`${subject.name}: ${(error as Error).message}\n`);
      process.exitCode = 1;
      return undefined;
    }
  };
  for (const subject of subjects.filter(isWarm)) {
    progress(`once beforehand: ${subject.name}`);
    await run(subject);
  }
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects.filter((one) => !failed.has(one) && (round === 0 || !one.isLong))) {
      progress(`round ${round + 1} of ${rounds}: ${subject.name}`);
      const figures = await run(subject);
      if (figures !== undefined) runs.set(subject.name, [...(runs.get(subject.name) ?? []), figures]);
    }
  }
  progress("");
  return Object.fromEntries(
    [...runs].map(([name, figures]) => [name, { ...medians(figures), runs: figures.length }]),
  );
}

/** The code that V8 makes of a script is kept by the run after the one that makes the script. */
const isWarm = ({ without, isLong }: Subject): boolean => without === undefined && !isLong;

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
