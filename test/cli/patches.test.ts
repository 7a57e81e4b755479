import assert from "node:assert/strict";
import { parseAllDocuments, stringify } from "yaml";
import { Project } from "./project";
import { run } from "./run";

const myapp = {
  host: "myapp.example.com",
  image: "registry.example.com/myapp:1.0.0",
  canaryImage: "registry.example.com/myapp:1.1.0",
};

describe("the setting patches", () => {
  const here = process.cwd();
  let project: Project;
  before(() => {
    project = new Project();
    process.chdir(project.folder);
  });
  after(() => {
    process.chdir(here);
    project.remove();
  });

  const stack = (patches: readonly object[], more: object = {}, app: object = {}): void =>
    project.write(
      "Pulumi.dev.yaml",
      stringify({
        config: {
          "canary-traffic:canaryWeight": "10",
          "canary-traffic:apps": { myapp: { ...myapp, ...app } },
          "canary-traffic:patches": patches,
          ...more,
        },
      }),
    );

  const AWS = {
    "aws:region": "eu-west-1",
    "canary-traffic:platform": "elb",
    "canary-traffic:apps": { myapp: { host: "myapp.example.com" } },
    "canary-traffic:aws": {
      vpcId: "vpc-0a1b2c3d4e5f60718",
      amiId: "ami-0a1b2c3d4e5f60718",
      zoneId: "Z0123456789ABCDEFGHIJ",
      publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
    },
  };

  it("reaches pods, routes and what stands beside them, and leaves the rest", async () => {
    stack([]);
    const before = (await run("render")).stdout;
    stack([
      {
        target: { kind: "Deployment", name: "myapp-canary" },
        merge: {
          spec: {
            template: { spec: { containers: [{ name: "myapp", env: [{ name: "MODE", value: "new" }] }] } },
          },
        },
      },
      {
        target: { kind: "IngressRoute", name: "myapp" },
        json: [{ op: "add", path: "/spec/routes/0/middlewares", value: [{ name: "gzip" }] }],
      },
    ]);
    const after = (await run("render")).stdout;
    const objects = (text: string) => parseAllDocuments(text).map((each) => JSON.stringify(each.toJS()));
    const changed = objects(after).filter((each) => !objects(before).includes(each));
    assert.equal(changed.length, 2);
    assert.match(changed.join("\n"), /"name":"MODE","value":"new"/);
    assert.match(changed.join("\n"), /"middlewares":\[\{"name":"gzip"\}\]/);
  });

  it("keeps no canary in service: an update that goes back makes nothing of a patch without a target", async () => {
    const patch = {
      target: { kind: "Deployment", name: "nobody" },
      merge: { metadata: { labels: { a: "b" } } },
    };
    stack([patch], { "canary-traffic:adopt": { "Deployment/nobody": "web/nobody" } });
    const { code: refused, stderr: lines } = await run("preview");
    assert.match(lines, /^adopt\["Deployment\/nobody"\]: .*\npatches\[0\]\.target is /);
    assert.equal(refused, 2);
    process.env.CANARY_GOES_BACK = "true";
    try {
      const { code, stdout, stderr } = await run("preview", "-c", "canaryWeight=0");
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^myapp: canary 10 % -> 0 %/);
    } finally {
      delete process.env.CANARY_GOES_BACK;
    }
  });

  it("shows in a preview by what it changes", async () => {
    stack([
      { target: { kind: "Deployment", name: "myapp-canary" }, merge: { spec: { minReadySeconds: 5 } } },
    ]);
    const { stdout } = await run("preview", "--config-path", "-c", "patches[0].merge.spec.minReadySeconds=9");
    assert.match(stdout, /Deployment +myapp-canary +update\n +~ spec\.minReadySeconds: 5 => 9/);
  });

  it("reaches AWS's resources by their kind or type", async () => {
    stack(
      [
        {
          target: { kind: "aws:ec2/launchTemplate:LaunchTemplate" },
          merge: { monitoring: { enabled: true } },
        },
        { target: { kind: "SecurityGroup", name: "*" }, merge: { tags: { owner: "shop" } } },
      ],
      AWS,
    );
    const resources = JSON.parse((await run("render", "--format", "json")).stdout) as {
      type: string;
      inputs: object;
    }[];
    for (const [type, value] of [
      ["LaunchTemplate", '"monitoring":{"enabled":true}'],
      ["SecurityGroup", '"owner":"shop"'],
    ]) {
      const found = resources.filter((each) => each.type.endsWith(`:${type}`));
      assert.ok(found.length > 0);
      for (const { inputs } of found) assert.ok(JSON.stringify(inputs).includes(value ?? ""), type);
    }
  });

  const refusals: readonly [string, readonly object[], RegExp, object?, object?][] = [
    [
      "no such kind",
      [{ target: { kind: "Deploymnt" }, merge: {} }],
      /^patches\[0\]\.target is .*; allowed: of a resource that there is: Namespace\/myapp, /,
    ],
    [
      "no such name",
      [{ target: { kind: "Deployment", name: "shop" }, merge: {} }],
      /^patches\[0\]\.target is .*; allowed: of a resource that there is: Deployment\/myapp, Deployment\/myapp-canary$/,
    ],
    [
      "a weight",
      [
        {
          target: { kind: "TraefikService" },
          merge: { spec: { weighted: { services: [{ name: "myapp", port: 80, weight: 1 }] } } },
        },
      ],
      /^patches\[0\]\.merge is .*; allowed: other fields of TraefikService\/myapp than those that carry its weights: weights are the settings' to say$/,
    ],
    [
      "a weight by a JSON patch",
      [
        {
          target: { kind: "TraefikService" },
          json: [{ op: "replace", path: "/spec/weighted/services/0/weight", value: 7 }],
        },
      ],
      /^patches\[0\]\.json is .*carry its weights/,
    ],
    [
      "pods that are the weight",
      [{ target: { kind: "Deployment", name: "myapp" }, merge: { spec: { replicas: 9 } } }],
      /^patches\[0\]\.merge is .*than spec\.replicas: /,
      {},
      { router: "replicas" },
    ],
    [
      "whom a Service leads to",
      [{ target: { kind: "Service", name: "myapp" }, merge: { spec: { selector: { a: "b" } } } }],
      /^patches\[0\]\.merge is .*than spec\.selector: /,
    ],
    [
      "instances that are the weight",
      [{ target: { kind: "Group" }, merge: { minSize: 9 } }],
      /^patches\[0\]\.merge is .*than minSize: /,
      AWS,
    ],
    [
      "a weighted record",
      [{ target: { kind: "Record" }, merge: { weightedRoutingPolicies: [] } }],
      /^patches\[0\]\.merge is .*than weightedRoutingPolicies: /,
      AWS,
    ],
    [
      "a path that is not there",
      [{ target: { kind: "TraefikService" }, json: [{ op: "remove", path: "/metadata/annotations/a" }] }],
      /^patches\[0\]\.json is .*; allowed: for TraefikService\/myapp, a path that is there: \/metadata\/annotations\/a has no annotations/,
    ],
    [
      "neither merge nor json",
      [{ target: { kind: "Service" } }],
      /^patches\[0\] is .*; allowed: with merge or json, one of them$/,
    ],
    [
      "both",
      [{ target: { kind: "Service" }, merge: {}, json: [{ op: "remove", path: "/a" }] }],
      /^patches\[0\] is .*; allowed: with merge or json/,
    ],
    [
      "no value",
      [{ target: { kind: "Service" }, json: [{ op: "add", path: "/a" }] }],
      /^patches\[0\]\.json\[0\]\.value is missing: set it to a value, with op add$/,
    ],
    [
      "a pointer that is none",
      [{ target: { kind: "Service" }, json: [{ op: "remove", path: "spec" }] }],
      /^patches\[0\]\.json\[0\]\.path is "spec"; allowed: a JSON pointer/,
    ],
  ];
  for (const [title, patches, line, more, app] of refusals) {
    it(`is refused with ${title}`, async () => {
      stack(patches, more, app);
      const { code, stderr } = await run("preview");
      assert.match(stderr, new RegExp(line.source, "m"));
      assert.equal(code, 2);
    });
  }
});
