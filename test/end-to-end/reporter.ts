/** mocha's `spec`, which also tells why a test is tried again. */
import { type MochaOptions, type Runner, reporters, type Test } from "mocha";

class TellingRetries extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.on("retry", (test: Test, error: Error) => {
      console.log(
        `      tried again: ${test.title}\n${(error.stack ?? String(error)).replace(/^/gm, "        ")}`,
      );
    });
  }
}

export = TellingRetries;
