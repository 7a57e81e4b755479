import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parts } from "../../lab/parts";
import { checkRequirements } from "../../lab/requirements";
import { run } from "../cli/run";

/** A `go` that builds etcd, and nothing else. */
const GO = `#!/bin/sh
case "$*" in
*etcd*) ;;
*) echo "no network" >&2; exit 1 ;;
esac
`;

describe("the first canary lab up", () => {
  const { PATH, XDG_CACHE_HOME } = process.env;
  let folder: string;

  before(function () {
    folder = mkdtempSync(join(tmpdir(), "canary-build-"));
    writeFileSync(join(folder, "go"), GO);
    chmodSync(join(folder, "go"), 0o755);
    process.env.PATH = `${folder}:${PATH}`;
    process.env.XDG_CACHE_HOME = join(folder, "cache");
    try {
      checkRequirements(parts);
    } catch {
      this.skip();
    }
  });

  after(() => {
    process.env.PATH = PATH;
    if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
    rmSync(folder, { recursive: true });
  });

  it("says of each part that it is being built, and when it is, where there is no terminal either", async () => {
    const { code, stdout, stderr } = await run("lab", "up", "--name", "unbuilt");
    const [first = "", second = "", third = "", ...others] = stderr.trimEnd().split("\n");
    assert.match(first, /^building etcd v[\d.]+ \(1 of 5\), once; .* about twelve minutes/);
    assert.match(second, /^built etcd v[\d.]+ \(1 of 5\) in \d+\.\d s$/);
    assert.match(third, /^building kubernetes v[\d.]+ \(2 of 5\)/);
    assert.deepEqual([code, stdout, others], [2, "", ["lab: go can't build kubernetes: no network"]]);
    const built = readdirSync(join(folder, "cache/canary-traffic/lab"));
    assert.deepEqual(
      built.map((name) => name.split("-")[0]),
      ["etcd"],
    );
  });
});
