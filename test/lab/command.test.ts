import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../cli/run";

describe("canary lab", () => {
  const runtime = process.env.XDG_RUNTIME_DIR;

  before(() => {
    process.env.XDG_RUNTIME_DIR = mkdtempSync(join(tmpdir(), "labs-"));
  });

  after(() => {
    rmSync(process.env.XDG_RUNTIME_DIR ?? "", { recursive: true, force: true });
    if (runtime === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = runtime;
  });

  const wrong: [string[], RegExp][] = [
    [["up", "--nodes", "0"], /--nodes.*'0'.*an integer from 1 to 200/],
    [["up", "--with", "squid"], /--with.*'squid'.*flagger, argo-rollouts, podinfo, envoy, contour, istio/],
    [["up", "--edge-nodes", "many"], /--edge-nodes.*'many'.*an integer from 0 to 200/],
    [
      ["exec", "--name", "nope", "sh", "-c", "true"],
      /--name nope: no such lab is running \(none is: canary lab up\)/,
    ],
    [["exec"], /missing required argument 'command'/],
    [["down", "--name", "No_Name"], /--name No_Name: allowed are/],
    [["frob"], /unknown command 'frob'/],
  ];
  for (const [words, message] of wrong) {
    it(`refuses \`${words.join(" ")}\` with one line and exit code 2`, async () => {
      const { code, stdout, stderr } = await run("lab", ...words);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    });
  }

  it("exits 1 where no lab runs and somebody asks for its status", async () => {
    assert.deepEqual(await run("lab", "status"), { code: 1, stdout: "no lab is up\n", stderr: "" });
    assert.deepEqual(await run("lab", "status", "--json"), { code: 1, stdout: "[]\n", stderr: "" });
  });
});
