import assert from "node:assert/strict";
import { readConfiguration } from "../../offline/configuration";
import { deployed, preview } from "../../offline/preview";
import type { Op, Step } from "../../offline/step";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { dev, prod } from "./raw";

const ids = {
  "LoadBalancer/myapp": "shop",
  "Group/myapp": "shop-fleet",
  "SecurityGroup/myapp-elb": "sg-0a1b2c3d4e5f60718",
  "SecurityGroupIngressRule/myapp-elb-from-ipv4-80": "sgr-0a1b2c3d4e5f60718",
  "LaunchTemplate/myapp": "lt-0a1b2c3d4e5f60718",
  "Record/myapp": "Z0123456789ABCDEFGHIJ_myapp.example.com_CNAME_blue_1",
};

describe("the setting adopt", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  const file = (adopt: Record<string, string>, aws = {}) => project.stackFile("prod", prod({ adopt, aws }));
  const steps = async (): Promise<readonly Step[]> =>
    (await preview(project.folder, readConfiguration(project.folder, "prod"), [])).steps;
  const label = ({ type, name }: Step): string => `${type.split(":").at(-1)}/${name}`;

  it("imports each resource by its id, and nothing else", async () => {
    file(ids);
    const imported = (await steps()).filter(({ op }) => op === "import");
    assert.deepEqual(Object.fromEntries(imported.map((step) => [label(step), step.fresh?.id])), ids);
  });

  it("keeps the names that they have: by the id, or by leaving the name alone", async () => {
    file(ids);
    const all = await steps();
    const of = (wanted: string) => all.find((step) => label(step) === wanted)?.fresh;
    assert.equal(of("LoadBalancer/myapp")?.inputs.name, "shop");
    assert.equal(of("Group/myapp")?.inputs.name, "shop-fleet");
    assert.equal(of("Record/myapp")?.inputs.setIdentifier, "blue_1");
    assert.deepEqual(of("SecurityGroup/myapp-elb")?.ignoreChanges, ["name", "namePrefix", "description"]);
    assert.deepEqual(of("LaunchTemplate/myapp")?.ignoreChanges, ["name", "namePrefix"]);
  });

  it("takes names and ARNs of an ALB's parts, too", async () => {
    const arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
    const alb = {
      "LoadBalancer/myapp": `${arn}:loadbalancer/app/shop/50dc6c495c0c9188`,
      "TargetGroup/myapp": `${arn}:targetgroup/shop-blue/20cfe21448b66314`,
      "Listener/myapp-80": `${arn}:listener/app/shop/50dc6c495c0c9188/9ab28ade35828f96`,
    };
    file(alb, { loadBalancer: "alb" });
    const imported = (await steps()).filter(({ op }) => op === "import");
    const names = imported.map((step) => [label(step), step.fresh?.inputs.name]);
    assert.deepEqual(Object.fromEntries(names), {
      "LoadBalancer/myapp": "shop",
      "TargetGroup/myapp": "shop-blue",
      "Listener/myapp-80": undefined,
    });
  });

  it("changes nothing once they are imported", async () => {
    file(ids);
    const configuration = readConfiguration(project.folder, "prod");
    const olds = await deployed(project.folder, configuration);
    const ops = new Set<Op>((await preview(project.folder, configuration, olds)).steps.map(({ op }) => op));
    assert.deepEqual([...ops], ["same"]);
  });

  it("shows in the text of a preview, with what that can't know", async () => {
    file(ids);
    project.write("empty.json", JSON.stringify({ version: 3, deployment: {} }));
    const { stdout } = await run("preview", "-s", "prod", "--state", "empty.json");
    assert.match(stdout, /^ = {6}├─ aws:elb\/loadBalancer:LoadBalancer +myapp +import$/m);
    assert.match(
      stdout,
      /^ {4}whether imports match what is there, the engine's own preview alone can tell$/m,
    );
  });

  it("takes a Kubernetes object over by the name that the program gives it, and no other", async () => {
    project.stackFile("prod", dev({ adopt: { "Service/myapp": "myapp/myapp" } }));
    const imported = (await steps()).filter(({ op }) => op === "import");
    assert.deepEqual(imported.map(label), ["Service/myapp"]);
    project.stackFile("prod", dev({ adopt: { "Service/myapp": "shop/web" } }));
    const { code, stderr } = await run("render", "-s", "prod");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^adopt\["Service\/myapp"\] is "shop\/web"; allowed: myapp\/myapp, as the program names it/,
    );
  });

  it("leads a Service to the program's pods once they are ready", async () => {
    project.stackFile("prod", dev({ adopt: { "Service/myapp": "myapp/myapp" } }));
    const all = await steps();
    const waitsFor = (wanted: string) =>
      all.find((step) => label(step) === wanted)?.fresh?.dependencies ?? [];
    const deployment = all.find((step) => label(step) === "Deployment/myapp")?.urn ?? "";
    assert.ok(waitsFor("Service/myapp").includes(deployment));
    assert.ok(!waitsFor("Service/myapp-canary").some((urn) => /:Deployment::/.test(urn)));
  });

  const refused: Record<string, [adopt: Record<string, string>, line: RegExp]> = {
    "of no resource, with those that there are": [
      { "Group/myap": "shop" },
      /^adopt\["Group\/myap"\]: no such key, did you mean Group\/myapp\? allowed: Group\/myapp, .*\n$/,
    ],
    "of several resources, with their keys": [
      { myapp: "shop" },
      /^adopt\.myapp is "shop"; allowed: as a key, one of LoadBalancer\/myapp, LaunchTemplate\/myapp, Group\/myapp, Record\/myapp\n$/,
    ],
    "of a resource that another entry is of": [
      { "Group/myapp": "shop", "aws:autoscaling/group:Group/myapp": "blog" },
      /^adopt\["aws:autoscaling\/group:Group\/myapp"\] is "blog"; allowed: one entry for a resource\n$/,
    ],
    "with an id that its type can't have": [
      { "SecurityGroup/myapp-elb": "shop" },
      /^adopt\["SecurityGroup\/myapp-elb"\] is "shop"; allowed: a security group id such as sg-\w+\n$/,
    ],
    "of a record that is not weighted": [
      { "Record/myapp": "Z0123456789ABCDEFGHIJ_myapp.example.com_CNAME" },
      /allowed: ZONE_NAME_TYPE_SETID of a weighted record such as /,
    ],
  };
  for (const [title, [adopt, line]] of Object.entries(refused)) {
    it(`refuses an entry ${title}`, async () => {
      file(adopt);
      const { code, stdout, stderr } = await run("preview", "-s", "prod");
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, line);
    });
  }

  it("finds a resource by its name alone where that is one's, and by its whole type", async () => {
    file({ "myapp-instances": "sg-0a1b2c3d4e5f60718", "aws:autoscaling/group:Group/myapp": "shop" });
    const imported = (await steps()).filter(({ op }) => op === "import");
    assert.deepEqual(imported.map(label).sort(), ["Group/myapp", "SecurityGroup/myapp-instances"]);
  });

  it("keeps no later stack of the same command waiting when it refuses, warnings or not", async () => {
    project.stackFile("dev", dev({ router: "replicas", adopt: { "Deployment/nobody": "web/nobody" } }));
    await assert.rejects(deployed(project.folder, readConfiguration(project.folder, "dev")), /no such key/);
    file(ids);
    assert.ok((await steps()).length > 10);
  });
});
