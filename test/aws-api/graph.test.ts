import assert from "node:assert/strict";
import {
  type AutoScalingGroup,
  type AutoScalingGroupsType,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import type { ResourceState } from "../../offline/state";
import type { StandInOutputs } from "../../status/stand-ins";
import { prepareAccount } from "./account";
import { create, known, PROJECT, ROOT, recorded } from "./graph";
import { moto, send } from "./hooks";
import { ROWS } from "./stacks";
import { unheard } from "./translate";

for (const { title, stack, platform, settings, certificate } of ROWS) {
  describe(`${title}, taken to AWS's API`, () => {
    let graph: ResourceState[];
    let made: StandInOutputs;

    before(async () => {
      await moto().reset();
      const account = await prepareAccount(send);
      const given = [
        ...(platform === "kubernetes" ? account.network : account.settings),
        ...(platform === "elb" ? [] : account.edge),
        ...settings,
        ...(certificate ? [`aws.certificateArn=${account.certificateArn}`] : []),
      ];
      graph = await recorded(stack, given, platform === "elb" ? PROJECT : ROOT);
      made = await create(graph, send);
    });

    it("makes every resource from the inputs that were recorded, none of them dropped", () => {
      assert.equal(made.size, graph.length);
      for (const state of graph) assert.deepEqual(unheard(state.type, known(state, made)), [], state.urn);
    });

    it("makes groups of the recorded sizes, attached to the recorded load balancers", async () => {
      const command = new DescribeAutoScalingGroupsCommand({});
      const { AutoScalingGroups } = await send<AutoScalingGroupsType>({ service: "autoscaling", command });
      const asked = graph
        .filter(({ type }) => type === "aws:autoscaling/group:Group")
        .map((state) => known(state, made))
        .map((inputs) => ({
          name: inputs.name,
          sizes: [inputs.minSize, inputs.maxSize, inputs.desiredCapacity ?? inputs.minSize],
          loadBalancers: inputs.loadBalancers ?? [],
          targetGroups: inputs.targetGroupArns ?? [],
        }));
      assert.ok(asked.length > 0);
      assert.deepEqual(byName((AutoScalingGroups ?? []).map(described)), byName(asked));
    });
  });
}

const described = (group: AutoScalingGroup) => ({
  name: group.AutoScalingGroupName ?? "",
  sizes: [group.MinSize, group.MaxSize, group.DesiredCapacity],
  loadBalancers: group.LoadBalancerNames ?? [],
  targetGroups: group.TargetGroupARNs ?? [],
});

const byName = <T extends { name: unknown }>(all: readonly T[]): T[] =>
  [...all].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
