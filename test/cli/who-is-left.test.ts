import assert from "node:assert/strict";
import type { AnalysisWorld } from "../../analysis/world";
import { countLeft } from "../../cli/who-is-left";
import { counted, KEY, moving, TARGET, type Users } from "../rollout/users";
import { captured } from "./run";

type On = Parameters<typeof countLeft>[0];

async function said(users: Users, change: (world: AnalysisWorld) => AnalysisWorld = (world) => world) {
  const { settings, world } = counted(users);
  const on = { settings, targets: [TARGET], configuration: { stack: "prod" } } as unknown as On;
  const back = { from: { [KEY]: 50 }, to: { [KEY]: 0 }, since: 0 };
  return captured(async () => {
    await countLeft(on, back, change(world));
    return 0;
  });
}

describe("canary rollback --move, once the records are back", () => {
  it("counts who is left", async () => {
    const { stdout, stderr } = await said(moving(0.5, 0));
    assert.match(stderr, /^prod: counting who is left, for 600 s at most; Ctrl-C ends the count alone$/m);
    assert.match(stdout, /^prod: users have followed after 2 TTLs of 60 s: myapp has 0 % of its last /);
    const stuck = await said(moving(0.5, 0, 0.1));
    assert.match(stuck.stdout, /^prod: users have not followed after 5 TTLs of 60 s: myapp has 5 % /);
  });

  it("ends the count by Ctrl-C", async () => {
    const { stdout, stderr } = await said(moving(0.5, 0, 0.1), (world) => ({
      ...world,
      clock: {
        ...world.clock,
        now: () => 0,
        elapsed: () => 0,
        sleep: (_ms, signal) => {
          process.emit("SIGINT", "SIGINT");
          return Promise.reject(signal.reason);
        },
      },
    }));
    assert.match(stderr, /^prod: not counted: stopped by Ctrl-C$/m);
    assert.equal(stdout, "");
  });
});
