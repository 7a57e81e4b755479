import assert from "node:assert/strict";
import { type AutoScalingGroupsType, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateSecurityGroupCommand,
  type CreateSecurityGroupResult,
  CreateSubnetCommand,
  type CreateSubnetResult,
  DescribeInstancesCommand,
  type DescribeInstancesResult,
  DescribeLaunchTemplateVersionsCommand,
  type DescribeLaunchTemplateVersionsResult,
} from "@aws-sdk/client-ec2";
import {
  DescribeListenersCommand,
  type DescribeListenersOutput,
  ModifyListenerCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { stringify } from "yaml";
import { parseOverride, readConfiguration } from "../../offline/configuration";
import { evaluate } from "../../offline/program";
import { Project } from "../cli/project";
import { additions, fleet, type StackFile } from "../your-fleet-page";
import { prepareAccount } from "./account";
import { REGION } from "./api";
import { create, known, record, samples } from "./graph";
import { moto, send } from "./hooks";
import { beyondLimits } from "./limits";
import { type Models, startModels } from "./models";
import { allRequests, translate, unheard } from "./translate";

const listenerType = "aws:lb/listener:Listener";

describe("The fleet of docs/your-fleet.md, taken to AWS's API", () => {
  let project: Project;
  let models: Models;
  before(async () => {
    models = await startModels();
  });
  after(() => models.stop());
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  const configured = (stack: StackFile, ...overrides: string[]) => {
    project.write("Pulumi.prod.yaml", stringify(stack));
    const parsed = overrides.map((text) => parseOverride(text, true));
    return readConfiguration(project.folder, "prod", parsed);
  };

  for (const [i, stack] of [fleet, ...additions].entries())
    it(`has no value that AWS refuses, and none that does not reach it (stack ${i + 1} of the page)`, async () => {
      const graph = await record(configured(stack), project.folder);
      const outputs = samples(graph);
      for (const state of graph) {
        const inputs = known(state, outputs);
        const requests = allRequests(state.type, inputs);
        assert.deepEqual((await models.check(requests)).flat(), [], state.urn);
        assert.deepEqual(requests.flatMap(beyondLimits), [], state.urn);
        assert.deepEqual(unheard(state.type, inputs), [], state.urn);
      }
    });

  it("is made: twelve instances in private subnets with tags; and is shifted by its listener", async () => {
    await moto().reset();
    const { settings } = await prepareAccount(send);
    const of = (key: string): string =>
      settings.find((each) => each.startsWith(`${key}=`))?.slice(key.length + 1) ?? "";
    const VpcId = of("aws.vpcId");
    const subnets = await Promise.all(
      ["a", "b"].map(async (zone, i) => {
        const place = { CidrBlock: `10.0.${10 + i}.0/24`, AvailabilityZone: `${REGION}${zone}` };
        const command = new CreateSubnetCommand({ VpcId, ...place });
        return (await send<CreateSubnetResult>({ service: "ec2", command })).Subnet?.SubnetId ?? "";
      }),
    );
    const own = new CreateSecurityGroupCommand({ GroupName: "own", Description: "Own", VpcId });
    const { GroupId } = await send<CreateSecurityGroupResult>({ service: "ec2", command: own });
    const here = [
      ...settings,
      ...subnets.map((id, i) => `aws.instanceSubnetIds[${i}]=${id}`),
      `aws.instanceSecurityGroupIds[0]=${GroupId}`,
    ];
    const graph = await record(configured(fleet, ...here), project.folder);
    const made = await create(graph, send);

    const describeGroups = new DescribeAutoScalingGroupsCommand({});
    const { AutoScalingGroups: groups = [] } = await send<AutoScalingGroupsType>({
      service: "autoscaling",
      command: describeGroups,
    });
    const primary = groups.find(({ MinSize }) => MinSize === 12);
    assert.equal(primary?.Instances?.length, 12);
    assert.deepEqual(primary?.VPCZoneIdentifier?.split(",").sort(), [...subnets].sort());
    const { Reservations = [] } = await send<DescribeInstancesResult>({
      service: "ec2",
      command: new DescribeInstancesCommand({}),
    });
    const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
    assert.equal(instances.length, 15);
    for (const { Tags = [] } of instances)
      assert.equal(Tags.find(({ Key }) => Key === "cost-center")?.Value, "4711");
    // moto gives volumes no tags of launch templates; it keeps what a template says.
    const { LaunchTemplateVersions: versions = [] } = await send<DescribeLaunchTemplateVersionsResult>({
      service: "ec2",
      command: new DescribeLaunchTemplateVersionsCommand({ Versions: ["$Latest"] }),
    });
    for (const { LaunchTemplateData } of versions) {
      const [disks] = LaunchTemplateData?.TagSpecifications ?? [];
      assert.equal(disks?.ResourceType, "volume");
      assert.ok(disks.Tags?.some(({ Key, Value }) => Key === "cost-center" && Value === "4711"));
    }
    for (const { SubnetId = "", SecurityGroups = [] } of instances) {
      assert.ok(subnets.includes(SubnetId));
      assert.ok(SecurityGroups.some((group) => group.GroupId === GroupId));
    }

    const { steps } = await evaluate(project.folder, configured(fleet, ...here, "canaryWeight=25"), graph);
    const changed = steps.filter(({ op, fresh }) => op !== "same" && fresh?.type.startsWith("aws:"));
    assert.deepEqual(
      changed.map(({ op, fresh }) => [op, fresh?.type]),
      [["update", listenerType]],
    );
    const shifted = changed[0]?.fresh ?? assert.fail();
    const { create: request } = translate(shifted.type, known(shifted, made), 0);
    const { DefaultActions } = request.command.input as { DefaultActions: [] };
    const ListenerArn = String(made.get(shifted.urn)?.arn);
    await send({ service: "elbv2", command: new ModifyListenerCommand({ ListenerArn, DefaultActions }) });
    const { Listeners: [listener] = [] } = await send<DescribeListenersOutput>({
      service: "elbv2",
      command: new DescribeListenersCommand({ ListenerArns: [ListenerArn] }),
    });
    const [action] = listener?.DefaultActions ?? [];
    const weights = action?.ForwardConfig?.TargetGroups?.map(({ Weight }) => Weight);
    assert.deepEqual(weights, [75, 25]);
  });
});
