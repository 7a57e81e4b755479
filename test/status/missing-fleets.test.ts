import assert from "node:assert/strict";
import { balancerOfListener, type Existing } from "../../components/aws/existing";
import { missingFleets } from "../../status/missing-fleets";
import { theirFleet } from "../stacks/raw";

const alb = theirFleet("alb", ["primary", "canary"]) as Existing;
const classic = theirFleet("classic", ["primary", "canary"]) as Existing;
const [LISTENER = ""] = alb.listenerArns ?? [];
const BALANCER = balancerOfListener(LISTENER);

/** An account with all that both fleets name, but for what is given. */
const account = (change: Partial<Parameters<typeof missingFleets>[1]> = {}) => ({
  loadBalancers: async () => [{ LoadBalancerArn: BALANCER }],
  listeners: async () => [{ ListenerArn: LISTENER }],
  targetGroups: async () =>
    Object.values(alb.targetGroupArns ?? {}).map((TargetGroupArn) => ({ TargetGroupArn })),
  groups: async () =>
    Object.values(classic.groups ?? {}).map((AutoScalingGroupName) => ({ AutoScalingGroupName }) as never),
  classicLoadBalancers: async () => [{ LoadBalancerName: "web" }],
  ...change,
});

const missing = (existing: Existing, change = {}) =>
  missingFleets([{ name: "shop", existing }], account(change));

describe("what is missing of fleets that others make", () => {
  it("is nothing if all is there", async () => {
    assert.deepEqual([await missing(alb), await missing(classic)], [[], []]);
  });

  it("is a listener, also if its load balancer is not there, which AWS would answer with an error", async () => {
    const said = [`apps.shop.existing.listenerArns[0] is not there: ${LISTENER}`];
    assert.deepEqual(await missing(alb, { listeners: async () => [] }), said);
    const listeners = () => assert.fail("asked for those of no load balancer");
    assert.deepEqual(await missing(alb, { loadBalancers: async () => [], listeners }), said);
  });

  it("is a target group, a group, or a load balancer, by variant", async () => {
    const none = async () => [];
    const keys = (lines: readonly string[]) => lines.map((line) => line.split(" ")[0]);
    assert.deepEqual(keys(await missing(alb, { targetGroups: none })), [
      "apps.shop.existing.targetGroupArns.primary",
      "apps.shop.existing.targetGroupArns.canary",
    ]);
    assert.deepEqual(await missing(classic, { groups: none, classicLoadBalancers: none }), [
      "apps.shop.existing.groups.primary is not there: web-primary",
      "apps.shop.existing.groups.canary is not there: web-canary",
      "apps.shop.existing.loadBalancers.primary is not there: web",
    ]);
  });

  it("is a target group that another load balancer has, as AWS lets only one have it", async () => {
    const of = (LoadBalancerArn: string) => async () =>
      (await account().targetGroups()).map((one) => ({ ...one, LoadBalancerArns: [LoadBalancerArn] }));
    assert.deepEqual(await missing(alb, { targetGroups: of(BALANCER) }), []);
    const [line = ""] = await missing(alb, { targetGroups: of("another") });
    assert.equal(
      line,
      "apps.shop.existing.targetGroupArns.primary is of another load balancer than the listeners: another",
    );
  });
});
