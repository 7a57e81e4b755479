import assert from "node:assert/strict";
import { resolve } from "node:path";
import { dnsWeights } from "../../components/aws/dns";
import type { Manifest } from "../../components/routers";
import { readWeights } from "../../offline/shown";
import { outputsOf } from "../../offline/state";
import { observe, type Places } from "../../status";
import { type Declared, declare } from "../../status/declared";
import { StatusError } from "../../status/errors";
import { differs, type Report, reportJson } from "../../status/report";
import { reportText } from "../../status/table";
import { both, configuration } from "../stacks/migrations";
import { FakeAccount } from "./faked";

const PROJECT = resolve(__dirname, "../..");

type Raw = Record<string, unknown>;

const declared = (kubernetesWeight: number, change: Raw = {}): Promise<Declared> =>
  declare(PROJECT, configuration(both(kubernetesWeight, change)));

/** The places as they are after an update. */
const updated = (asked: Declared, find = async (manifest: Manifest) => manifest): Places => ({
  account: async () => new FakeAccount(asked),
  cluster: async () => ({ find }),
});

const rows = ({ variants }: Report) =>
  variants.map(({ variant, router, asked, effective, observed }) => [
    ...[router, variant, asked, Math.round(effective * 100) / 100],
    observed === undefined ? undefined : Math.round(observed * 100) / 100,
  ]);

const wrong = ({ facts }: Report): string[] => facts.filter(({ holds }) => !holds).map(({ what }) => what);

/** A TraefikService with another weight of the canary's. */
const shifted = async (manifest: Manifest): Promise<Manifest> =>
  JSON.parse(JSON.stringify(manifest).replaceAll('"weight":33', '"weight":10'));

describe("canary status, in a migration", function () {
  this.timeout(60_000);
  let asked: Declared;

  before(async () => {
    asked = await declared(50, { canaryWeight: 33 });
  });

  for (const kubernetesWeight of [0, 50, 100]) {
    it(`compares either side with what its own router makes of the weights, ${kubernetesWeight} % on Kubernetes`, async () => {
      const stack = await declared(kubernetesWeight, { canaryWeight: 33 });
      const report = await observe(stack, updated(stack));
      assert.deepEqual(rows(report), [
        ["classic ELB", "primary", 67, 69.23, 69.23],
        ["classic ELB", "canary", 33, 30.77, 30.77],
        ["traefik", "primary", 67, 67, 67],
        ["traefik", "canary", 33, 33, 33],
      ]);
      assert.deepEqual([wrong(report), report.unread, differs(report)], [[], [], false]);
    });
  }

  it("reads the weights of an ALB's listeners beside those of another router's objects", async () => {
    const stack = await declared(50, {
      canaryWeight: 33.33,
      router: "nginx",
      traefik: { install: false },
      aws: { loadBalancer: "alb" },
    });
    const report = await observe(stack, updated(stack));
    assert.deepEqual(rows(report), [
      ["ALB listener", "primary", 66.67, 66.67, 66.67],
      ["ALB listener", "canary", 33.33, 33.33, 33.33],
      ["nginx", "primary", 66.67, 66.67, 66.67],
      ["nginx", "canary", 33.33, 33.33, 33.33],
    ]);
    assert.equal(differs(report), false);
  });

  it("tells of a difference on Kubernetes alone, even while DNS leads nobody there", async () => {
    const stack = await declared(0, { canaryWeight: 33 });
    const report = await observe(stack, updated(stack, shifted));
    assert.deepEqual(
      rows(report).map(([router, variant, , , observed]) => [router, variant, observed]),
      [
        ["classic ELB", "primary", 69.23],
        ["classic ELB", "canary", 30.77],
        ["traefik", "primary", 87.01],
        ["traefik", "canary", 12.99],
      ],
    );
    assert.deepEqual(wrong(report), ["TraefikService myapp: weight of myapp-canary"]);
    assert.equal(differs(report), true);
  });

  it("tells of a difference on AWS alone", async () => {
    const account = new FakeAccount(asked);
    for (let i = 0; i < 4; i++) account.outOfService.add(`i-myapp-canary-${i}`);
    const report = await observe(asked, { ...updated(asked), account: async () => account });
    assert.deepEqual(
      rows(report).map(([, , , , observed]) => observed),
      [100, 0, 67, 33],
    );
    assert.equal(differs(report), true);
  });

  it("tells of routing objects that the cluster does not have", async () => {
    const report = await observe(asked, {
      ...updated(asked),
      cluster: async () => ({ find: async () => undefined }),
    });
    assert.deepEqual(wrong(report), ["TraefikService myapp"]);
    assert.match(reportText(report, false), /canary +\S+ +traefik +33 % +33 % +none !\n/);
  });

  it("has both sides in JSON", async () => {
    const { weights } = reportJson(await observe(asked, updated(asked))) as { weights: object[] };
    const canary = { app: "myapp", variant: "canary", asked: 33, seen: true };
    assert.deepEqual(
      weights.filter((each) => "variant" in each && each.variant === "canary"),
      [
        {
          ...canary,
          version: "ami-0b1c2d3e4f5061728",
          router: "classic ELB",
          effective: 30.77,
          observed: 30.77,
        },
        {
          ...canary,
          version: "registry.example.com/myapp:1.1.0",
          router: "traefik",
          effective: 33,
          observed: 33,
        },
      ],
    );
  });

  const refuse = (line: string) => () => Promise.reject(new StatusError(line));

  it("says which side is not seen and why, and that not all could be read", async () => {
    const report = await observe(asked, { ...updated(asked), cluster: refuse("no cluster: set KUBECONFIG") });
    const text = reportText(report, false);
    assert.match(text, /primary +\S+ +classic ELB +67 % +69\.23 % +69\.23 %\n/);
    assert.match(text, /primary +\S+ +traefik +67 % +67 % +not seen !\n/);
    assert.match(text, /\nNot seen: the cluster's routing objects: no cluster: set KUBECONFIG\n/);
    assert.match(text, /\nNot all could be read\n$/);
    assert.equal(differs(report), true);

    const other = await observe(asked, { ...updated(asked), account: refuse("AWS, groups: ExpiredToken") });
    assert.match(reportText(other, false), /primary +\S+ +classic ELB +67 % +69\.23 % +not seen !\n/);
    assert.deepEqual(other.unread, ["what AWS has: AWS, groups: ExpiredToken"]);
  });

  it("is an error that says why of both where neither side can be read", async () => {
    const nothing = { account: refuse("AWS, groups: ExpiredToken"), cluster: refuse("no cluster") };
    await assert.rejects(observe(asked, nothing), new StatusError("AWS, groups: ExpiredToken\nno cluster"));
  });

  it("takes for effective what comes, shared out by DNS, to the stack's own output", async () => {
    const { elb, kubernetes } = dnsWeights(50);
    const outputs = outputsOf(asked.resources);
    const [fleets, cluster] = asked.apps.map(({ weights }) => Object.fromEntries(weights));
    for (const [variant, { effective }] of Object.entries(readWeights(outputs).myapp ?? {})) {
      const [before, after] = [fleets?.[variant]?.effective ?? 0, cluster?.[variant]?.effective ?? 0];
      const blend = (before * elb + after * kubernetes) / (elb + kubernetes);
      assert.ok(Math.abs(blend - effective) < 0.006, `${variant}: ${blend}, ${effective}`);
    }
  });
});
