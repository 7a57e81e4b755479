/** mocha's `spec`, which also tells why a test is tried again, and leaves the summary to `run.ts`. */
import { basename } from "node:path";
import { type MochaOptions, type Runner, reporters, type Suite, type Test } from "mocha";
import { type FileResult, figures, NONE, type Problem, type Results } from "./results";

class TellingRetries extends reporters.Spec {
  private readonly failing: Problem[] = [];
  private readonly flaky: Problem[] = [];
  private readonly files: Record<string, FileResult> = {};

  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const retried = new Map<string, string>();
    runner.on("retry", (test: Test, error: Error) => {
      console.log(`      tried again: ${test.title}\n${told(error).replace(/^/gm, "        ")}`);
      retried.set(test.fullTitle(), told(error));
    });
    runner.on("pass", (test) => {
      const error = retried.get(test.fullTitle());
      if (error !== undefined) this.flaky.push({ title: test.fullTitle(), error });
    });
    runner.on("fail", (test, error) =>
      this.failing.push({ title: test.fullTitle(), error: told(error as Error) }),
    );
    const begun = new Map<Suite, number>();
    runner.on("suite", (suite) => begun.set(suite, Date.now()));
    runner.on("suite end", (suite) => {
      if (!suite.parent?.root) return;
      const file = basename(suite.file ?? "");
      const { tests = 0, seconds = 0 } = this.files[file] ?? {};
      const took = (Date.now() - (begun.get(suite) ?? 0)) / 1000;
      this.files[file] = { tests: tests + testsIn(suite), seconds: seconds + took };
    });
  }

  override epilogue(): void {
    const results: Results = {
      passing: this.stats.passes,
      pending: this.stats.pending,
      failing: this.failing,
      flaky: this.flaky,
      files: this.files,
      figures: { ...figures },
    };
    // The next file counts its own.
    Object.assign(figures, NONE);
    process.send?.(results);
  }
}

const told = (error: Error): string => error.stack ?? String(error);

const testsIn = ({ suites, tests }: Suite): number =>
  suites.reduce((sum, suite) => sum + testsIn(suite), tests.length);

export default TellingRetries;
