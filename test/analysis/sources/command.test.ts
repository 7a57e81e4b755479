import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { openCommand as command } from "../../../analysis/sources/command";
import { metric, NEVER, window } from "./server";

const read = (argv: string[], query = "$", timeoutSeconds = 10, signal = NEVER) =>
  command({ argv, timeoutSeconds }).read(metric(query), window(), signal);
const node = (program: string, ...args: string[]): string[] => [process.execPath, "-e", program, ...args];

/** A process that is killed goes on for a moment; one that is not fails the test by its time limit. */
async function isGone(commandLine: string): Promise<void> {
  while (spawnSync("pgrep", ["-f", commandLine]).status === 0) await pause(20);
}

describe("The metric source command", () => {
  it("takes a number, or what is at a path of JSON", async () => {
    assert.deepEqual((await read(node("console.log(1.5)"))).samples, [{ time: 1_150_000, value: 1.5 }]);
    const { samples } = await read(node("console.log(JSON.stringify({ v: [1, 2] }))"), "$.v");
    assert.deepEqual(
      samples.map(({ value }) => value),
      [1, 2],
    );
  });

  it("gives arguments as they are, without a shell", async () => {
    const program = "console.log(process.argv[1].length)";
    const { samples } = await read(node(program, "{{service}}; $(exit 3) *"));
    assert.equal(samples[0]?.value, "myapp-canary; $(exit 3) *".length);
  });

  it("is failed by a command that fails, of which stderr is not told", async () => {
    const fails = node("console.error('s3cret'); process.exit(3)");
    await assert.rejects(read(fails), { message: `${process.execPath} exits with 3` });
    await assert.rejects(read(["/nowhere/at-all"]), { message: "/nowhere/at-all is not there" });
    await assert.rejects(read(node("console.log('fine')")), {
      message: `${process.execPath} prints no JSON`,
    });
  });

  it("is failed by a command that takes too long", async () => {
    const hangs = read(node("setInterval(() => {}, 1000)"), "$", 1);
    await assert.rejects(hangs, { message: `${process.execPath} does not end within 1 s` });
  });

  it("ends with the rollout's interruption", async () => {
    const stop = new AbortController();
    const hangs = read(node("setInterval(() => {}, 1000)"), "$", 60, stop.signal);
    stop.abort(new Error("stopped"));
    await assert.rejects(hangs, { message: "stopped" });
  });

  it("is not held up by what a command leaves behind, and ends that, too", async () => {
    const begun = performance.now();
    const mark = `600${process.pid}`;
    const { samples } = await read(["sh", "-c", `sleep ${mark} & echo 100`]);
    assert.equal(samples[0]?.value, 100);
    assert.ok(performance.now() - begun < 15_000);
    await isGone(`sleep ${mark}`);
  });

  it("ends all of a command that takes too long", async () => {
    const mark = `601${process.pid}`;
    await assert.rejects(read(["sh", "-c", `sleep ${mark} & wait`], "$", 1), /does not end within 1 s/);
    await isGone(`sleep ${mark}`);
  });

  it("is failed by a command that prints without end", async () => {
    await assert.rejects(read(["sh", "-c", "yes"]), /prints more than 1048576 bytes/);
  });
});
