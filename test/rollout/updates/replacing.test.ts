import assert from "node:assert/strict";
import type { AutoScalingGroup, Instance, InstanceRefresh } from "@aws-sdk/client-auto-scaling";
import type { ResourceState } from "../../../offline/state";
import { primaryGroups, type ReplacingAccount, untilReplaced } from "../../../rollout/updates/replacing";

const TARGETS = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop/0123456789abcdef";
const template = (Version: string) => ({ LaunchTemplateId: "lt-0a1b2c3d4e5f60718", Version });

const instance = (InstanceId: string, version: string, LifecycleState = "InService"): Instance =>
  ({ InstanceId, LifecycleState, HealthStatus: "Healthy", LaunchTemplate: template(version) }) as Instance;

/** What AWS has at one time. */
interface Moment {
  readonly instances: readonly Instance[];
  readonly status?: InstanceRefresh["Status"];
  readonly reason?: string;
  /** Instances that the target group finds healthy; default no target group. */
  readonly healthy?: readonly string[];
}

/** Goes through the moments, one a question for the groups, and stays at the last. */
async function wait(...moments: readonly Moment[]) {
  let [at, now] = [-1, 0];
  const told: string[] = [];
  const moment = (): Moment => moments[Math.min(at, moments.length - 1)] as Moment;
  const account: ReplacingAccount = {
    groups: async () => {
      at++;
      const { instances, healthy } = moment();
      const group = {
        AutoScalingGroupName: "shop",
        MinSize: 2,
        LaunchTemplate: template("2"),
        Instances: instances,
        TargetGroupARNs: healthy === undefined ? [] : [TARGETS],
      };
      return [group as AutoScalingGroup];
    },
    targets: async () =>
      (moment().healthy ?? []).map((Id) => ({ Target: { Id }, TargetHealth: { State: "healthy" } })),
    refreshes: async () => {
      const { status, reason } = moment();
      return status === undefined ? [] : [{ Status: status, ...(reason && { StatusReason: reason }) }];
    },
  };
  const clock = {
    now: () => now,
    elapsed: () => now,
    sleep: async (milliseconds: number) => {
      now += milliseconds;
    },
  };
  const failed = await untilReplaced(
    ["shop"],
    { account, clock },
    (line) => told.push(line),
    new AbortController().signal,
  );
  return { failed, told, seconds: now / 1000 };
}

const [old, fresh] = [
  [instance("i-1", "1"), instance("i-2", "1")],
  [instance("i-3", "2"), instance("i-4", "2")],
] as const;

describe("the primary's instances, after an update with a new machine image", () => {
  it("are waited for until all are new and in service, and the refresh has ended", async () => {
    const { failed, told, seconds } = await wait(
      { instances: old, status: "Pending" },
      {
        instances: [instance("i-1", "1"), instance("i-3", "2"), instance("i-4", "2", "Pending")],
        status: "InProgress",
      },
      { instances: fresh, status: "InProgress" },
      { instances: fresh, status: "Successful" },
    );
    assert.equal(failed, undefined);
    assert.equal(seconds, 45);
    assert.deepEqual(told, [
      "replacing instances: shop: 0 of 2 new and healthy, 2 needed; refresh: Pending",
      "replacing instances: shop: 1 of 3 new and healthy, 2 needed; refresh: InProgress",
      "replacing instances: shop: 2 of 2 new and healthy, 2 needed; refresh: InProgress",
    ]);
  });

  it("are waited for until the target group finds them healthy", async () => {
    const { failed, told } = await wait(
      { instances: fresh, status: "Successful", healthy: ["i-3"] },
      { instances: fresh, status: "Successful", healthy: ["i-3", "i-4"] },
    );
    assert.equal(failed, undefined);
    assert.equal(told.length, 1);
  });

  it("are there at once where nothing was to be replaced", async () => {
    const { failed, seconds } = await wait({ instances: fresh });
    assert.deepEqual([failed, seconds], [undefined, 0]);
  });

  it("are given up when the refresh fails, with AWS's reason", async () => {
    const { failed } = await wait({
      instances: old,
      status: "Failed",
      reason: "no healthy instance for an hour",
    });
    assert.equal(
      failed,
      "group shop: 0 of 2 new and healthy, 2 needed; refresh: Failed, no healthy instance for an hour",
    );
  });

  it("are given up when no refresh begins within two minutes", async () => {
    const { failed, seconds } = await wait({ instances: old, status: "Successful" });
    assert.equal(seconds, 120);
    assert.match(failed ?? "", /refresh: Successful$/);
  });

  it("are those of the apps' own groups, by the state", () => {
    const fleet = "urn:pulumi:prod::canary-traffic::canary-traffic:aws:CanaryFleet::myapp";
    const group = (name: string, parent: string): ResourceState =>
      ({ type: "aws:autoscaling/group:Group", name, id: `${name}-1`, parent }) as ResourceState;
    const state = [
      group("myapp", fleet),
      group("myapp-canary", fleet),
      group("edge-a", fleet.replace("CanaryFleet::myapp", "EdgeNodes::edge")),
    ];
    assert.deepEqual(primaryGroups(state, ["myapp"]), ["myapp-1"]);
  });
});
