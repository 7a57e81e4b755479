import assert from "node:assert/strict";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { type Adopted, adoptFromAws } from "../../adoption";
import { readConfiguration } from "../../offline/configuration";
import { Project } from "../cli/project";
import { accountOf, dnsName, shop, weighted, ZONE } from "./theirs";

const HOST = "shop.example.com";

const cname = (to: string, own: Partial<ResourceRecordSet>): ResourceRecordSet => ({
  Name: `${HOST}.`,
  Type: "CNAME",
  TTL: 60,
  ResourceRecords: [{ Value: to }],
  ...own,
});

const alias = (Type: "A" | "AAAA", own: Partial<ResourceRecordSet> = {}, to = "shop"): ResourceRecordSet => ({
  Name: `${HOST}.`,
  Type,
  AliasTarget: {
    DNSName: `dualstack.${dnsName(to)}.`,
    HostedZoneId: "Z32O12XQLNTSW2",
    EvaluateTargetHealth: true,
  },
  ...own,
});

/** Records beside which the program can have none of its own, and what is said of them. */
const IN_THE_WAY: readonly { title: string; records: ResourceRecordSet[]; zone?: string; said: RegExp }[] = [
  {
    title: "a weighted record that leads elsewhere",
    records: [
      { ...weighted(HOST, "shop"), Weight: 10 },
      cname("d111.cloudfront.net", { SetIdentifier: "cdn", Weight: 90 }),
    ],
    said: /CNAME "blue", weighted 10, to shop-\S+; CNAME "cdn", weighted 90, to d111\.cloudfront\.net.* shares/,
  },
  {
    title: "a weighted alias that leads elsewhere, of the zone's own name",
    zone: `${HOST}.`,
    records: [
      alias("A", { SetIdentifier: "blue", Weight: 10 }),
      alias("A", { SetIdentifier: "cdn", Weight: 90 }, "elsewhere"),
    ],
    said: /A "blue", weighted 10, .*A "cdn", weighted 90, to elsewhere.* shares/,
  },
  {
    title: "a weighted record for each of two load balancers",
    records: [weighted(HOST, "shop"), { ...weighted(HOST, "another"), SetIdentifier: "green", Weight: 3 }],
    said: /CNAME "blue", weighted 100, to shop-\S+; CNAME "green", weighted 3, to another-\S+.* shares/,
  },
  {
    title: "a record of text, beside which no CNAME can be",
    records: [alias("A"), { Name: `${HOST}.`, Type: "TXT", TTL: 60, ResourceRecords: [{ Value: '"v=1"' }] }],
    said: /A to shop-\S+: there can be no CNAME beside its TXT record/,
  },
  {
    title: "latency records",
    records: [
      cname(dnsName("shop"), { SetIdentifier: "eu", Region: "eu-west-1" }),
      cname("shop-us.us-east-1.elb.amazonaws.com", { SetIdentifier: "us", Region: "us-east-1" }),
    ],
    said: /CNAME "eu", by latency, to shop-\S+; CNAME "us", by latency, to shop-us\S+.* no weighted record in a name of another routing policy/,
  },
  {
    title: "a latency record alone",
    records: [cname(dnsName("shop"), { SetIdentifier: "eu", Region: "eu-west-1" })],
    said: /CNAME "eu", by latency.* no weighted record in a name of another routing policy/,
  },
  {
    title: "failover records",
    records: [
      cname(dnsName("shop"), { SetIdentifier: "first", Failover: "PRIMARY" }),
      cname("sorry.example.com", { SetIdentifier: "second", Failover: "SECONDARY" }),
    ],
    said: /CNAME "first", by failover.* no weighted record in a name of another routing policy/,
  },
  {
    title: "a record of a traffic policy",
    records: [alias("A", { TrafficPolicyInstanceId: "7e2f" })],
    zone: `${HOST}.`,
    said: /A, by a traffic policy.* no weighted record in a name of another routing policy/,
  },
  {
    title: "IPv6 addresses elsewhere, beside which no CNAME can be",
    records: [alias("A"), { ...alias("AAAA", {}, "elsewhere") }],
    said: /A to shop-\S+; AAAA to elsewhere-\S+.* no CNAME beside/,
  },
];

describe("records of a host in AWS", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    project.stackFile("prod", { platform: "elb", apps: { shop: { host: HOST } }, aws: { zoneId: ZONE } });
  });
  afterEach(() => project.remove());

  const found = (records: ResourceRecordSet[], zone?: string): Promise<Adopted> =>
    adoptFromAws(
      project.folder,
      readConfiguration(project.folder, "prod"),
      accountOf({ ...shop, records, ...(zone !== undefined && { zone }) }),
    );

  for (const { title, records, zone, said } of IN_THE_WAY) {
    it(`are in the way, as ${title}: one line says why, and nothing of the app is taken`, async () => {
      const adoption = await found(records, zone);
      assert.deepEqual([adoption.found, adoption.settings, adoption.commands], [[], {}, []]);
      const [note = "", ...others] = adoption.notes;
      assert.deepEqual(others, []);
      assert.match(note, /^Record\/shop: shop\.example\.com has /);
      assert.match(note, said);
      assert.match(note, /nothing of shop is taken: leave one record .*, then run this again$/);
    });
  }

  it("are in the way of the whole app where one is that of a canary's host", async () => {
    project.stackFile("prod", {
      platform: "elb",
      apps: { shop: { host: HOST, canaryHost: "new.example.com" } },
      aws: { zoneId: ZONE },
    });
    const latency = cname(dnsName("another"), { SetIdentifier: "eu", Region: "eu-west-1" });
    const { found: all, notes } = await found([
      weighted(HOST, "shop"),
      { ...latency, Name: "new.example.com." },
    ]);
    assert.deepEqual(all, []);
    assert.match(notes.join("\n"), /^Record\/shop-canary: new\.example\.com has CNAME "eu", by latency/);
  });

  for (const [title, own] of [
    ["weighted", { SetIdentifier: "blue", Weight: 100 }],
    ["simple", {}],
  ] as const) {
    it(`for IPv6 of the zone's own name stay, which is said, beside a ${title} one`, async () => {
      const { notes } = await found([alias("A", own), alias("AAAA", own)], `${HOST}.`);
      const [note = "", ...others] = notes.filter((each) => /AAAA/.test(each));
      assert.deepEqual(others, []);
      assert.match(
        note,
        /^Record\/shop: AAAA .*to shop-\S+ stays as it is, outside: .*IPv6.* dns\.kubernetesWeight/,
      );
    });
  }

  it("of weight 0 stay beside the one that is taken, which is said", async () => {
    const idle = cname("old.example.net", { SetIdentifier: "old", Weight: 0 });
    const adoption = await found([weighted(HOST, "shop"), idle]);
    assert.ok(adoption.found.some(({ id }) => id.endsWith("_CNAME_blue")));
    assert.ok(
      adoption.notes.includes(
        'Record/shop: CNAME "old", weighted 0, to old.example.net stays as it is, outside, and gets users where all others are at 0',
      ),
    );
  });

  it("for IPv6 that go with an alias are named", async () => {
    const { notes } = await found([alias("A"), alias("AAAA")]);
    const [note = "", ...others] = notes.filter((each) => /AAAA/.test(each));
    assert.deepEqual(others, []);
    assert.match(note, /takes away AAAA to shop-\S+/);
  });

  it("are all named where none leads to a load balancer", async () => {
    const { notes } = await found([cname("d111.cloudfront.net", {})]);
    assert.deepEqual(notes, [
      "Record/shop: which load balancer shop.example.com is at can't be told: no record leads to one; " +
        "there is CNAME to d111.cloudfront.net",
    ]);
  });

  it("of other types are nobody's business", async () => {
    const mail: ResourceRecordSet = { Name: `${HOST}.`, Type: "MX", ResourceRecords: [{ Value: "10 mx" }] };
    const { notes } = await found([alias("A", { SetIdentifier: "blue", Weight: 1 }), mail], `${HOST}.`);
    assert.ok(!notes.some((note) => /MX|mx/.test(note)));
  });
});
