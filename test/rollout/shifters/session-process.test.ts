import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { isRunning } from "../../../lab/namespace";
import {
  endSession,
  newMark,
  type ProcessSession,
  SESSION_VARIABLE,
} from "../../../rollout/shifters/session-process";

/** A process in a session of its own, and another that it starts there. */
async function started(script: string, mark?: string): Promise<{ first: ChildProcess; other: number }> {
  const env = { ...process.env, ...(mark !== undefined && { [SESSION_VARIABLE]: mark }) };
  const first = spawn("sh", ["-c", script], { detached: true, env, stdio: ["ignore", "pipe", "ignore"] });
  const [text] = await once(first.stdout as NonNullable<ChildProcess["stdout"]>, "data");
  return { first, other: Number(text) };
}

describe("a session of processes", () => {
  const sessionOf = ({ pid }: ChildProcess, mark: string): ProcessSession => ({ pid: pid ?? 0, mark });

  it("is ended with what its first process left behind", async () => {
    const mark = newMark();
    const { first, other } = await started("sleep 60 & echo $!", mark);
    await once(first, "exit");
    assert.ok(isRunning(other));
    await endSession(sessionOf(first, mark), 1);
    assert.ok(!isRunning(other));
  });

  it("is ended as by Ctrl-C first", async () => {
    const mark = newMark();
    const { first } = await started("trap 'exit 7' INT; echo $$; while :; do sleep 0.01; done", mark);
    const exit = once(first, "exit");
    await endSession(sessionOf(first, mark), 5);
    assert.deepEqual(await exit, [7, null]);
  });

  it("is not another one whose first process had its number, be that there or gone", async () => {
    for (const mark of [newMark(), undefined]) {
      for (const script of ["sleep 60 & echo $!", "sleep 60 & echo $!; wait"]) {
        const { first, other } = await started(script, mark);
        if (!script.endsWith("wait") && first.exitCode === null) await once(first, "exit");
        await endSession(sessionOf(first, newMark()), 1);
        // As the file of an earlier version names it.
        await endSession({ pid: first.pid } as ProcessSession, 1);
        assert.ok(isRunning(other), script);
        process.kill(other);
      }
    }
  });
});
