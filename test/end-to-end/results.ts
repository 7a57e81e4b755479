/** What came of a run of the suite: counted in each lab's process, added up and told by `run.ts`. */

/** A test, or a hook, that failed, if only at first. */
export interface Problem {
  readonly title: string;
  readonly error: string;
}

/** How many tests a file has, and how long it takes. */
export interface FileResult {
  readonly tests: number;
  readonly seconds: number;
}

/** What was done on a large scale: see `tier.ts`. */
export interface Figures {
  /** Requests while weights were shifted. */
  readonly requests: number;
  /** Those of them that failed. */
  readonly failed: number;
  readonly kills: number;
  /** Moves of an app between routers. */
  readonly switches: number;
}

export interface Results {
  readonly passing: number;
  readonly pending: number;
  readonly failing: readonly Problem[];
  /** Passed when tried again. */
  readonly flaky: readonly Problem[];
  /** By the file's name. */
  readonly files: Readonly<Record<string, FileResult>>;
  readonly figures: Figures;
}

export const NONE: Figures = { requests: 0, failed: 0, kills: 0, switches: 0 };

/** The file's figures: tests add to them. */
export const figures = { ...NONE };

const SLOWEST = 5;

export function added(all: readonly Results[]): Results {
  const sum = (of: (results: Results) => number): number =>
    all.reduce((total, results) => total + of(results), 0);
  return {
    passing: sum(({ passing }) => passing),
    pending: sum(({ pending }) => pending),
    failing: all.flatMap(({ failing }) => failing),
    flaky: all.flatMap(({ flaky }) => flaky),
    files: Object.assign({}, ...all.map(({ files }) => files)),
    figures: {
      requests: sum(({ figures }) => figures.requests),
      failed: sum(({ figures }) => figures.failed),
      kills: sum(({ figures }) => figures.kills),
      switches: sum(({ figures }) => figures.switches),
    },
  };
}

/** As mocha ends its own reports, in one set of lines for all labs. */
export function summary({ passing, pending, failing, flaky, files }: Results, seconds: number): string {
  const slowest = Object.entries(files).sort(([, a], [, b]) => b.seconds - a.seconds);
  return [
    "",
    ...described("flaky", flaky),
    ...described("failed", failing),
    "  slowest files:",
    ...slowest.slice(0, SLOWEST).map(([file, one]) => `  ${lengthOf(one.seconds).padStart(9)}  ${file}`),
    "",
    `  ${passing} passing (${lengthOf(seconds)})`,
    ...(pending > 0 ? [`  ${pending} pending`] : []),
    ...(flaky.length > 0 ? [`  ${flaky.length} flaky`] : []),
    ...(failing.length > 0 ? [`  ${failing.length} failing`] : []),
    "",
  ].join("\n");
}

function described(what: string, problems: readonly Problem[]): string[] {
  return problems.flatMap(({ title, error }) => [`  ${what}: ${title}`, error.replace(/^/gm, "    "), ""]);
}

/** Such as `75 s` or `12 min 5 s`. */
export function lengthOf(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 100 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
