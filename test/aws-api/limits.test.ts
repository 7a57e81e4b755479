import assert from "node:assert/strict";
import { CreateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { CreateLaunchTemplateCommand } from "@aws-sdk/client-ec2";
import { CreateLoadBalancerCommand } from "@aws-sdk/client-elastic-load-balancing";
import { CreateTargetGroupCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { awsTypes, fleetTypes } from "../../components/aws/types";
import type { ApiRequest } from "./api";
import { known, record, samples } from "./graph";
import { beyondLimits } from "./limits";
import { type Models, startModels } from "./models";
import { configurationOf, randomSettings } from "./random-settings";
import { allRequests, unheard } from "./translate";

const COUNT = Number(process.env.AWS_SETTINGS ?? 1000);
/** What part of the settings is of which platform; on `kubernetes` edge nodes alone are on AWS. */
const SHARES = [
  ["elb", 0.4],
  ["migration", 0.4],
  ["kubernetes", 0.2],
] as const;
const SEED = Number(process.env.AWS_SEED ?? 1);

describe("AWS's own service models and documented limits", () => {
  let models: Models;

  const problems = async (requests: readonly ApiRequest[]): Promise<string[]> => [
    ...(await models.check(requests)).flat(),
    ...requests.flatMap(beyondLimits),
  ];

  // The SDK takes a stack trace for each of a resource's outputs, which takes most of an evaluation's time.
  const { stackTraceLimit } = Error;

  before(async () => {
    models = await startModels();
    Error.stackTraceLimit = 0;
  });
  after(() => {
    Error.stackTraceLimit = stackTraceLimit;
    return models.stop();
  });

  const refused: readonly [string, ApiRequest][] = [
    [
      "VolumeType: gp9 is none of",
      {
        service: "ec2",
        command: new CreateLaunchTemplateCommand({
          LaunchTemplateName: "name",
          LaunchTemplateData: {
            BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeType: "gp9" as "gp3" } }],
          },
        }),
      },
    ],
    [
      "AutoScalingGroupName: 256 characters where 255 is the most",
      {
        service: "autoscaling",
        command: new CreateAutoScalingGroupCommand({
          AutoScalingGroupName: "a".repeat(256),
          MinSize: 1,
          MaxSize: 1,
        }),
      },
    ],
    [
      "LoadBalancerPort: 65536, allowed: a port",
      {
        service: "elb",
        command: new CreateLoadBalancerCommand({
          LoadBalancerName: "name",
          Listeners: [{ Protocol: "http", LoadBalancerPort: 65536, InstancePort: 80 }],
        }),
      },
    ],
    [
      "CreateTargetGroup.Name: .*allowed: 1 to 32 letters",
      { service: "elbv2", command: new CreateTargetGroupCommand({ Name: "a".repeat(33) }) },
    ],
  ];
  for (const [problem, request] of refused) {
    it(`refuse a value that AWS would: ${problem}`, async () => {
      const found = await problems([request]);
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", new RegExp(problem));
    });
  }

  for (const [platform, share] of SHARES) {
    const count = Math.ceil(COUNT * share);
    it(`take every value of ${count} random valid settings of platform ${platform} (seed ${SEED}), and all of them reach AWS`, async function () {
      this.timeout("20m");
      const types = new Set<string>();
      for (const settings of randomSettings(platform, count, SEED)) {
        const graph = await record(configurationOf(settings));
        for (const { type, parent = "" } of graph)
          if (parent.includes(`${fleetTypes.existing}::`)) types.add(type);
        const outputs = samples(graph);
        const inputs = graph.map((state) => ({ type: state.type, known: known(state, outputs) }));
        const requests = inputs.flatMap(({ type, known }) => allRequests(type, known));
        assert.deepEqual(await problems(requests), [], JSON.stringify(settings));
        for (const { type, known } of inputs)
          assert.deepEqual(unheard(type, known), [], JSON.stringify(settings));
      }
      const carriers = [awsTypes.group, awsTypes.listener, awsTypes.listenerRule];
      assert.deepEqual([...types].sort(), platform === "elb" ? carriers : [], "fleets of others");
    });
  }
});
