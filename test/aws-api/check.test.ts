import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { ChangeResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import type { ResourceState } from "../../offline/state";
import type { Properties } from "../../offline/values";
import type { Finding } from "../../policy/evaluate";
import type { StandInOutputs } from "../../status/stand-ins";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { type Account, prepareAccount } from "./account";
import { create, known, ROOT, recorded } from "./graph";
import { inMoto, moto, send } from "./hooks";

/** The last but one phase: everybody is on Kubernetes, and the fleets may go. */
const RELEASED = ["dns.kubernetesWeight=100", "aws.protectFleets=false"];
const LONG_AGO = new Date(Date.now() - 3600 * 1000).toISOString();

describe("canary check --live, asked of AWS's API", function () {
  this.timeout("2m");
  inMoto();
  let account: Account;
  let graph: ResourceState[];
  let made: StandInOutputs;
  let project: Project;

  before(async () => {
    await moto().reset();
    account = await prepareAccount(send);
    graph = await recorded("prod", [...account.settings, ...account.edge, ...RELEASED], ROOT);
    made = await create(graph, send);
  });

  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => {
    project.remove();
  });

  /** What `pulumi stack export` would write. */
  function state(modified = LONG_AGO): string {
    const resources = graph.map((resource) => {
      const { urn, type, custom, parent } = resource;
      const outputs: Properties = { ...resource.outputs, ...made.get(urn) };
      const id = outputs.id ?? outputs.name;
      return { urn, type, custom, parent, id, inputs: known(resource, made), outputs, modified };
    });
    writeFileSync(
      join(project.folder, "state.json"),
      JSON.stringify({ version: 3, deployment: { resources } }),
    );
    return "state.json";
  }

  /** What is said to a last phase that lets the fleets go. */
  async function check(file: string): Promise<{ drained: string[]; stderr: string }> {
    const network = ["vpcId", "publicSubnetIds", "zoneId"];
    const settings = [...account.network, ...account.edge].filter((each) =>
      [...network, "edge"].some((key) => each.startsWith(`aws.${key}`)),
    );
    project.stackFile("prod", {
      platform: "kubernetes",
      protect: true,
      apps: {
        myapp: {
          host: "myapp.example.com",
          canaryHost: "canary.myapp.example.com",
          image: "registry.example.com/myapp:1.0.0",
          canaryImage: "registry.example.com/myapp:1.1.0",
        },
      },
      aws: { edge: { bootstrap: { k3s: { endpoint: "https://10.0.0.1:6443", tokenArn: TOKEN } } } },
    });
    const more = settings.flatMap((each) => ["-c", each]);
    const checked = await run(
      "check",
      "-s",
      "prod",
      "--live",
      "--state",
      file,
      "--json",
      "--config-path",
      ...more,
    );
    const { policies } = JSON.parse(checked.stdout || "{}") as { policies?: Finding[] };
    assert.ok(policies !== undefined, checked.stderr);
    const drained = policies.filter(({ rule }) => rule === "drained").map(({ message }) => message);
    return { drained: drained.sort(), stderr: checked.stderr };
  }

  const nameOf = (name: string): string => {
    const found = graph.find(
      (each) => each.type === "aws:elb/loadBalancer:LoadBalancer" && each.name === name,
    );
    return String(made.get(found?.urn ?? "")?.name);
  };

  it("lets fleets go that nobody uses", async () => {
    const { drained, stderr } = await check(state());
    assert.deepEqual(drained, []);
    assert.match(stderr, /^LoadBalancer myapp: requests within 10 min: 0; last change .*: 6\d min ago$/m);
  });

  it("refuses to, minutes after the weight was set to 0", async () => {
    const { drained } = await check(state(new Date(Date.now() - 200_000).toISOString()));
    assert.equal(drained.length, 2);
    for (const message of drained)
      assert.match(
        message,
        /changed its side's records \d min ago; wait until it is 10 min, 10 times a TTL of 60 s$/,
      );
  });

  it("refuses to while a load balancer counts requests", async () => {
    const Dimensions = [{ Name: "LoadBalancerName", Value: nameOf("myapp") }];
    const [Timestamp, MetricName] = [new Date(Date.now() - 120_000), "RequestCount"];
    const command = new PutMetricDataCommand({
      Namespace: "AWS/ELB",
      MetricData: [{ MetricName, Dimensions, Timestamp, Value: 12 }],
    });
    await send({ service: "cloudwatch", command });
    const { drained } = await check(state());
    assert.deepEqual(drained, [
      "LoadBalancer myapp goes and had 12 requests or connections within 10 min; wait until it had none for 10 min, 10 times a TTL of 60 s",
    ]);
  });

  it("refuses to while Route 53 has a record of another weight than the state", async () => {
    const record = graph.find(({ urn }) => /CanaryFleet\$.*Record::myapp-canary$/.test(urn));
    assert.ok(record !== undefined);
    const inputs = known(record, made);
    const ResourceRecordSet = {
      Name: String(inputs.name),
      Type: "CNAME" as const,
      SetIdentifier: "elb",
      TTL: 60,
      Weight: 9,
      ResourceRecords: [{ Value: (inputs.records as string[])[0] }],
    };
    const command = new ChangeResourceRecordSetsCommand({
      HostedZoneId: account.zoneId,
      ChangeBatch: { Changes: [{ Action: "UPSERT", ResourceRecordSet }] },
    });
    await send({ service: "route53", command });
    const { drained } = await check(state());
    assert.match(
      drained.find((message) => message.includes("myapp-canary")) ?? "",
      /is named by DNS answers for canary\.myapp\.example\.com, by a record of weight 9; allowed: weight 0$/,
    );
  });
});

const TOKEN = "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token";
