import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const REGISTER = resolve(__dirname, "../../base/typescript.js");

describe("a TypeScript program that node starts", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-typescript-"));
    mkdirSync(join(folder, "node_modules"));
    file("main.ts", `import { word } from "./lib/word";\nconsole.log(word as string, __dirname);`);
    file("lib/word.ts", `export const word: string = "one";`);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function file(path: string, text: string): void {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  function run(): { stdout: string; stderr: string; status: number | null } {
    return spawnSync(process.execPath, ["--require", REGISTER, join(folder, "main.ts")], {
      encoding: "utf8",
    });
  }

  const kept = (): string[] => readdirSync(join(folder, "node_modules/.cache/canary-traffic"));

  it("is kept with its code, so that the next start makes nothing", () => {
    assert.equal(run().stdout, `one ${folder}\n`);
    run();
    const before = kept();
    assert.equal(before.length, 4, before.join("\n"));
    assert.equal(run().stdout, `one ${folder}\n`);
    assert.deepEqual(kept(), before);
  });

  it("runs as its files are now: edited, added where another was taken, moved as a whole", () => {
    run();
    file("lib/word.ts", `export const word: string = "two";`);
    assert.equal(run().stdout, `two ${folder}\n`);
    file("lib/word.tsx", `export const word: string = "three";`);
    assert.equal(run().stdout, `two ${folder}\n`);
    rmSync(join(folder, "lib/word.ts"));
    assert.equal(run().stdout, `three ${folder}\n`);
    const moved = `${folder}-moved`;
    renameSync(folder, moved);
    folder = moved;
    assert.equal(run().stdout, `three ${folder}\n`);
    assert.equal(kept().filter((name) => name.endsWith(".js")).length, 1, "old scripts are gone");
  });

  it("runs though what was kept is damaged", () => {
    run();
    run();
    for (const name of kept()) {
      writeFileSync(
        join(folder, "node_modules/.cache/canary-traffic", name),
        name.endsWith(".js") ? "" : "no",
      );
      rmSync(join(folder, "node_modules/.cache/canary-traffic", name));
      assert.equal(run().stdout, `one ${folder}\n`, name);
    }
  });

  it("keeps nothing where the packages are a link, or can't be written", () => {
    rmSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(resolve(__dirname, "../../node_modules"), join(folder, "node_modules"));
    assert.equal(run().stdout, `one ${folder}\n`);
    rmSync(join(folder, "node_modules"));
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "node_modules/.cache"), "a file");
    assert.equal(run().stdout, `one ${folder}\n`);
  });

  it("names the file and line that can't be read", () => {
    file("lib/word.ts", `export const word = ;`);
    const { stderr, status } = run();
    assert.match(stderr, /lib\/word\.ts:1:21: Unexpected ";"/);
    assert.notEqual(status, 0);
  });

  for (const [what, statement] of [
    ["an error", `throw new Error("no")`],
    ["a rejection", `Promise.reject(new Error("no"))`],
    [
      "a rejection that is handled",
      `process.on("unhandledRejection", (error) => console.error((error as Error).stack)); Promise.reject(new Error("no"))`,
    ],
  ] as const) {
    it(`names the place of ${what} in its own files`, () => {
      file("lib/word.ts", `interface Unused {}\n\nexport const word = "one";\n${statement};\n`);
      assert.match(run().stderr, new RegExp(`${folder}/lib/word\\.ts:4:\\d+`));
    });
  }
});

describe("a program that runs again in the same process", () => {
  const ROOT = resolve(__dirname, "../..");
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-again-"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    cpSync(join(ROOT, "base"), join(folder, "base"), { recursive: true });
    mkdirSync(join(folder, "stacks"));
    writeFileSync(join(folder, "stacks/settings.ts"), "let times = 0; export const next = () => ++times;");
    writeFileSync(join(folder, "stacks/program.ts"), `export { next as program } from "./settings";`);
    writeFileSync(
      join(folder, "index.ts"),
      `import { program } from "./stacks/program"; let own = 0; export = [program(), ++own];`,
    );
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("loads its own files anew, and the library of settings once, until that is edited", async () => {
    const { runProgram }: typeof import("../../base/bundle.js") = require(join(folder, "base/bundle.js"));
    const run = (): Promise<unknown> => runProgram(join(folder, "index.ts"));
    assert.deepEqual(
      [await run(), await run()],
      [
        [1, 1],
        [2, 1],
      ],
    );
    writeFileSync(join(folder, "stacks/settings.ts"), "let times = 10; export const next = () => ++times;");
    assert.deepEqual(
      [await run(), await run()],
      [
        [11, 1],
        [12, 1],
      ],
    );
  });
});
