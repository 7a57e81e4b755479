import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PROJECT = resolve(__dirname, "../..");
const CANARY = resolve(PROJECT, "bin/canary.js");

describe("the canary command, to a shell", () => {
  it("says in a line that its output can't be written", function () {
    if (!existsSync("/dev/full")) this.skip();
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", `'${process.execPath}' '${CANARY}' preview > /dev/full`],
      {
        cwd: PROJECT,
        encoding: "utf8",
      },
    );
    assert.equal(status, 2);
    assert.match(stderr, /^stdout: ENOSPC.*\n$/);
  });

  for (const [words, code] of [
    [["preview"], 0],
    [["check", "-s", "prod", "-c", "canaryWeight=60"], 1],
  ] as const) {
    it(`keeps exit code ${code} of ${words[0]} where the reader has seen enough, and is silent`, async () => {
      const child = spawn(process.execPath, [CANARY, ...words], {
        cwd: PROJECT,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk;
      });
      child.stdout.destroy();
      const [status] = await once(child, "close");
      // What check advises is no word about the pipe.
      assert.equal(said.replace(/^(advice|warning): .*\n/gm, ""), "");
      assert.equal(status, code);
    });
  }

  it("ends though something that it left open never does", () => {
    const open = join(mkdtempSync(join(tmpdir(), "canary-open-")), "open.js");
    writeFileSync(open, "setInterval(() => {}, 1000);");
    const { status, stdout } = spawnSync(process.execPath, ["--require", open, CANARY, "--version"], {
      encoding: "utf8",
      timeout: 15_000,
    });
    assert.equal(status, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
