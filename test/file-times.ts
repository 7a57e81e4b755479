/** Mocha's root hooks: note how long each file of a parallel run took, in the file that CANARY_TEST_TIMES names. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Context, Suite } from "mocha";

export interface FileTime {
  readonly file: string;
  readonly tests: number;
  readonly seconds: number;
}

const { CANARY_TEST_TIMES } = process.env;
let begin = 0;

export const mochaHooks = {
  beforeAll() {
    begin = performance.now();
  },
  afterAll(this: Context) {
    const root = this.test?.parent;
    if (CANARY_TEST_TIMES === undefined || root === undefined) return;
    const time = {
      file: root.suites[0]?.file ?? "",
      tests: testsIn(root),
      seconds: (performance.now() - begin) / 1000,
    };
    appendFileSync(CANARY_TEST_TIMES, `${JSON.stringify(time)}\n`);
  },
};

function testsIn(suite: Suite): number {
  return suite.tests.length + suite.suites.reduce((sum, each) => sum + testsIn(each), 0);
}

export function readTimes(file: string): FileTime[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
