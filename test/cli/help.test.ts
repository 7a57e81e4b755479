import assert from "node:assert/strict";
import { run } from "./run";

describe("canary --help", () => {
  it("begins with what to do if something is wrong, and has each command in a group", async () => {
    const { code, stdout } = await run("--help");
    assert.equal(code, 0);
    const [, first = "", ...others] = stdout
      .split(/^(?=\S.*:$)/m)
      .filter((part) => !part.startsWith("Usage"));
    assert.match(first, /^Something is wrong:\n {2}rollback /);
    assert.ok(others.length >= 4);
    assert.match(stdout, /^Exit codes: 0 done; 1 /m);
  });

  for (const command of ["rollback", "abort", "judge", "rollout"])
    it(`says of ${command} when it is the right one to go back by`, async () => {
      const { stdout } = await run(command, "--help");
      assert.match(stdout, /^(When|--resume): .*/m);
      assert.match(stdout, /canary (rollback|abort)/);
    });
});
