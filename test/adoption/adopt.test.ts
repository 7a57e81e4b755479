import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { parse, stringify } from "yaml";
import { type Adopted, adoptFromAws } from "../../adoption";
import { foundLabel } from "../../adoption/found";
import { adoptionText } from "../../cli/adopt";
import { awsTypes } from "../../components/aws/types";
import { readConfiguration } from "../../offline/configuration";
import { Project } from "../cli/project";
import { accountOf, balancer, dnsName, group, NODES, shop, type Theirs, weighted, ZONE } from "./theirs";

const documented = readFileSync(resolve(__dirname, "../../docs/adoption.md"), "utf8");

describe("what is found in AWS", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    const [, file] = /```yaml\n(config:\n.*?)```/s.exec(documented) ?? [];
    assert.ok(file !== undefined);
    project.write("Pulumi.prod.yaml", file);
  });
  afterEach(() => project.remove());

  const found = (change: Partial<Theirs> = {}): Promise<Adopted> =>
    adoptFromAws(
      project.folder,
      readConfiguration(project.folder, "prod"),
      accountOf({ ...shop, ...change }),
    );
  const labels = ({ found }: Adopted): string[] => found.map(foundLabel);

  it("becomes settings, as documented", async () => {
    const text = adoptionText(await found());
    assert.ok(documented.includes(text), text);
  });

  it("starts at the record of the host: other load balancers and groups are left alone", async () => {
    const { found: all } = await found();
    assert.deepEqual(
      all.filter(({ id }) => ["x", "another"].includes(id)),
      [],
    );
  });

  it("is said, not guessed, where several groups may be the primary's", async () => {
    const groups = [...shop.groups, group("shop-blue", 9, 9, ["shop"])];
    const adoption = await found({ groups });
    assert.deepEqual(
      adoption.notes.filter((note) => note.startsWith("Group/")),
      ["Group/shop: which is the primary's can't be told: shop, shop-blue; made anew"],
    );
    assert.ok(labels(adoption).includes("Group/shop-canary") && !labels(adoption).includes("Group/shop"));
  });

  it("takes no record that is not weighted, and all that it leads to", async () => {
    const { SetIdentifier: _, Weight: __, ...simple } = weighted("shop.example.com", "shop");
    const adoption = await found({ records: [simple] });
    assert.ok(!labels(adoption).includes("Record/shop") && labels(adoption).includes("LoadBalancer/shop"));
    assert.ok(
      adoption.notes.some((note) => /^Record\/shop: the CNAME record .* is no weighted CNAME/.test(note)),
    );
  });

  /** The batch of changes in the command that is printed. */
  async function batch(records: ResourceRecordSet[], zone?: string): Promise<object> {
    const [command = "", ...others] = (await found({ records, ...(zone && { zone }) })).commands;
    assert.deepEqual(others, []);
    const [, id, changes = ""] = /--hosted-zone-id (\S+) --change-batch '(.*)'$/.exec(command) ?? [];
    assert.equal(id, ZONE);
    return JSON.parse(changes).Changes;
  }

  it("tells how a simple record becomes a weighted one, in one request", async () => {
    const { SetIdentifier: _, Weight: __, ...simple } = weighted("shop.example.com", "shop");
    assert.deepEqual(await batch([simple]), [
      { Action: "DELETE", ResourceRecordSet: simple },
      {
        Action: "CREATE",
        ResourceRecordSet: {
          Name: "shop.example.com",
          Type: "CNAME",
          SetIdentifier: "elb",
          Weight: 100,
          TTL: 60,
          ResourceRecords: [{ Value: dnsName("shop") }],
        },
      },
    ]);
  });

  it("tells how aliases become a CNAME, but that of the zone's own name", async () => {
    const AliasTarget = {
      DNSName: `dualstack.${dnsName("shop")}.`,
      HostedZoneId: "Z32O12XQLNTSW2",
      EvaluateTargetHealth: true,
    };
    const aliases = (["A", "AAAA"] as const).map((Type) => ({
      Name: "shop.example.com.",
      Type,
      AliasTarget,
    }));
    assert.deepEqual(await batch(aliases), [
      ...aliases.map((ResourceRecordSet) => ({ Action: "DELETE", ResourceRecordSet })),
      {
        Action: "CREATE",
        ResourceRecordSet: {
          Name: "shop.example.com",
          Type: "CNAME",
          SetIdentifier: "elb",
          Weight: 100,
          TTL: 60,
          ResourceRecords: [{ Value: dnsName("shop") }],
        },
      },
    ]);
    assert.deepEqual(await batch(aliases, "shop.example.com."), [
      { Action: "DELETE", ResourceRecordSet: aliases[0] },
      {
        Action: "CREATE",
        ResourceRecordSet: {
          Name: "shop.example.com",
          Type: "A",
          SetIdentifier: "elb",
          Weight: 100,
          AliasTarget,
        },
      },
    ]);
  });

  it("takes an alias of the zone's own name, and sets aws.zoneName", async () => {
    const alias = {
      Name: "shop.example.com.",
      Type: "A" as const,
      SetIdentifier: "blue",
      Weight: 1,
      AliasTarget: {
        DNSName: `dualstack.${dnsName("shop")}.`,
        HostedZoneId: "Z32O12XQLNTSW2",
        EvaluateTargetHealth: true,
      },
    };
    const { found: all, settings } = await found({ records: [alias], zone: "shop.example.com." });
    assert.ok(all.some(({ id }) => id === `${ZONE}_shop.example.com_A_blue`));
    assert.equal((settings["canary-traffic:aws"] as { zoneName: string }).zoneName, "shop.example.com");
  });

  it("sets what the program takes: a group of fixed size, the longest idle timeout", async () => {
    const groups = [group("shop", 9, 9, ["shop"]), group("shop-canary", 1, 1, ["shop"])];
    const { settings, notes, differences } = await found({ groups, idleTimeout: 4000 });
    const { fleetSize, maxSize, idleTimeout } = settings["canary-traffic:aws"] as Record<string, number>;
    assert.deepEqual([fleetSize, maxSize, idleTimeout], [9, 9, 4000]);
    assert.deepEqual(
      notes.filter((note) => /settings/.test(note)),
      [],
    );
    assert.ok(!differences.some((line) => /Size|idleTimeout/.test(line)), differences.join("\n"));
  });

  it("names all of a launch template that no setting can express", async () => {
    const { notes } = await found({
      launch: {
        Monitoring: { Enabled: true },
        EbsOptimized: true,
        TagSpecifications: [],
        MetadataOptions: { HttpTokens: "required", InstanceMetadataTags: "enabled" },
        BlockDeviceMappings: [
          { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 50, Iops: 6000, Throughput: 250 } },
        ],
      },
    });
    const said = notes.filter((note) => note.startsWith("LaunchTemplate/"));
    assert.equal(said.length, 2);
    assert.match(
      said[0] ?? "",
      /^LaunchTemplate\/shop: no setting has MetadataOptions\.InstanceMetadataTags, BlockDeviceMappings\.Ebs\.Iops, BlockDeviceMappings\.Ebs\.Throughput, Monitoring, EbsOptimized of lt-\w+: /,
    );
  });

  it("takes the security group of a launch template's network interface, and tells that the interface goes", async () => {
    const adoption = await found({
      launch: {
        SecurityGroupIds: undefined,
        NetworkInterfaces: [
          { DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: [NODES ?? "", "sg-0c1d2e3f405162738"] },
        ],
      },
    });
    assert.equal(
      adoption.found.find((each) => foundLabel(each) === "SecurityGroup/shop-instances")?.id,
      NODES,
    );
    assert.ok(
      adoption.notes.some((note) =>
        /^LaunchTemplate\/shop: no setting has NetworkInterfaces\.AssociatePublicIpAddress of lt-\w+: /.test(
          note,
        ),
      ),
      adoption.notes.join("\n"),
    );
    const changes = adoption.differences.filter((line) => line.startsWith("LaunchTemplate/shop:"));
    assert.deepEqual(
      changes.map((line) => line.split(" ", 2)[1]),
      ["networkInterfaces", "vpcSecurityGroupIds"],
    );
    assert.match(changes.join("\n"), /sg-0c1d2e3f405162738.* => nothing/);
  });

  it("takes an internal load balancer, instances in other subnets and their further security groups, and keeps them so", async () => {
    const subnets = ["subnet-0c1d2e3f405162738", "subnet-0d1e2f3041526374a"];
    const further = ["sg-0d1e2f3041526374a", "sg-0e1f203142536475b"];
    const elsewhere = { VPCZoneIdentifier: subnets.join(",") };
    const adoption = await found({
      balancers: [{ ...balancer("shop"), Scheme: "internal" }],
      groups: [
        { ...group("shop", 9, 18, ["shop"]), ...elsewhere },
        { ...group("shop-canary", 1, 1, ["shop"]), ...elsewhere },
      ],
      launch: { SecurityGroupIds: [NODES, ...further] },
    });
    const { internal, instanceSubnetIds, instanceSecurityGroupIds } = adoption.settings[
      "canary-traffic:aws"
    ] as Record<string, unknown>;
    assert.deepEqual([internal, instanceSubnetIds, instanceSecurityGroupIds], [true, subnets, further]);
    const lost = adoption.differences.filter((line) =>
      /: (internal|subnets|vpcZoneIdentifiers|vpcSecurityGroupIds)/.test(line),
    );
    assert.deepEqual(lost, []);
  });

  it("lists what the first update sets back, with what follows, until a patch keeps it", async () => {
    const groups = [
      {
        ...group("shop", 9, 18, ["shop"]),
        TerminationPolicies: ["OldestInstance"],
        SuspendedProcesses: [{ ProcessName: "AZRebalance" }],
        MaxInstanceLifetime: 604_800,
        CapacityRebalance: true,
        EnabledMetrics: [{ Metric: "GroupTotalInstances", Granularity: "1Minute" }],
      },
      group("shop-canary", 1, 1, ["shop"]),
    ];
    const lost = async (): Promise<string[]> =>
      (await found({ groups })).differences.filter((line) =>
        /: (termination|suspended|max|capacity|enabled)/.test(line),
      );
    assert.deepEqual((await lost()).sort(), [
      "Group/shop: capacityRebalance true => nothing; spot instances are not replaced before AWS takes them",
      'Group/shop: enabledMetrics ["GroupTotalInstances"] => nothing; CloudWatch gets these metrics no more, and alarms on them fall silent',
      "Group/shop: maxInstanceLifetime 604800 => nothing; instances are not replaced for their age any more",
      'Group/shop: suspendedProcesses ["AZRebalance"] => nothing; AWS starts these processes again',
      'Group/shop: terminationPolicies ["OldestInstance"] => nothing; AWS ends instances in its own order then',
    ]);
    const before = parse(readFileSync(join(project.folder, "Pulumi.prod.yaml"), "utf8")) as {
      config: object;
    };
    const patch = {
      target: { kind: awsTypes.group, name: "shop" },
      merge: {
        terminationPolicies: ["OldestInstance"],
        suspendedProcesses: ["AZRebalance"],
        maxInstanceLifetime: 604_800,
        capacityRebalance: true,
        enabledMetrics: ["GroupTotalInstances"],
      },
    };
    project.write(
      "Pulumi.prod.yaml",
      stringify({ config: { ...before.config, "canary-traffic:patches": [patch] } }),
    );
    assert.deepEqual(await lost(), []);
  });

  it("gives an app of another size a fleet of its own, and all the tags that all have", async () => {
    const other = { host: "other.example.com" };
    project.stackFile("prod", {
      platform: "elb",
      aws: { zoneId: ZONE },
      apps: { shop: { host: "shop.example.com" }, other },
    });
    const tags = { Owner: "shop team" };
    const tagged = (each: AutoScalingGroup): AutoScalingGroup => ({
      ...each,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: true })),
    });
    const adoption = await found({
      groups: [
        tagged(group("shop", 9, 18, ["shop"])),
        tagged(group("shop-canary", 1, 1, ["shop"])),
        tagged(group("x", 3, 4, ["another"])),
      ],
      records: [weighted("shop.example.com", "shop"), weighted("other.example.com", "another")],
      tags: { shop: { ...tags, tier: "front" }, another: tags },
    });
    const settings = adoption.settings as Record<string, Record<string, unknown>>;
    const { fleetSize, maxSize, tags: set } = settings["canary-traffic:aws"] ?? {};
    assert.deepEqual([fleetSize, maxSize, set], [9, 18, tags]);
    const own = settings["canary-traffic:apps"]?.other as { aws: unknown } | undefined;
    assert.deepEqual(own?.aws, { fleetSize: 3, maxSize: 4 });
    assert.ok(!adoption.notes.some((note) => /at another/.test(note)), adoption.notes.join("\n"));
  });

  it("lists tags that would go", async () => {
    const { differences } = await found({
      tags: { shop: { Owner: "shop team" }, [NODES ?? ""]: { cost: "7" } },
    });
    const gone = "nothing; bills, alarms and policies that go by tags miss them";
    for (const line of [
      `LoadBalancer/shop: tags {"Owner":"shop team"} => ${gone}`,
      `SecurityGroup/shop-instances: tags {"cost":"7"} => ${gone}`,
    ])
      assert.ok(differences.includes(line), differences.join("\n"));
  });

  it("tells of a group that launches another version than the latest", async () => {
    const older = { LaunchTemplateId: "lt-0a1b2c3d4e5f60718", Version: "3" };
    const groups = [{ ...group("shop", 9, 18, ["shop"]), LaunchTemplate: older }];
    const { notes } = await found({ groups });
    assert.ok(notes.some((note) => note.includes("launches version 3 of lt-0a1b2c3d4e5f60718")));
  });

  it("tells that user data would go, and not what is in it", async () => {
    const adoption = await found({ launch: { UserData: "aHVudGVyMg==" } });
    assert.ok(adoption.differences.includes("LaunchTemplate/shop: userData [not shown]"));
    assert.doesNotMatch(adoptionText(adoption), /aHVudGVyMg/);
  });

  it("tells how user data is kept, and that it is once the settings have it", async () => {
    const launch = { UserData: "aHVudGVyMg==" };
    const before = await found({ launch });
    assert.ok(
      before.notes.some((note) => /^LaunchTemplate\/shop: has user data, .* set aws\.userData/.test(note)),
    );
    const settings = parse(documented.match(/```yaml\n(config:\n.*?)```/s)?.[1] ?? "").config;
    project.write(
      "Pulumi.prod.yaml",
      stringify({ config: { ...settings, "canary-traffic:aws": { zoneId: ZONE, userData: "hunter2" } } }),
    );
    const after = await found({ launch });
    assert.ok(!after.differences.some((line) => /userData/.test(line)), after.differences.join("\n"));
  });

  it("is nothing where no record leads to a load balancer", async () => {
    const adoption = await found({ records: [] });
    assert.deepEqual([adoption.found, adoption.settings, adoption.differences], [[], {}, []]);
    assert.match(adoptionText(adoption), /^# Found:\n# {3}nothing\n/);
  });

  it("needs the hosted zone, and a kind of load balancer that there is", async () => {
    project.stackFile("prod", { platform: "elb", apps: { shop: { host: "shop.example.com" } } });
    await assert.rejects(found(), /^Error: stack prod: aws\.zoneId is missing/);
    project.stackFile("prod", { platform: "elb", aws: { zoneId: ZONE, loadBalancer: "gateway" } });
    await assert.rejects(found(), /aws\.loadBalancer is gateway; allowed: one of classic, alb, nlb/);
    const existing = { groups: { primary: "web", canary: "web-new" }, loadBalancers: { primary: "web" } };
    project.stackFile("prod", { platform: "elb", apps: { shop: { host: "shop.example.com", existing } } });
    await assert.rejects(
      found(),
      /^Error: stack prod: all apps have existing: others' fleets are not adopted$/,
    );
    project.stackFile("prod", { platform: "kubernetes" });
    await assert.rejects(found(), /platform is kubernetes; allowed: elb or migration/);
  });
});
