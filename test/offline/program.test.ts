import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ProgramError } from "../../offline/errors";
import { deployed, preview } from "../../offline/preview";
import { evaluate } from "../../offline/program";
import { Sandbox } from "./sandbox";

const CANARY = resolve(__dirname, "../../bin/canary.js");

describe("a program without an engine", () => {
  let sandbox: Sandbox;

  beforeEach(() => {
    sandbox = new Sandbox("config:\n  sandbox:size: 1\n");
  });

  afterEach(() => sandbox.remove());

  const run = (body: string) => {
    sandbox.program(body);
    return evaluate(sandbox.folder, sandbox.configuration(), []);
  };

  const failure = async (body: string): Promise<ProgramError> => {
    const error = await run(body).then(
      () => assert.fail("the program ended well"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ProgramError, String(error));
    return error;
  };

  it("ends with the message alone where it gives up on purpose", async () => {
    const { message, expected } = await failure(`throw new pulumi.RunError("size is too large");`);
    assert.deepEqual([message, expected], ["size is too large", true]);
  });

  it("ends with a stack trace where it crashes", async () => {
    const { message, expected } = await failure(`(undefined as unknown as string).length;`);
    assert.deepEqual([message.includes("index.ts:"), expected], [true, false]);
  });

  it("names the file and the line where it crashes, be that the first file or another", async () => {
    sandbox.write("other.ts", "\n\nexport function crash(): never {\n  throw new Error('boom');\n}\n");
    const { message } = await failure(`import { crash } from "./other";\n\ncrash();`);
    assert.match(message, /^Error: boom\n/);
    assert.ok(message.includes(`${sandbox.folder}/other.ts:4:9`), message);
    const lines = readFileSync(join(sandbox.folder, "index.ts"), "utf8").split("\n");
    assert.ok(message.includes(`${sandbox.folder}/index.ts:${lines.indexOf("crash();") + 1}:1`), message);
  });

  it("ends with the file, the line and what is wrong where it can't be read", async () => {
    sandbox.write("other.ts", "const x = ;\n");
    const { message, expected } = await failure(`import "./other";`);
    assert.deepEqual([message, expected], ['other.ts:1:11: Unexpected ";"', true]);
  });

  it("is read anew once a file of it has changed", async () => {
    sandbox.write("other.ts", "export const size = 1;\n");
    const body = `import { size } from "./other";\nexport = { size };`;
    assert.deepEqual((await run(body)).states[0]?.outputs, { size: 1 });
    sandbox.write("other.ts", "export const size = 22;\n");
    const { states } = await evaluate(sandbox.folder, sandbox.configuration(), []);
    assert.deepEqual(states[0]?.outputs, { size: 22 });
  });

  it("fails for an error inside apply, which nobody waits for", async () => {
    const { message } = await failure(`pulumi.output(1).apply(() => { throw new Error("late"); });`);
    assert.match(message, /late/);
  });

  it("fails where it asks a cloud for data, and says what to do", async () => {
    const { message } = await failure(`pulumi.runtime.invoke("aws:ec2/getAmi:getAmi", {});`);
    assert.match(message, /^aws:ec2\/getAmi:getAmi asks a cloud for data, .* pass the value as a setting$/);
  });

  it("fails where it makes a remote component", async () => {
    const remote = `class Remote extends pulumi.ComponentResource {
        constructor() { super("x:index:Remote", "far", {}, {}, true); }
      }
      new Remote();`;
    assert.match((await failure(remote)).message, /x:index:Remote is made by a remote component/);
  });

  it("says so where it waits for ever, instead of ending well without a word", () => {
    sandbox.program("export = new Promise(() => {});");
    const { status, stdout, stderr } = spawnSync(process.execPath, [CANARY, "preview"], {
      cwd: sandbox.folder,
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /waits for something that never happens/);
  });

  it("keeps what it prints away from the preview's output", async () => {
    const { write } = process.stdout;
    let printed = "";
    process.stdout.write = ((chunk: string) => {
      printed += chunk;
      return true;
    }) as typeof write;
    const evaluation = run(`console.log("chatter"); pulumi.log.warn("mind the gap");`);
    const { diagnostics } = await evaluation.finally(() => {
      process.stdout.write = write;
    });
    assert.equal(printed, "");
    const said = diagnostics.filter(({ severity }) => severity !== "debug");
    assert.deepEqual(
      said.map(({ severity, message }) => `${severity}: ${message}`),
      ["info: chatter", "warning: mind the gap"],
    );
  });

  it("starts anew each time, its own modules and settings included", async () => {
    sandbox.write("counter.ts", "export const counter = { value: 0 };");
    const body = `
      import { counter } from "./counter";
      counter.value++;
      export = { count: counter.value, size: new pulumi.Config().require("size") };`;
    await run(body);
    const override = { key: "size", value: "2", path: false };
    const { states } = await evaluate(sandbox.folder, sandbox.configuration([override]), []);
    assert.deepEqual(states[0]?.outputs, { count: 1, size: "2" });
  });

  it("works in its own folder and leaves the process in its own", async () => {
    const here = process.cwd();
    const { states } = await run("export = { at: process.cwd() };");
    assert.deepEqual([states[0]?.outputs.at, process.cwd()], [sandbox.folder, here]);
  });

  it("writes no file", async () => {
    sandbox.program(`new ConfigMap("a", { data: { a: new pulumi.Config().require("size") } });`);
    const snapshot = () =>
      readdirSync(sandbox.folder)
        .filter((file) => file !== "node_modules")
        .map((file) => {
          const path = join(sandbox.folder, file);
          return [file, statSync(path).mtimeMs, readFileSync(path, "utf8")];
        });
    const before = snapshot();
    const olds = await deployed(sandbox.folder, sandbox.configuration());
    const override = { key: "size", value: "2", path: false };
    const { summary } = await preview(sandbox.folder, sandbox.configuration([override]), olds);
    assert.deepEqual([summary, snapshot()], [{ same: 1, replace: 1 }, before]);
  });
});
