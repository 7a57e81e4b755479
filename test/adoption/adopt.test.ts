import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Adoption, adopt } from "../../adoption";
import { labelOf } from "../../adoption/found";
import { adoptionText } from "../../cli/adopt";
import { readConfiguration } from "../../offline/configuration";
import { Project } from "../cli/project";
import { accountOf, balancer, dnsName, group, shop, type Theirs, weighted, ZONE } from "./theirs";

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

  const found = (change: Partial<Theirs> = {}): Promise<Adoption> =>
    adopt(project.folder, readConfiguration(project.folder, "prod"), accountOf({ ...shop, ...change }));
  const labels = ({ found }: Adoption): string[] => found.map(labelOf);

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
      ["Group/shop: which group is the primary's can't be told: shop, shop-blue; made anew"],
    );
    assert.ok(labels(adoption).includes("Group/shop-canary") && !labels(adoption).includes("Group/shop"));
  });

  it("takes no record that is not weighted, and all that it leads to", async () => {
    const { SetIdentifier: _, Weight: __, ...simple } = weighted("shop.example.com", "shop");
    const adoption = await found({ records: [simple] });
    assert.ok(!labels(adoption).includes("Record/shop") && labels(adoption).includes("LoadBalancer/shop"));
    assert.ok(adoption.notes.some((note) => /^Record\/shop: the CNAME record .* is not weighted/.test(note)));
  });

  it("takes an alias of the zone's own name, and sets aws.zoneName", async () => {
    const alias = {
      ...{ Name: "shop.example.com.", Type: "A" as const, SetIdentifier: "blue", Weight: 1 },
      AliasTarget: {
        DNSName: `dualstack.${dnsName("shop")}.`,
        HostedZoneId: "Z32O12XQLNTSW2",
        EvaluateTargetHealth: true,
      },
    };
    const { found: all, settings } = await found({ records: [alias] });
    assert.ok(all.some(({ id }) => id === `${ZONE}_shop.example.com_A_blue`));
    assert.equal((settings["canary-traffic:aws"] as { zoneName: string }).zoneName, "shop.example.com");
  });

  it("takes no internal load balancer, as the program's face the internet", async () => {
    const adoption = await found({ balancers: [{ ...balancer("shop"), Scheme: "internal" }] });
    assert.ok(!labels(adoption).includes("LoadBalancer/shop"));
    assert.ok(adoption.notes.some((note) => /^LoadBalancer\/shop: shop is internal/.test(note)));
  });

  it("tells of a group that launches another version than the latest", async () => {
    const older = { LaunchTemplateId: "lt-0a1b2c3d4e5f60718", Version: "3" };
    const groups = [{ ...group("shop", 9, 18, ["shop"]), LaunchTemplate: older }];
    const { notes } = await found({ groups });
    assert.ok(notes.some((note) => note.includes("launches version 3 of lt-0a1b2c3d4e5f60718")));
  });

  it("tells that user data would go, and not what is in it", async () => {
    const adoption = await found({ userData: "aHVudGVyMg==" });
    assert.ok(adoption.differences.includes("LaunchTemplate/shop: userData [not shown]"));
    assert.doesNotMatch(adoptionText(adoption), /aHVudGVyMg/);
  });

  it("is nothing where no record leads to a classic load balancer", async () => {
    const adoption = await found({ records: [] });
    assert.deepEqual([adoption.found, adoption.settings, adoption.differences], [[], {}, []]);
    assert.match(adoptionText(adoption), /^# Found:\n# {3}nothing\n/);
  });

  it("needs the hosted zone, and classic load balancers", async () => {
    project.stackFile("prod", { platform: "elb", apps: { shop: { host: "shop.example.com" } } });
    await assert.rejects(found(), /^Error: stack prod: aws\.zoneId is missing/);
    project.stackFile("prod", { platform: "elb", aws: { zoneId: ZONE, loadBalancer: "nlb" } });
    await assert.rejects(found(), /aws\.loadBalancer is nlb; allowed: classic/);
    project.stackFile("prod", { platform: "kubernetes" });
    await assert.rejects(found(), /platform is kubernetes; allowed: elb or migration/);
  });
});
