import assert from "node:assert/strict";
import { MetricError, type MetricSource } from "../../analysis/source";
import type { AnalysisWorld } from "../../analysis/world";
import { FOLLOW_TTLS, followOf } from "../../rollout/follow";
import type { Followed } from "../../rollout/machine/ports";
import { parseSettings } from "../../stacks/settings";
import { onBoth } from "../stacks/raw";
import { FakeClock } from "./machine/world";
import { counted, KEY, moving, sources, TARGET, TTL, type Users } from "./users";

const NEVER = new AbortController().signal;

interface Given {
  readonly users: Users;
  readonly from?: number;
  readonly to?: number;
  /** Requests a second. */
  readonly rate?: number;
  readonly aws?: MetricSource;
}

async function seen({ users, from = 0, to = 25, rate, aws }: Given): Promise<Followed & { after: number }> {
  const { settings, clock, world } = counted(users, rate, aws);
  const follow = followOf(settings, [TARGET], world) ?? assert.fail();
  const change = { from: { [KEY]: from }, to: { [KEY]: to }, since: 0 };
  const followed = await follow.until(change, NEVER);
  return { ...followed, after: clock.elapsed() / 1000 };
}

describe("whether users have followed DNS", () => {
  it("is seen after a TTL, as soon as AWS has counted them", async () => {
    const { isThere, said, after } = await seen({ users: moving(0, 0.25) });
    assert.ok(isThere);
    assert.match(
      said,
      /^users have followed after 2 TTLs of 60 s: myapp has 25 % of its last 2,400 requests on Kubernetes$/,
    );
    assert.ok(after >= 2 * TTL && after <= 2 * TTL + 3 * 60 + 20, String(after));
  });

  it("is so although some keep answers for longer, if they are few", async () => {
    assert.ok((await seen({ users: moving(0, 0.25, 0.1) })).isThere);
  });

  it("is told with what was counted if too many have not, after so many TTLs and no sooner", async () => {
    const { isThere, said, after } = await seen({ users: moving(0, 0.25, 0.5) });
    assert.equal(isThere, false);
    assert.match(said, /^users have not followed after 5 TTLs of 60 s: myapp has 12\.5 % of its last /);
    assert.ok(after >= FOLLOW_TTLS * TTL);
  });

  it("is a matter of the change, not of the share", async () => {
    assert.equal((await seen({ users: moving(0.75, 0.76, 1), from: 75, to: 76 })).isThere, false);
    assert.ok((await seen({ users: moving(0.75, 0.76), from: 75, to: 76 })).isThere);
    assert.ok((await seen({ users: moving(0.75, 1), from: 75, to: 100 })).isThere);
  });

  it("is told by enough requests: one that came by chance is no share", async () => {
    // Ten requests a minute, and one of the first ones goes to Kubernetes.
    const few: Users = (seconds) => (seconds < 60 ? 0.1 : 0);
    assert.equal((await seen({ users: few, to: 5, rate: 1 / 6 })).isThere, false);
  });

  it("counts who is left on the way back, until nobody is", async () => {
    const back = await seen({ users: moving(0.5, 0), from: 50, to: 0 });
    assert.ok(back.isThere);
    assert.match(
      back.said,
      /followed after 2 TTLs of 60 s: myapp has 0 % of its last 2,400 requests on Kubernetes$/,
    );
    const stuck = await seen({ users: moving(0.5, 0, 0.1), from: 50, to: 0 });
    assert.equal(stuck.isThere, false);
    assert.match(stuck.said, /not followed after 5 TTLs of 60 s: myapp has 5 % of its last /);
  });

  it("can't be told without traffic or while a source fails, which is said", async () => {
    const none = await seen({ users: moving(0, 0.25), rate: 0 });
    assert.match(none.said, /^users have not followed .*: myapp had no requests$/);
    const aws: MetricSource = {
      read: () => Promise.reject(new MetricError("CloudWatch in eu-west-1 answers with AccessDenied")),
    };
    const failing = await seen({ users: moving(0, 0.25), aws });
    assert.match(
      failing.said,
      /^users have not followed .*: myapp can't be counted: CloudWatch in eu-west-1 answers/,
    );
    assert.equal(failing.isThere, false);
  });

  it("is waited for without being counted if a side has no source, and is no matter for a canary", async () => {
    const settings = parseSettings(
      onBoth({ aws: { dnsTtl: TTL }, rollout: { sources: { prometheus: sources.prometheus } } }),
    );
    const clock = new FakeClock();
    const world = { clock } as unknown as AnalysisWorld;
    const { isThere, said } =
      (await followOf(settings, [TARGET], world)?.until({ from: {}, to: {}, since: 0 }, NEVER)) ??
      assert.fail();
    assert.equal(isThere, false);
    assert.match(said, /^waited 2 TTLs of 60 s: nothing counts /);
    assert.equal(clock.elapsed(), 2 * TTL * 1000);
    assert.equal(followOf(settings, [{ app: "myapp", canary: "canary" }], world), undefined);
  });
});
