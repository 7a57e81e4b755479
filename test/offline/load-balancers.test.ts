import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { readConfiguration } from "../../offline/configuration";
import { deployed, isChange, preview as offline } from "../../offline/preview";
import { PROJECT, Project } from "../cli/project";
import { run } from "../cli/run";

const documented = readFileSync(resolve(PROJECT, "docs/aws.md"), "utf8");
const filed: Record<string, unknown> = Object.fromEntries(
  Object.entries(
    parse(readFileSync(resolve(__dirname, "../fixtures/elb/Pulumi.prod.yaml"), "utf8")).config,
  ).map(([key, value]) => [key.replace("canary-traffic:", ""), value]),
);

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff?: Record<string, unknown>;
}

describe("a preview of load balancers", () => {
  let project: Project;
  /** Files the production stack with other settings. */
  const file = (aws: Record<string, unknown>, more: Record<string, unknown> = {}): void =>
    project.stackFile("prod", { ...filed, ...more, aws: { ...(filed.aws as object), ...aws } });
  const preview = async (...words: string[]) => run("preview", "-s", "prod", ...words);
  const steps = async (...words: string[]): Promise<string[]> => {
    const { stdout } = await preview("--json", ...words);
    return (JSON.parse(stdout) as { steps: Step[] }).steps
      .filter(({ op }) => op !== "same")
      .map(({ op, urn }) => `${op} ${urn.split("::").slice(2).join("::").split("$").at(-1)}`);
  };
  const toAlb = ["-c", "aws.loadBalancer=alb", "-c", "aws.formerLoadBalancer=classic", "--config-path"];

  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  for (const kind of ["alb", "nlb"]) {
    it(`is behind an ${kind.toUpperCase()} of the listener alone when the weight changes, as documented`, async () => {
      file({ loadBalancer: kind });
      const { code, stdout } = await preview("-c", "canaryWeight=25");
      assert.equal(code, 0);
      assert.deepEqual(await steps("-c", "canaryWeight=25"), ["update aws:lb/listener:Listener::myapp-80"]);
      if (kind === "alb") assert.ok(documented.includes(stdout.trim()), stdout);
    });
  }

  it("makes the new load balancer, then moves groups and records, and takes nothing away, as documented", async () => {
    file({});
    const { code, stdout } = await preview(...toAlb);
    assert.equal(code, 0);
    assert.ok(documented.includes(stdout.trim()), stdout);
    const found = await steps(...toAlb);
    const at = (step: string): number => {
      assert.ok(found.includes(step), step);
      return found.indexOf(step);
    };
    assert.ok(
      at("create aws:lb/listener:Listener::myapp-80") < at("update aws:autoscaling/group:Group::myapp") &&
        at("update aws:autoscaling/group:Group::myapp") < at("update aws:route53/record:Record::myapp"),
    );
    assert.ok(found.every((step) => /^(create|update) /.test(step)));
  });

  it("takes the former ones away last, once groups have left them, and not while they are protected", async () => {
    const settle = async (protect: boolean) => {
      file({ loadBalancer: "alb", formerLoadBalancer: "classic" }, { protect });
      const olds = await deployed(project.folder, readConfiguration(project.folder, "prod"));
      file({ loadBalancer: "alb" }, { protect });
      return offline(project.folder, readConfiguration(project.folder, "prod"), olds);
    };
    const { steps, refusals } = await settle(false);
    assert.deepEqual(refusals, []);
    assert.deepEqual(
      steps
        .filter(isChange)
        .map(({ op, type, name, detailedDiff }) => [op, type, name, Object.keys(detailedDiff)]),
      [
        ["update", "aws:autoscaling/group:Group", "myapp-canary", ["loadBalancers[0]"]],
        ["update", "aws:autoscaling/group:Group", "myapp", ["loadBalancers[0]"]],
        ["delete", "aws:elb/loadBalancer:LoadBalancer", "myapp-canary", []],
        ["delete", "aws:elb/loadBalancer:LoadBalancer", "myapp", []],
      ],
    );
    assert.equal((await settle(true)).refusals.length, 2);
  });
});
