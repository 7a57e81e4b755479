import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import ts from "typescript";
import { stringify } from "yaml";
import { Project } from "./cli/project";
import { run } from "./cli/run";
import { declared, inputsOf } from "./components/aws/declared";
import { additions, fleet, PAGE, type StackFile, withWord } from "./your-fleet-page";

interface Rendered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

describe("docs/your-fleet.md", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  async function rendered(stack: StackFile): Promise<Rendered[]> {
    project.write("Pulumi.prod.yaml", stringify(stack));
    const { code, stdout, stderr } = await run("render", "-s", "prod", "--format", "json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }
  const inputs = (resources: readonly Rendered[], kind: string, name: string) =>
    resources.find((one) => one.type.endsWith(`:${kind}`) && one.name === name)?.inputs ??
    assert.fail(`${kind} ${name}`);

  it("has a fleet whose canary is shifted by its listener alone", async () => {
    project.write("Pulumi.prod.yaml", stringify(fleet));
    const { code, stdout, stderr } = await run("preview", "-s", "prod", "-c", "canaryWeight=25");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^shop: canary 10 % -> 25 % by ALB listener; 1 to update, 0 to replace/);
  });

  it("has twelve instances in private subnets behind a public load balancer", async () => {
    const resources = await rendered(fleet);
    const { publicSubnetIds, instanceSubnetIds } = fleet.config["canary-traffic:aws"] as Record<
      string,
      unknown
    >;
    const group = inputs(resources, "Group", "shop");
    assert.deepEqual([group.minSize, group.maxSize, group.vpcZoneIdentifiers], [12, 24, instanceSubnetIds]);
    const balancer = inputs(resources, "LoadBalancer", "shop");
    assert.deepEqual([balancer.internal, balancer.subnets], [false, publicSubnetIds]);
  });

  it("has additions that the program takes, each", async () => {
    for (const stack of additions) await rendered(stack);
    assert.equal(additions.length, 8);
  }).timeout(60_000);

  it("gives an app what it says itself", async () => {
    const resources = await rendered(additions[0] ?? assert.fail());
    assert.equal(inputs(resources, "Group", "search").minSize, 4);
    assert.equal(inputs(resources, "LaunchTemplate", "search").instanceType, "r7i.xlarge");
    assert.equal(inputs(resources, "LaunchTemplate", "shop").instanceType, "m7i.large");
    const { healthCheck } = inputs(resources, "TargetGroup", "search");
    const { interval, port } = healthCheck as Record<string, unknown>;
    assert.deepEqual([interval, port], [30, "9001"]);
  });

  it("has fleets that others make, with what carries the weights alone", async () => {
    const kinds = async (stack: StackFile | undefined) =>
      (await rendered(stack ?? assert.fail()))
        .map(({ type }) => type.split(":").at(-1))
        .filter((kind) => kind !== "Stack");
    assert.deepEqual(await kinds(additions[1]), ["ExistingFleet", "ListenerRule"]);
    assert.deepEqual(await kinds(additions[2]), ["ExistingFleet", "Group", "Group"]);
  });

  it("moves the launch template into a policy of mixed instances", async () => {
    const before = inputs(await rendered(fleet), "Group", "shop").launchTemplate as Record<string, unknown>;
    const group = inputs(await rendered(withWord("mixedInstancesPolicy")), "Group", "shop");
    const { launchTemplate } = group.mixedInstancesPolicy as Record<string, Record<string, unknown>>;
    assert.equal("launchTemplate" in group, false);
    assert.deepEqual(launchTemplate?.launchTemplateSpecification, {
      launchTemplateId: before.id,
      version: before.version,
    });
  });

  for (const [word, kind, name, key] of [
    ["instanceMarketOptions", "LaunchTemplate", "shop-canary", "instanceMarketOptions"],
    ["instanceMarketOptions", "Group", "shop-canary", "capacityRebalance"],
    ["warmPool", "Group", "shop", "warmPool"],
    ["initialLifecycleHooks", "Group", "shop-canary", "initialLifecycleHooks"],
    ["enabledMetrics", "Group", "shop", "terminationPolicies"],
  ] as const)
    it(`has a patch that gives ${kind} ${name} its ${key}`, async () => {
      assert.equal(key in inputs(await rendered(fleet), kind, name), false);
      assert.equal(key in inputs(await rendered(withWord(word)), kind, name), true);
    });

  it("has a program that finds a group by the stack's outputs", async () => {
    const [, source = ""] = /```typescript\n(.*?)```/s.exec(PAGE) ?? [];
    const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
    const { outputText } = ts.transpileModule(source, { compilerOptions: options });
    const groups = { primary: { name: "shop-1a2b3c4", arn: "arn" } };
    const { requireOutput } = pulumi.StackReference.prototype;
    pulumi.StackReference.prototype.requireOutput = () => pulumi.output({ shop: { groups } });
    try {
      const resources = await declared(() => new Function("require", "exports", outputText)(require, {}));
      const hook = inputsOf(resources, "LifecycleHook", "register");
      assert.equal(hook.autoscalingGroupName, "shop-1a2b3c4");
    } finally {
      pulumi.StackReference.prototype.requireOutput = requireOutput;
    }
  });
});
