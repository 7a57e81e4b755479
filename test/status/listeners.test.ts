import assert from "node:assert/strict";
import type { Rule } from "@aws-sdk/client-elastic-load-balancing-v2";
import { awsTypes } from "../../components/aws/types";
import { liveRoute } from "../../status/listeners";

const LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/web/0a1b/1a2b";

const rule = (priority: string, hosts: readonly string[], groups: readonly string[]): Rule => ({
  RuleArn: `rule-${priority}`,
  Priority: priority,
  Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: [...hosts] } }],
  Actions: [
    {
      Type: "forward",
      ForwardConfig: { TargetGroups: groups.map((TargetGroupArn) => ({ TargetGroupArn, Weight: 1 })) },
    },
  ],
});

const OWN = rule("20", ["shop.example.com"], ["web-v1", "web-v2"]);
const DEFAULT: Rule = { RuleArn: "rule-default", Priority: "default", Conditions: [], IsDefault: true };

/** The rule that leads shop.example.com to web-v1 and web-v2, among these. */
function found(rules: readonly Rule[], id?: string) {
  const targetGroups = ["web-v1", "web-v2"].map((arn) => ({ arn, weight: 50 }));
  const inputs = {
    listenerArn: LISTENER,
    conditions: [{ hostHeader: { values: ["shop.example.com"] } }],
    actions: [{ type: "forward", forward: { targetGroups } }],
  };
  return liveRoute({ type: awsTypes.listenerRule, inputs }, id, {
    listenerRules: async () => [...rules, DEFAULT],
    listeners: () => assert.fail("not asked"),
  });
}

describe("a rule of an ALB's listener", () => {
  it("is no other one for the same hosts", async () => {
    const theirs = rule("10", ["shop.example.com"], ["web-v1"]);
    assert.equal((await found([theirs, OWN]))?.id, "rule-20");
    assert.equal(await found([theirs]), undefined);
    assert.equal((await found([theirs, OWN], "rule-10"))?.id, "rule-10");
  });

  it("is found while it still has a variant that goes", async () => {
    const before = rule("20", ["shop.example.com"], ["web-v1", "web-v2", "web-v3"]);
    assert.equal((await found([before]))?.id, "rule-20");
  });

  for (const [hosts, isHidden] of [
    [["shop.example.com"], true],
    [["*.example.com"], true],
    [["SHOP.example.???"], true],
    [["www.example.com", "shop.example.com"], true],
    [["shopXexample.com", "*.shop.example.com"], false],
  ] as const)
    it(`${isHidden ? "gets" : "does not get"} its requests taken by a rule before it for ${hosts}`, async () => {
      const theirs = rule("3", hosts, ["others"]);
      assert.equal((await found([OWN, theirs]))?.hiddenBy, isHidden ? "3" : undefined);
      assert.equal((await found([OWN, { ...theirs, Priority: "21" }]))?.hiddenBy, undefined);
      const path = { Field: "path-pattern", PathPatternConfig: { Values: ["/api/*"] } };
      const some = { ...theirs, Conditions: [...(theirs.Conditions ?? []), path] };
      assert.equal((await found([OWN, some]))?.hiddenBy, undefined);
    });
});
