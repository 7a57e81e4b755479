import assert from "node:assert/strict";
import {
  AttachLoadBalancersCommand,
  type AutoScalingGroup,
  type AutoScalingGroupsType,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DetachLoadBalancersCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  type CreateLaunchTemplateResult,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
} from "@aws-sdk/client-ec2";
import { DescribeLoadBalancersCommand as DescribeClassicCommand } from "@aws-sdk/client-elastic-load-balancing";
import {
  type Action,
  CreateListenerCommand,
  type CreateListenerOutput,
  CreateLoadBalancerCommand,
  type CreateLoadBalancerOutput,
  CreateRuleCommand,
  type CreateRuleOutput,
  CreateTargetGroupCommand,
  type CreateTargetGroupOutput,
  DeleteRuleCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  type DescribeRulesOutput,
  DescribeTargetGroupsCommand,
  ModifyListenerCommand,
  ModifyRuleCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ListResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import { stringify } from "yaml";
import { awsTypes } from "../../components/aws/types";
import { readConfiguration } from "../../offline/configuration";
import { evaluate } from "../../offline/program";
import type { ResourceState } from "../../offline/state";
import { isChange, type Step } from "../../offline/step";
import type { Properties } from "../../offline/values";
import { observedWeights } from "../../rollout/shifters/readings";
import { rawSettings } from "../../stacks/raw";
import { parseSettings } from "../../stacks/settings";
import { awsAccount } from "../../status/account";
import { awsAccess } from "../../status/aws-access";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { withoutPulumi } from "../cli/without-pulumi";
import { type Account, prepareAccount } from "./account";
import { type ApiRequest, REGION } from "./api";
import { inMoto, moto, send } from "./hooks";
import { registerAll, sizeDisks } from "./moto-limits";
import { buildTheirs, setting } from "./theirs";
import { translate } from "./translate";

const ask = <Answer>(service: ApiRequest["service"], command: ApiRequest["command"]) =>
  send<Answer>({ service, command });

/** What AWS says of all that the somebody else made. */
async function snapshot({ zoneId }: Account): Promise<Record<string, unknown>> {
  const balancers = await ask<{ LoadBalancers?: { LoadBalancerArn?: string }[] }>(
    "elbv2",
    new DescribeLoadBalancersCommand({}),
  );
  const listeners = await Promise.all(
    (balancers.LoadBalancers ?? []).map(({ LoadBalancerArn }) =>
      ask<object>("elbv2", new DescribeListenersCommand({ LoadBalancerArn })),
    ),
  );
  const all = {
    balancers,
    listeners,
    targetGroups: await ask("elbv2", new DescribeTargetGroupsCommand({})),
    classic: await ask("elb", new DescribeClassicCommand({})),
    groups: await ask("autoscaling", new DescribeAutoScalingGroupsCommand({})),
    templates: await ask("ec2", new DescribeLaunchTemplatesCommand({})),
    securityGroups: await ask("ec2", new DescribeSecurityGroupsCommand({})),
    records: await ask("route53", new ListResourceRecordSetsCommand({ HostedZoneId: zoneId })),
  };
  // A target group tells whose listeners and rules refer to it.
  const left = ["$metadata", "LoadBalancerArns"];
  return JSON.parse(JSON.stringify(all, (key, value) => (left.includes(key) ? undefined : value)));
}

/** The same without what carries weights behind an NLB, and behind classic load balancers. */
const withoutActions = (seen: Record<string, unknown>): unknown =>
  JSON.parse(JSON.stringify(seen, (key, value) => (key === "DefaultActions" ? undefined : value)));
const SIZES = ["MinSize", "MaxSize", "DesiredCapacity", "LoadBalancerNames", "TrafficSources", "Instances"];
/** Of classic load balancers, the instances that are attached with their groups. */
const withoutSizes = (seen: Record<string, unknown>): unknown =>
  JSON.parse(JSON.stringify(seen, (key, value) => (SIZES.includes(key) ? undefined : value)));

/** Two groups behind target groups, one listener that leads to the primary's. */
async function buildListening(type: "application" | "network", { settings }: Account) {
  const subnets = [0, 1].map((i) => setting(settings, `aws.publicSubnetIds[${i}]`));
  const Protocol = type === "network" ? "TCP" : "HTTP";
  const balancer = new CreateLoadBalancerCommand({ Name: "web", Type: type, Subnets: subnets });
  const { LoadBalancers: [made] = [] } = await ask<CreateLoadBalancerOutput>("elbv2", balancer);
  const template = new CreateLaunchTemplateCommand({
    LaunchTemplateName: "web",
    LaunchTemplateData: { ImageId: setting(settings, "aws.amiId"), InstanceType: "t3.small" },
  });
  const { LaunchTemplate } = await ask<CreateLaunchTemplateResult>("ec2", template);
  await sizeDisks({ service: "ec2", command: template }, send);
  const arns: Record<string, string> = {};
  for (const variant of ["primary", "canary"]) {
    const VpcId = setting(settings, "aws.vpcId");
    const group = new CreateTargetGroupCommand({ Name: `web-${variant}`, Protocol, Port: 8080, VpcId });
    const { TargetGroups: [of] = [] } = await ask<CreateTargetGroupOutput>("elbv2", group);
    arns[variant] = of?.TargetGroupArn ?? "";
  }
  const listener = new CreateListenerCommand({
    LoadBalancerArn: made?.LoadBalancerArn,
    Protocol,
    Port: 80,
    DefaultActions: [{ Type: "forward", TargetGroupArn: arns.primary }],
  });
  const { Listeners: [listening] = [] } = await ask<CreateListenerOutput>("elbv2", listener);
  for (const [variant, arn] of Object.entries(arns))
    await ask(
      "autoscaling",
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: `web-${variant}`,
        MinSize: 1,
        MaxSize: 2,
        TargetGroupARNs: [arn],
        VPCZoneIdentifier: subnets.join(","),
        LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: "1" },
      }),
    );
  return { listenerArns: [listening?.ListenerArn ?? ""], targetGroupArns: arns };
}

/** What the provider asks for a resource that is there: of its inputs those that the program does not leave as they are. */
async function update(state: ResourceState, id: string): Promise<void> {
  const own = Object.entries(state.inputs).filter(([key]) => !state.ignoreChanges?.includes(key));
  const inputs: Properties = Object.fromEntries(own);
  if (state.type === awsTypes.group) {
    const { minSize, maxSize, desiredCapacity } = inputs as Record<string, number | undefined>;
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [id] });
    const { AutoScalingGroups: [live] = [] } = await ask<AutoScalingGroupsType>("autoscaling", command);
    const [asked, { LoadBalancerNames: has = [] }] = [
      inputs.loadBalancers as string[],
      live as AutoScalingGroup,
    ];
    const AutoScalingGroupName = id;
    const sizes = { MinSize: minSize, MaxSize: maxSize, DesiredCapacity: desiredCapacity };
    await ask("autoscaling", new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...sizes }));
    const [gone, come] = [
      has.filter((name) => !asked.includes(name)),
      asked.filter((name) => !has.includes(name)),
    ];
    if (gone.length > 0)
      await ask(
        "autoscaling",
        new DetachLoadBalancersCommand({ AutoScalingGroupName, LoadBalancerNames: gone }),
      );
    if (come.length > 0)
      await ask(
        "autoscaling",
        new AttachLoadBalancersCommand({ AutoScalingGroupName, LoadBalancerNames: come }),
      );
    return;
  }
  // The translator tells the API's words for actions; an imported listener has nothing else to say.
  const request = translate(state.type, inputs, 0).create.command.input as {
    Actions?: Action[];
    DefaultActions?: Action[];
  };
  assert.deepEqual(
    Object.keys(inputs).filter((key) => /actions$/i.test(key)).length,
    1,
    "one kind of actions",
  );
  await ask(
    "elbv2",
    state.type === awsTypes.listener
      ? new ModifyListenerCommand({ ListenerArn: id, DefaultActions: request.DefaultActions })
      : new ModifyRuleCommand({ RuleArn: id, Actions: request.Actions }),
  );
}

describe("fleets that others make, taken to AWS's API", () => {
  inMoto();
  let project: Project;
  let account: Account;

  beforeEach(async () => {
    await moto().reset();
    account = await prepareAccount(send);
    project = new Project();
  });
  afterEach(() => {
    project.remove();
  });

  function configured(loadBalancer: string, existing: object, canaryWeight: number, aws: object = {}) {
    const settings = {
      "canary-traffic:platform": "elb",
      "canary-traffic:canaryWeight": canaryWeight,
      "canary-traffic:apps": { shop: { host: "shop.example.com", existing } },
      "canary-traffic:aws": { loadBalancer, ...aws },
    };
    project.write("Pulumi.prod.yaml", stringify({ config: { "aws:region": REGION, ...settings } }));
    return readConfiguration(project.folder, "prod", []);
  }

  const onAws = (steps: readonly Step[]): ResourceState[] =>
    steps.flatMap((step) => (isChange(step) && step.fresh?.type.startsWith("aws:") ? [step.fresh] : []));

  /** Percent of the canary's, as a rollout observes it. */
  async function observed(configuration: ReturnType<typeof configured>, state: readonly ResourceState[]) {
    const settings = parseSettings(rawSettings(configuration.namespace, configuration.values as never));
    const readers = { cluster: undefined, account: await awsAccount(awsAccess(configuration.values)) };
    const target = { app: "shop", canary: "canary" };
    return Object.values(await observedWeights({ settings, configuration, state }, [target], readers))[0];
  }

  /** Status must hold at this weight, and differ at another one. */
  async function assertStatus(shown: RegExp): Promise<void> {
    const same = await run("status", "-s", "prod");
    assert.equal(same.code, 0, same.stdout + same.stderr);
    assert.match(same.stdout, shown);
    const { code } = await run("status", "-s", "prod", "-c", "canaryWeight=50");
    assert.equal(code, 1);
  }

  it("an ALB's: a rule comes, is shifted and goes, and nothing that was there is touched", async () => {
    const existing = { ...(await buildListening("application", account)), priority: 10 };
    const before = await snapshot(account);
    const rulesOf = async () => {
      const command = new DescribeRulesCommand({ ListenerArn: existing.listenerArns[0] });
      return (await ask<DescribeRulesOutput>("elbv2", command)).Rules ?? [];
    };
    const first = await evaluate(project.folder, configured("alb", existing, 10), []);
    const [rule, ...others] = onAws(first.steps);
    assert.ok(rule !== undefined && others.length === 0 && rule.type === awsTypes.listenerRule);
    await send(translate(rule.type, rule.inputs, 0).create);
    const made = (await rulesOf()).find(({ IsDefault }) => !IsDefault);
    const RuleArn = made?.RuleArn ?? assert.fail("no rule");
    assert.deepEqual(made?.Conditions?.[0]?.HostHeaderConfig?.Values, ["shop.example.com"]);
    await assertStatus(/shop +canary +target group web-canary +ALB listener +10 % +10 % +10 %\n/);

    const second = await evaluate(project.folder, configured("alb", existing, 25), first.states);
    const [shifted, ...more] = onAws(second.steps);
    assert.ok(shifted !== undefined && more.length === 0);
    await update(shifted, RuleArn);
    await assertStatus(/target group shop-canary: healthy targets +1 or more +1\n/);
    const state = second.states.map((each) => (each.urn === rule.urn ? { ...each, id: RuleArn } : each));
    assert.equal(await observed(configured("alb", existing, 25), state), 25);
    assert.deepEqual(await snapshot(account), before);

    const theirs = new CreateRuleCommand({
      ListenerArn: existing.listenerArns[0],
      Priority: 5,
      Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: ["shop.example.com"] } }],
      Actions: [{ Type: "forward", TargetGroupArn: existing.targetGroupArns.primary }],
    });
    const { Rules: [hiding] = [] } = await ask<CreateRuleOutput>("elbv2", theirs);
    const hidden = await run("status", "-s", "prod", "-c", "canaryWeight=25");
    assert.equal(hidden.code, 1);
    assert.match(hidden.stdout, /: a rule before it that takes its hosts +none +priority 5 !\n/);

    const undo = withoutPulumi(project.folder);
    const { stdout } = await run("rollback", "-s", "prod").finally(undo);
    assert.match(
      stdout,
      /^aws --region eu-west-1 elbv2 modify-rule --rule-arn \S+ --actions .*"Weight":100.*"Weight":0/m,
    );
    assert.ok(stdout.includes(RuleArn));

    for (const each of [RuleArn, hiding?.RuleArn])
      await ask("elbv2", new DeleteRuleCommand({ RuleArn: each }));
    assert.equal((await rulesOf()).length, 1);
    assert.deepEqual(await snapshot(account), before);
  });

  it("an NLB's: its listener's actions change, and nothing else", async () => {
    const existing = await buildListening("network", account);
    const before = await snapshot(account);
    const first = await evaluate(project.folder, configured("nlb", existing, 10), []);
    const [listener, ...others] = onAws(first.steps);
    assert.ok(listener !== undefined && others.length === 0);
    assert.equal(listener.importId, existing.listenerArns[0]);
    await update(listener, String(listener.importId));
    await assertStatus(/shop +canary +target group web-canary +NLB listener +10 % +10 % +10 %\n/);
    const second = await evaluate(project.folder, configured("nlb", existing, 12.5), first.states);
    const [shifted, ...more] = onAws(second.steps);
    assert.ok(shifted !== undefined && more.length === 0);
    await update(shifted, String(shifted.importId));
    assert.equal(await observed(configured("nlb", existing, 12.5), second.states), 12.5);
    const undo = withoutPulumi(project.folder);
    const { stdout } = await run("rollback", "-s", "prod").finally(undo);
    assert.match(
      stdout,
      /^aws --region eu-west-1 elbv2 modify-listener --listener-arn \S+ --default-actions .*"Weight":100.*"Weight":0\S+\n$/,
    );
    assert.ok(stdout.includes(`--listener-arn ${existing.listenerArns[0]} `));
    project.write("empty.json", JSON.stringify({ version: 3, deployment: {} }));
    const looking = ["check", "-s", "prod", "--live", "--state", "empty.json", "--config-path"];
    const there = await run(...looking);
    assert.doesNotMatch(there.stderr, /is not there/);
    const moved = existing.targetGroupArns.canary?.replace("web-canary", "web-blue");
    const gone = await run(...looking, "-c", `apps.shop.existing.targetGroupArns.canary=${moved}`);
    assert.equal(gone.code, 1);
    assert.match(
      gone.stderr,
      /^apps\.shop\.existing\.targetGroupArns\.canary is not there: arn:\S+web-blue\S+$/m,
    );
    const after = await snapshot(account);
    assert.deepEqual(withoutActions(after), withoutActions(before));
    assert.notDeepEqual(after, before);
  });

  it("behind classic load balancers: sizes and attachments of groups change, and nothing else", async () => {
    await buildTheirs(account, send);
    const existing = {
      groups: { primary: "shop", canary: "shop-new" },
      loadBalancers: { primary: "shop-lb", canary: "shop-lb-new" },
    };
    const bounds = { fleetSize: 4, maxSize: 12 };
    const before = await snapshot(account);
    const first = await evaluate(project.folder, configured("classic", existing, 20, bounds), []);
    const imported = onAws(first.steps);
    assert.deepEqual(
      imported.map(({ importId }) => importId),
      ["shop-new", "shop"],
    );
    for (const group of imported) await update(group, String(group.importId));
    // At weights that match what was there the first update changes nothing.
    assert.deepEqual(await snapshot(account), before);
    await registerAll(send);
    await assertStatus(/shop +canary +group shop-new +classic ELB +20 % +20 % +20 %\n/);

    const at50 = await evaluate(project.folder, configured("classic", existing, 50, bounds), first.states);
    for (const group of onAws(at50.steps)) await update(group, String(group.importId));
    await registerAll(send);
    assert.equal(await observed(configured("classic", existing, 50, bounds), at50.states), 50);
    const after = await snapshot(account);
    assert.deepEqual(withoutSizes(after), withoutSizes(before));
    assert.notDeepEqual(after, before);

    const undo = withoutPulumi(project.folder);
    const { stdout } = await run("rollback", "-s", "prod").finally(undo);
    assert.deepEqual(stdout.match(/(?<=autoscaling ).*/g), [
      "detach-load-balancers --auto-scaling-group-name shop-new --load-balancer-names shop-lb",
      "update-auto-scaling-group --auto-scaling-group-name shop-new --min-size 0 --max-size 0 --desired-capacity 0",
      "update-auto-scaling-group --auto-scaling-group-name shop --min-size 4 --max-size 12",
    ]);
    const at100 = await evaluate(project.folder, configured("classic", existing, 100, bounds), at50.states);
    for (const group of onAws(at100.steps)) await update(group, String(group.importId));
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ["shop"] });
    const { AutoScalingGroups: [primary] = [] } = await ask<AutoScalingGroupsType>("autoscaling", command);
    assert.deepEqual([primary?.LoadBalancerNames, primary?.DesiredCapacity], [[], 4]);
  });
});
