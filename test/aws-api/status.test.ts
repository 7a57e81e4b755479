import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AutoScalingGroupsType,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from "@aws-sdk/client-auto-scaling";
import { DeregisterInstancesFromLoadBalancerCommand } from "@aws-sdk/client-elastic-load-balancing";
import { ChangeResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import { awsTypes } from "../../components/aws/types";
import { run } from "../cli/run";
import { type Account, prepareAccount } from "./account";
import { create, PROJECT, recorded } from "./graph";
import { inMoto, moto, send } from "./hooks";
import { registerAll } from "./moto-limits";

interface Status {
  readonly differs: boolean;
  readonly weights: readonly { variant: string; asked: number; effective: number; observed: number | null }[];
  readonly facts: readonly { what: string; asked: string; observed: string; holds: boolean }[];
}

const groups = async () => {
  const command = new DescribeAutoScalingGroupsCommand({});
  return (await send<AutoScalingGroupsType>({ service: "autoscaling", command })).AutoScalingGroups ?? [];
};

const ids = (instances: readonly { InstanceId?: string | undefined }[] | undefined) =>
  (instances ?? []).map(({ InstanceId }) => ({ InstanceId }));

describe("canary status, asked of AWS's API", () => {
  inMoto();
  const cwd = process.cwd();
  let account: Account;
  let settings: string[];

  const status = (...more: string[]) =>
    run("status", "-s", "prod", "--config-path", ...settings.flatMap((each) => ["-c", each]), ...more);
  const json = async (...more: string[]): Promise<Status> =>
    JSON.parse((await status("--json", ...more)).stdout);

  /** Makes stack prod with further settings in an account that is otherwise empty. */
  async function deploy(...more: string[]): Promise<void> {
    await moto().reset();
    account = await prepareAccount(send);
    settings = [...account.settings, ...more];
    await create(await recorded("prod", settings), send);
    await registerAll(send);
  }

  beforeEach(async () => {
    await deploy();
    process.chdir(PROJECT);
  });

  afterEach(() => {
    process.chdir(cwd);
  });

  it("exits 0 where all is as asked", async () => {
    const { code, stdout, stderr } = await status();
    assert.equal(stderr, "");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /myapp +canary +\S+ +classic ELB +10 % +10 % +10 %/);
    assert.match(stdout, /group myapp-canary: in service at load balancer myapp +1 +1\n/);
    assert.match(stdout, /DNS myapp\.example\.com, elb: weight +100 +100\n/);
    assert.match(stdout, /All is as asked\n$/);
  });

  it("tells two stacks of one app in one network apart by the state, or says that both have its names", async () => {
    const first = await recorded("prod", settings);
    // Another stack's names end otherwise; its hosts are its own.
    const text = JSON.stringify(first.filter(({ type }) => type !== awsTypes.record));
    const graph: typeof first = JSON.parse(text.replace(/-[0-9a-f]{7}\b/g, "-f00ba11"));
    const before = await create(graph, send, 1000);
    const ofTwo = await json();
    assert.ok(ofTwo.facts.some(({ what, observed }) => what === "group myapp" && observed.includes(", ")));
    const folder = mkdtempSync(join(tmpdir(), "canary-status-"));
    try {
      const state = join(folder, "state.json");
      const resources = graph.map(({ urn, type }) => ({ urn, type, custom: true, id: before.get(urn)?.id }));
      writeFileSync(state, JSON.stringify({ version: 3, deployment: { resources } }));
      await registerAll(send);
      const ofOne = await json("--state", state);
      const differ = ofOne.facts.filter(({ what, holds }) => !holds && !what.startsWith("DNS"));
      assert.deepEqual(
        differ.map(({ what, observed }) => `${what}: ${observed}`),
        [],
      );
      assert.equal(ofOne.weights.find(({ variant }) => variant === "canary")?.observed, 10);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("asks the account that the stack's role leads to, and no other than the stack allows", async () => {
    const role = (account: string) => `aws:assumeRoles=[{"roleArn":"arn:aws:iam::${account}:role/reader"}]`;
    assert.match(
      (await status("-c", role("123456789012"))).stdout,
      /^Stack prod: AWS account 123456789012 in /,
    );
    const other = await status("-c", role("111122223333"));
    assert.equal(other.code, 2);
    assert.match(other.stderr, /NoSuchHostedZone: .*; looked at AWS account 111122223333 in /);
    const refused = await status("-c", 'aws:allowedAccountIds=["999999999999"]');
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /^AWS account 123456789012 is not the stack's: aws:allowedAccountIds has 999999999999$/m,
    );
  });

  it("exits 1 where another weight is asked for than AWS has", async () => {
    settings.push("canaryWeight=25");
    const { code, stdout } = await status();
    assert.equal(code, 1);
    assert.match(stdout, /myapp +canary +\S+ +classic ELB +25 % +25 % +10 % !/);
    assert.match(stdout, /group myapp-canary: instances wanted +3 +1 !/);
  });

  it("tells of instances that a load balancer has no longer in service", async () => {
    const [group] = (await groups()).filter((each) => each.AutoScalingGroupName?.startsWith("myapp-canary"));
    const command = new DeregisterInstancesFromLoadBalancerCommand({
      LoadBalancerName: group?.LoadBalancerNames?.find((name) => !name.startsWith("myapp-canary")),
      Instances: ids(group?.Instances),
    });
    await send({ service: "elb", command });
    const { differs, facts, weights } = await json();
    assert.equal(differs, true);
    assert.equal(weights.find(({ variant }) => variant === "canary")?.observed, 0);
    assert.deepEqual(
      facts.filter(({ holds }) => !holds).map(({ what, asked, observed }) => [what, asked, observed]),
      [["group myapp-canary: in service at load balancer myapp", "1", "0"]],
    );
  });

  it("tells what is left of a canary's share when a scaling policy has grown the primary", async () => {
    const [group] = (await groups()).filter((each) => !each.AutoScalingGroupName?.startsWith("myapp-canary"));
    const command = new SetDesiredCapacityCommand({
      AutoScalingGroupName: group?.AutoScalingGroupName,
      DesiredCapacity: 12,
    });
    await send({ service: "autoscaling", command });
    await registerAll(send);
    const { differs, facts, weights } = await json();
    assert.equal(differs, true);
    assert.equal(weights.find(({ variant }) => variant === "canary")?.observed, 7.69);
    assert.deepEqual(
      facts.filter(({ holds }) => !holds),
      [],
    );
  });

  it("tells of another DNS weight and target, and of a record that is missing", async () => {
    const command = new ChangeResourceRecordSetsCommand({
      HostedZoneId: account.zoneId,
      ChangeBatch: {
        Changes: [
          {
            Action: "UPSERT",
            ResourceRecordSet: {
              Name: "myapp.example.com",
              Type: "CNAME",
              SetIdentifier: "elb",
              TTL: 60,
              Weight: 7,
              ResourceRecords: [{ Value: "elsewhere.example.com" }],
            },
          },
        ],
      },
    });
    await send({ service: "route53", command });
    settings.push("apps.myapp.canaryHost=other.example.com");
    const { facts } = await json();
    const wrong = facts.filter(({ holds }) => !holds).map(({ what, observed }) => `${what}: ${observed}`);
    assert.deepEqual(wrong.sort(), [
      "DNS myapp.example.com, elb: leads to: elsewhere.example.com",
      "DNS myapp.example.com, elb: weight: 7",
      "DNS other.example.com, elb: weight: missing",
    ]);
  });

  it("reads an ALB's weights from its listener, and the health of its targets", async () => {
    await deploy("aws.loadBalancer=alb");
    const same = await status();
    assert.equal(same.code, 0, same.stdout);
    assert.match(same.stdout, /myapp +canary +\S+ +ALB listener +10 % +10 % +10 %\n/);
    assert.match(same.stdout, /listener myapp-80: weight of target group myapp-canary +10 +10\n/);
    assert.match(same.stdout, /target group myapp: healthy targets +9 +9\n/);

    settings.push("canaryWeight=25");
    const shifted = await status();
    assert.equal(shifted.code, 1);
    assert.match(shifted.stdout, /myapp +canary +\S+ +ALB listener +25 % +25 % +10 % !\n/);
    assert.match(shifted.stdout, /listener myapp-80: weight of target group myapp-canary +25 +10 !\n/);
  });

  it("takes the resources of another network for another stack's, and its own for missing", async () => {
    settings = [...(await prepareAccount(send)).settings];
    const { differs, facts, weights } = await json();
    assert.equal(differs, true);
    const missing = facts.filter(({ observed }) => observed === "missing").map(({ what }) => what);
    for (const what of [
      "load balancer myapp",
      "load balancer myapp-canary",
      "group myapp-canary",
      "group myapp",
    ]) {
      assert.ok(missing.includes(what), what);
    }
    assert.deepEqual(
      weights.map(({ observed }) => observed),
      [null, null],
    );
  });

  it("is one line and exit code 2 without credentials, or when AWS refuses", async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    Object.assign(process.env, {
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/nonexistent",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
    });
    const { code, stdout, stderr } = await status();
    assert.equal(stdout, "");
    assert.equal(code, 2);
    assert.match(stderr, /^AWS, classic load balancers: .*credentials.*\n$/i);
    assert.doesNotMatch(stderr, /testing-secret/);

    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "a", AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
    const refused = await status();
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /^AWS, classic load balancers: .*ECONNREFUSED.*\n$/);

    await moto().reset();
    process.env.AWS_ENDPOINT_URL = moto().endpoint;
    const zoneless = await status();
    assert.equal(zoneless.code, 2);
    assert.match(zoneless.stderr, /^AWS, records of \S+: NoSuchHostedZone: .*\n$/);
  });
});
