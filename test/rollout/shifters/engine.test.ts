import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Weights } from "../../../analysis/plan";
import { readSettings } from "../../../cli/settings";
import { readConfiguration } from "../../../offline/configuration";
import type { Digests } from "../../../rollout/machine/ports";
import { EngineShifter } from "../../../rollout/shifters/engine";
import type { Engine } from "../../../rollout/shifters/pulumi";

const NEVER = new AbortController().signal;
const PROJECT = join(__dirname, "../../..");
const TARGET = { app: "myapp", canary: "canary" };
const KEY = "myapp/canary";

const ELB = (weight: number): string => `config:
  canary-traffic:platform: elb
  canary-traffic:apps:
    myapp:
      host: myapp.example.com
      canaryWeight: ${weight} # percent
  canary-traffic:aws:
    vpcId: vpc-0a1b2c3d4e5f60718
    publicSubnetIds: [subnet-0a1b2c3d4e5f60718, subnet-0b1c2d3e4f5061728]
    amiId: ami-0a1b2c3d4e5f60718
    canaryAmiId: ami-0b1c2d3e4f5061728
    instanceType: m7g.large
    fleetSize: 9
    zoneId: Z0123456789ABCDEFGHIJ
`;

const MANIFEST = (weight: number): string => `config:
  canary-traffic:platform: kubernetes
  canary-traffic:apps:
    myapp:
      host: myapp.example.com
      manifest: api.yaml
      namespace: shop
      canaryImage: registry.example.com/api:1.1.0
      canaryWeight: ${weight}
`;

describe("Pulumi's engine as a shifter, with a stand-in for it", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-shifter-"));
    copyFileSync(join(PROJECT, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (): string => join(folder, "Pulumi.dev.yaml");

  /** A stack on classic load balancers, and what its engine was asked for: the weight in the file, and the targets. */
  function classic(
    weight: number,
    since?: Digests,
    failure?: Error,
    stackFile = ELB,
  ): { shifter: EngineShifter; updates: unknown[] } {
    writeFileSync(file(), stackFile(weight));
    const updates: unknown[] = [];
    const engine: Engine = {
      exportState: async () => checkpoint(weight, stackFile === MANIFEST),
      up: async ({ message, targets, refresh }) => {
        const [, filed] = readFileSync(file(), "utf8").match(/canaryWeight: (\S+)/) ?? [];
        if (failure !== undefined) throw failure;
        if (refresh) updates.push("read anew");
        updates.push([message, filed, targets?.map((urn) => urn.split("::").at(-1))]);
      },
      recover: async () => {},
    };
    const configuration = readConfiguration(folder, "dev");
    const shifter = new EngineShifter({
      folder,
      configuration,
      settings: readSettings(configuration),
      targets: [TARGET],
      engine,
      readers: { cluster: undefined, account: undefined },
      since,
      clock: { now: Date.now, elapsed: Date.now, sleep: async (ms) => void updates.push(`waited ${ms} ms`) },
    });
    return { shifter, updates };
  }

  const zero: Weights = { [KEY]: 0 };

  it("takes a classic load balancer from above 50 % to 0 by way of 50, its groups alone", async () => {
    const { shifter, updates } = classic(80);
    await shifter.rollBack(zero, "back", NEVER);
    const groups = ["myapp", "myapp-canary"];
    assert.deepEqual(updates, [
      ["back, by way of 50 %", "50", groups],
      "waited 20000 ms",
      ["back", "0", groups],
    ]);
  });

  it("takes it from 50 % to 0 at once", async () => {
    const { shifter, updates } = classic(50);
    await shifter.rollBack(zero, "back", NEVER);
    assert.deepEqual(updates, [["back", "0", ["myapp", "myapp-canary"]]]);
  });

  it("has the state read anew where it is at 0 and users are not, as an update was cut off between the two", async () => {
    const { shifter, updates } = classic(0);
    shifter.observed = async () => ({ [KEY]: 10 });
    await shifter.rollBack(zero, "back", NEVER);
    assert.deepEqual(updates, ["read anew", ["back", "0", ["myapp", "myapp-canary"]]]);
  });

  it("does not where both are at 0", async () => {
    const { shifter, updates } = classic(0);
    await shifter.rollBack(zero, "back", NEVER);
    assert.deepEqual(updates, [["back", "0", ["myapp", "myapp-canary"]]]);
  });

  it("goes back from the last text that made sense where the settings in the file are refused meanwhile", async () => {
    const { shifter, updates } = classic(40);
    const broken = ELB(40).replace("fleetSize: 9", "fleetSize: -1");
    writeFileSync(file(), broken);
    chmodSync(file(), 0o600);
    await assert.rejects(shifter.apply({ [KEY]: 60 }, "step", NEVER), /aws\.fleetSize is -1/);
    assert.equal(readFileSync(file(), "utf8"), broken);
    await shifter.rollBack(zero, "back", NEVER);
    assert.deepEqual(updates, [["back", "0", ["myapp", "myapp-canary"]]]);
    assert.equal(readFileSync(file(), "utf8"), ELB(0));
    assert.equal(readFileSync(`${file()}.unreadable`, "utf8"), broken);
    assert.equal(statSync(`${file()}.unreadable`).mode & 0o777, 0o600);
  });

  it("goes back by the manifest as it was where it makes no sense meanwhile", async () => {
    const here = process.cwd();
    process.chdir(folder);
    try {
      const manifest = join(folder, "api.yaml");
      copyFileSync(join(PROJECT, "test/fixtures/api.yaml"), manifest);
      const right = readFileSync(manifest, "utf8");
      const { shifter, updates } = classic(40, undefined, undefined, MANIFEST);
      for (const read of ["applied", "observed"] as const) shifter[read] = async () => ({ [KEY]: 40 });
      writeFileSync(manifest, "kind: [");
      await shifter.rollBack(zero, "back", NEVER);
      assert.deepEqual(updates, [["back", "0", ["route"]]]);
      assert.equal(readFileSync(manifest, "utf8"), right);
      assert.equal(readFileSync(`${manifest}.unreadable`, "utf8"), "kind: [");
      assert.equal(readFileSync(file(), "utf8"), MANIFEST(0));
    } finally {
      process.chdir(here);
    }
  });

  it("leaves the applied weight in the stack file where the update to another failed", async () => {
    const { shifter } = classic(10, undefined, new Error("incorrect passphrase"));
    await assert.rejects(shifter.apply({ [KEY]: 25 }, "step", NEVER), /^Error: incorrect passphrase$/);
    assert.equal(readFileSync(file(), "utf8"), ELB(10));
    assert.deepEqual(await shifter.changedByHand(), []);
  });

  it("takes the applied weight from the state, whatever the stack file says", async () => {
    const { shifter } = classic(30);
    writeFileSync(file(), ELB(60));
    assert.deepEqual(await shifter.applied(), { [KEY]: 30 });
  });

  it("tells its own writes from those of others", async () => {
    const { shifter } = classic(10);
    await shifter.apply({ [KEY]: 25 }, "step", NEVER);
    assert.deepEqual(await shifter.changedByHand(), []);
    assert.equal(readFileSync(file(), "utf8"), ELB(25));
    writeFileSync(file(), ELB(40));
    assert.deepEqual(await shifter.changedByHand(), ["the canary's weight"]);
    writeFileSync(file(), ELB(25).replace("fleetSize: 9", "fleetSize: 8"));
    assert.deepEqual(await shifter.changedByHand(), ["canary-traffic:aws"]);
  });

  it("tells what was changed since the rollout began, by digests, however long ago that was", async () => {
    const { shifter } = classic(10);
    const since = JSON.parse(JSON.stringify(shifter.configuration));
    assert.doesNotMatch(JSON.stringify(since), /myapp\.example\.com|ami-/);
    assert.deepEqual(await classic(25, since).shifter.changedByHand(), []);
    const later = classic(25, since).shifter;
    writeFileSync(file(), ELB(25).replace("fleetSize: 9", "fleetSize: 8"));
    assert.deepEqual(await later.changedByHand(), ["canary-traffic:aws"]);
  });

  it("lets the way in which a rollout judges be changed, which nothing that is deployed depends on", async () => {
    const { shifter } = classic(10);
    const rollout = "  canary-traffic:rollout:\n    bakeSeconds: 60\n";
    writeFileSync(file(), `${ELB(10)}${rollout}`);
    assert.deepEqual(await shifter.changedByHand(), []);
  });
});

const urn = (type: string, name: string): string => `urn:pulumi:dev::canary-traffic::${type}::${name}`;

const ROUTE = "kubernetes:traefik.io/v1alpha1:TraefikService";

function checkpoint(weight: number, isOnKubernetes: boolean): string {
  const fleet = urn("canary-traffic:aws:CanaryFleet", "myapp");
  const app = urn("canary-traffic:kubernetes:CanaryApp", "myapp");
  const child = (type: string, name: string) => ({
    urn: urn(`canary-traffic:aws:CanaryFleet$${type}`, name),
    type,
    custom: true,
    parent: fleet,
  });
  const weights = {
    myapp: {
      primary: { asked: 100 - weight, effective: 100 - weight },
      canary: { asked: weight, effective: weight },
    },
  };
  const resources = [
    {
      urn: urn("pulumi:pulumi:Stack", "canary-traffic-dev"),
      type: "pulumi:pulumi:Stack",
      outputs: { weights },
    },
    { urn: fleet, type: "canary-traffic:aws:CanaryFleet" },
    child("aws:elb/loadBalancer:LoadBalancer", "myapp"),
    child("aws:ec2/launchTemplate:LaunchTemplate", "myapp"),
    child("aws:autoscaling/group:Group", "myapp"),
    child("aws:autoscaling/group:Group", "myapp-canary"),
    ...(isOnKubernetes
      ? [
          { urn: app, type: "canary-traffic:kubernetes:CanaryApp" },
          {
            urn: urn(`canary-traffic:kubernetes:CanaryApp$${ROUTE}`, "route"),
            type: ROUTE,
            custom: true,
            parent: app,
            inputs: { kind: "TraefikService" },
          },
        ]
      : []),
  ];
  return JSON.stringify({ version: 3, deployment: { resources } });
}
