import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { promisify } from "node:util";
import { type AutoScalingGroupsType, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { stringify } from "yaml";
import { parseOverride, readConfiguration } from "../../offline/configuration";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { withoutPulumi } from "../cli/without-pulumi";
import { prepareAccount } from "./account";
import { REGION } from "./api";
import { create, PROJECT, recorded } from "./graph";
import { inMoto, moto, send } from "./hooks";

describe("what canary rollback prints without pulumi, run by the AWS CLI", () => {
  inMoto();
  let project: Project;

  before(function () {
    const { status } = spawnSync("aws", ["--version"]);
    if (status !== 0) {
      console.log("    pending: no AWS CLI on PATH");
      this.skip();
    }
  });

  beforeEach(() => {
    project = new Project();
  });

  afterEach(() => {
    project.remove();
  });

  /** Makes stack prod in an account that is otherwise empty, and takes its canaries out by hand. */
  async function takenOut(settings: readonly string[], provider: object = {}): Promise<string> {
    await moto().reset();
    const account = await prepareAccount(send);
    const overrides = [...account.settings, ...settings].map((text) => parseOverride(text, true));
    const { values } = readConfiguration(PROJECT, "prod", overrides);
    project.write(
      "Pulumi.prod.yaml",
      stringify({ config: { ...values, "aws:region": REGION, ...provider } }),
    );
    await create(await recorded("prod", [], project.folder), send);
    mkdirSync(`${project.folder}/empty`);
    const undo = withoutPulumi(`${project.folder}/empty`);
    const { code, stdout, stderr } = await run("rollback", "-s", "prod").finally(undo);
    assert.equal(code, 1, stderr);
    assert.doesNotMatch(stderr, /by hand: /);
    await promisify(execFile)("sh", ["-ec", stdout]);
    return stdout;
  }

  for (const loadBalancer of ["alb", "nlb"]) {
    it(`gives the listeners of an ${loadBalancer} the weights by which the primary has all`, async () => {
      await takenOut([`aws.loadBalancer=${loadBalancer}`, "canaryWeight=25"]);
      const { stdout } = await run("status", "-s", "prod", "-c", "canaryWeight=0");
      assert.match(stdout, /listener myapp-80: weight of target group myapp-canary +0 +0\n/);
      assert.doesNotMatch(stdout, /weight of target group .*!\n/);
    });
  }

  it("does so as the roles that the stack assumes, one by the other", async () => {
    const roles = ["entry", "deploy"].map((name) => ({ roleArn: `arn:aws:iam::123456789012:role/${name}` }));
    const settings = ["aws.loadBalancer=nlb", "canaryWeight=25"];
    const lines = await takenOut(settings, { "aws:assumeRoles": JSON.stringify(roles) });
    assert.match(lines, /^export \$\(aws .*role\/entry .*\)\nexport \$\(aws .*role\/deploy .*\)\naws /);
    const { code, stdout } = await run("status", "-s", "prod", "-c", "canaryWeight=0");
    assert.equal(code, 0, stdout);
  });

  it("takes the canary's group from a classic load balancer, once the primary's has grown", async () => {
    const lines = await takenOut(["canaryWeight=75"]);
    assert.match(
      lines,
      /^aws .* --auto-scaling-group-name myapp-[0-9a-f]{7} .*\n(aws .*\n)?# wait until 9 instances /,
    );
    const command = new DescribeAutoScalingGroupsCommand({});
    const { AutoScalingGroups } = await send<AutoScalingGroupsType>({ service: "autoscaling", command });
    const groups = (AutoScalingGroups ?? []).map((group) => [
      group.AutoScalingGroupName?.replace(/-[0-9a-f]{7}$/, ""),
      group.DesiredCapacity,
      group.LoadBalancerNames?.map((name) => name.replace(/-[0-9a-f]{7}$/, "")),
    ]);
    assert.deepEqual(groups.sort(), [
      ["myapp", 9, ["myapp"]],
      ["myapp-canary", 0, ["myapp-canary"]],
    ]);
  });
});
