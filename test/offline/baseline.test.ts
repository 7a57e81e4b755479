import assert from "node:assert/strict";
import type { ResourceState } from "../../offline/state";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { dev } from "../stacks/raw";

interface Step {
  op: string;
  urn: string;
  newState?: ResourceState;
  detailedDiff: Record<string, { kind: string }>;
}

describe("a fresh baseline beside the canary", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
    const apps = { myapp: { canaryReplicas: 2 } };
    project.stackFile("dev", dev({ apps, rollout: { baseline: "fresh" } }));
  });
  afterEach(() => project.remove());

  const changed = async (...words: string[]): Promise<Step[]> => {
    const { code, stdout, stderr } = await run("preview", "--json", "--config-path", ...words);
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { steps: Step[] }).steps.filter(({ op }) => op !== "same");
  };
  const named = ({ op, urn }: Step): string =>
    `${op} ${urn.split("::").slice(-2).join(" ").replace(/^.*\$/, "")}`;

  it("is as many pods of the primary's version as the canary has, with a Service and the canary's share", async () => {
    const { code, stdout } = await run("render", "--format", "json");
    assert.equal(code, 0);
    const resources = JSON.parse(stdout) as { name: string; type: string; inputs: Record<string, unknown> }[];
    const find = (type: string, name: string) =>
      resources.find((resource) => resource.type.endsWith(type) && resource.name === name)?.inputs;
    const { spec } = find(":Deployment", "myapp-baseline") as {
      spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
    };
    assert.deepEqual(
      [spec.replicas, spec.template.spec.containers[0]?.image],
      [2, "registry.example.com/myapp:1.0.0"],
    );
    assert.ok(find(":Service", "myapp-baseline") !== undefined);
    const route = find(":TraefikService", "myapp") as {
      spec: { weighted: { services: { name: string; weight: number }[] } };
    };
    assert.deepEqual(
      route.spec.weighted.services.map(({ name, weight }) => [name, weight]),
      [
        ["myapp", 80],
        ["myapp-canary", 10],
        ["myapp-baseline", 10],
      ],
    );
  });

  it("shifts with the canary, by the routing object alone", async () => {
    for (const weight of [25, 50, 75, 100, 0]) {
      const steps = await changed("-c", `canaryWeight=${weight}`);
      assert.deepEqual(steps.map(named), ["update kubernetes:traefik.io/v1alpha1:TraefikService myapp"]);
    }
  });

  it("starts anew when the canary does, and has a new version when the primary does", async () => {
    const canary = await changed("-c", "apps.myapp.canaryImage=registry.example.com/myapp:1.2.0");
    const deployment = "update kubernetes:apps/v1:Deployment";
    assert.deepEqual(canary.map(named).sort(), [
      `${deployment} myapp-baseline`,
      `${deployment} myapp-canary`,
    ]);
    const primary = await changed("-c", "apps.myapp.image=registry.example.com/myapp:1.0.1");
    assert.deepEqual(primary.map(named).sort(), [`${deployment} myapp`, `${deployment} myapp-baseline`]);
  });

  it("is told of with its weight", async () => {
    const { stdout } = await run("preview", "-c", "canaryWeight=25");
    assert.match(stdout, /^myapp: baseline 10 % -> 25 %, canary 10 % -> 25 % by traefik;/);
  });

  it("is nothing where the app has no canary", async () => {
    project.stackFile(
      "dev",
      dev({ apps: { myapp: { canaryImage: undefined } }, canaryWeight: 0, rollout: { baseline: "fresh" } }),
    );
    const { stdout } = await run("render", "--format", "json");
    assert.doesNotMatch(stdout, /baseline/);
  });
});
