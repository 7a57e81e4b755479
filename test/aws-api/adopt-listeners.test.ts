import assert from "node:assert/strict";
import {
  ChangeResourceRecordSetsCommand,
  type ChangeResourceRecordSetsRequest,
} from "@aws-sdk/client-route-53";
import { parse } from "yaml";
import { foundLabel } from "../../adoption/found";
import type { ResourceState } from "../../offline/state";
import type { StandInOutputs } from "../../status/stand-ins";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { type Account, prepareAccount } from "./account";
import { REGION } from "./api";
import { create, known, recorded } from "./graph";
import { moto, send } from "./hooks";

/** What the program makes behind each kind is found again whole, though nothing but hosts and zone is known of it. */
const ROWS = [
  { title: "an ALB", kind: "alb", settings: [], certificate: false },
  {
    title: "an ALB with all its settings",
    kind: "alb",
    settings: ["aws.redirectToHttps=true", "aws.stickiness=3600", "aws.slowStart=60", "canaryWeight=25"],
    certificate: true,
  },
  { title: "NLBs", kind: "nlb", settings: ["aws.canarySize=4"], certificate: true },
] as const;

/** Not asked of AWS: what moto says of them depends on nothing that is tested. */
const UNREAD = /^(HealthCheck|MetricAlarm)\//;

describe("canary adopt --from-aws, of what listens, asked of AWS's API", function () {
  this.timeout("2m");
  const env = { ...process.env };
  let account: Account;
  let graph: ResourceState[];
  let made: StandInOutputs;
  let project: Project;

  async function deploy(settings: readonly string[]): Promise<void> {
    await moto().reset();
    account = await prepareAccount(send);
    const own = settings.map((each) => each.replace("CERTIFICATE", account.certificateArn));
    graph = await recorded("prod", [...account.settings, ...own]);
    made = await create(graph, send);
    project = new Project();
    project.stackFile("prod", {
      platform: "elb",
      protect: true,
      apps: { myapp: { host: "myapp.example.com", canaryHost: "canary.myapp.example.com" } },
      aws: { zoneId: account.zoneId },
    });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: moto().endpoint,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing-secret",
    });
  }

  afterEach(() => {
    project.remove();
    process.env = { ...env };
  });

  const adopt = (...more: string[]) => run("adopt", "--from-aws", "-s", "prod", "--region", REGION, ...more);

  for (const { title, kind, settings, certificate } of ROWS) {
    it(`finds ${title}, listeners and target groups, and sets what they are like`, async () => {
      await deploy([
        `aws.loadBalancer=${kind}`,
        ...settings,
        ...(certificate ? ["aws.certificateArn=CERTIFICATE"] : []),
      ]);
      const { code, stdout, stderr } = await adopt();
      assert.deepEqual([code, stderr], [0, `looking at AWS account 123456789012 in ${REGION}\n`], stdout);
      const { config } = parse(stdout);
      const labels = graph.map((state) => [foundLabel(state), state] as const);
      const found = config["canary-traffic:adopt"] as Record<string, string>;
      assert.deepEqual(
        Object.keys(found).sort(),
        labels
          .map(([label]) => label)
          .filter((label) => !UNREAD.test(label))
          .sort(),
      );
      for (const [label, state] of labels.filter(([label]) => /^(L|Target)/.test(label)))
        assert.equal(found[label], made.get(state.urn)?.id ?? known(state, made).id, label);
      for (const setting of [`aws.loadBalancer=${kind}`, ...settings]) {
        const [key = "", value] = setting.split("=");
        const [first = "", second = ""] = key === "canaryWeight" ? ["apps", "myapp"] : key.split(".");
        const at = config[`canary-traffic:${first}`][second];
        assert.equal(String(first === "apps" ? at.canaryWeight : at), value, key);
      }
      // moto launches instances by a second version, which the suite makes.
      const changes = [...stdout.matchAll(/^# {3}(\S+: \S+) .* => .*$/gm)].map(([, change]) => change);
      assert.deepEqual(
        changes.filter((change) => !/launchTemplate\.version$/.test(change ?? "")),
        [],
      );
    });
  }

  it("prints the request by which a simple record becomes a weighted one, after which it is found", async () => {
    await deploy(["aws.loadBalancer=alb"]);
    const record = graph.find(({ urn }) => /Record::myapp$/.test(urn));
    assert.ok(record !== undefined);
    const inputs = known(record, made);
    const weighted = {
      Name: "myapp.example.com",
      Type: "CNAME" as const,
      SetIdentifier: "elb",
      TTL: 60,
      Weight: 100,
      ResourceRecords: [{ Value: (inputs.records as string[])[0] }],
    };
    const { SetIdentifier: _, Weight: __, ...rest } = weighted;
    // moto takes no record a second time that it once had.
    const simple = { ...rest, Name: `${rest.Name}.`, TTL: 30 };
    const change = (batch: ChangeResourceRecordSetsRequest["ChangeBatch"]) =>
      send({
        service: "route53",
        command: new ChangeResourceRecordSetsCommand({ HostedZoneId: account.zoneId, ChangeBatch: batch }),
      });
    await change({ Changes: [{ Action: "DELETE", ResourceRecordSet: weighted }] });
    await change({ Changes: [{ Action: "CREATE", ResourceRecordSet: simple }] });

    const before = (await adopt()).stdout;
    assert.ok(!("Record/myapp" in parse(before).config["canary-traffic:adopt"]), before);
    const [, batch = ""] = /--change-batch '(.*)'$/m.exec(before) ?? [];
    await change(JSON.parse(batch));
    const after = parse((await adopt()).stdout).config["canary-traffic:adopt"];
    assert.equal(after["Record/myapp"], `${account.zoneId}_myapp.example.com_CNAME_elb`);
  });
});
