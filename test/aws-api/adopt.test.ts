import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { type Account, prepareAccount } from "./account";
import { REGION } from "./api";
import { moto, send } from "./hooks";
import { buildTheirs, type Ids, setting } from "./theirs";

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly newState: { readonly id?: string; readonly custom: boolean; readonly type: string };
}

describe("canary adopt --from-aws, asked of AWS's API", () => {
  const env = { ...process.env };
  let account: Account;
  let theirs: Ids;
  let project: Project;

  before(async () => {
    await moto().reset();
    account = await prepareAccount(send);
    theirs = await buildTheirs(account, send);
  });

  beforeEach(() => {
    project = new Project();
    project.write(
      "Pulumi.prod.yaml",
      `config:
  canary-traffic:platform: elb # for now
  canary-traffic:apps:
    # the shop
    myapp:
      host: myapp.example.com
      canaryHost: canary.myapp.example.com
  canary-traffic:aws:
    zoneId: ${account.zoneId} # example.com
    fleetSize: 9
`,
    );
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: moto().endpoint,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing-secret",
    });
  });

  afterEach(() => {
    project.remove();
    process.env = { ...env };
  });

  const adopt = (...more: string[]) => run("adopt", "--from-aws", "-s", "prod", "--region", REGION, ...more);

  it("prints the settings by which the program declares what is there", async () => {
    const { code, stdout, stderr } = await adopt();
    assert.deepEqual([code, stderr], [0, `looking at AWS account 123456789012 in ${REGION}\n`], stdout);
    const { config } = parse(stdout);
    assert.deepEqual(config["canary-traffic:adopt"], theirs);
    const subnets = [0, 1].map((i) => setting(account.settings, `aws.publicSubnetIds[${i}]`)).sort();
    assert.deepEqual(config["canary-traffic:aws"], {
      vpcId: setting(account.settings, "aws.vpcId"),
      publicSubnetIds: subnets,
      amiId: setting(account.settings, "aws.amiId"),
      canaryAmiId: setting(account.settings, "aws.canaryAmiId"),
      keyName: "ops",
      instanceType: "m7g.xlarge",
      fleetSize: 4,
      maxSize: 12,
      dnsTtl: 30,
      idleTimeout: 120,
      drainingTimeout: 45,
      healthCheck: { interval: 30 },
      healthCheckGracePeriod: 240,
    });
    assert.deepEqual(config["canary-traffic:apps"], {
      myapp: { port: 9090, healthPath: "/ready", canaryWeight: 20 },
    });
  });

  it("says what the first update would change, and what stays outside", async () => {
    const { stdout } = await adopt();
    assert.doesNotMatch(stdout, /keyName "ops"/);
    assert.match(stdout, /^# {3}SecurityGroupIngressRule\/myapp-elb-from-ipv6-80: .*made anew$/m);
    assert.match(
      stdout,
      /^# {3}SecurityGroup\/myapp-elb: rule sgr-\w+ \(everything to 0\.0\.0\.0\/0\) .*outside$/m,
    );
    assert.doesNotMatch(stdout, /refused/);
  });

  it("becomes a project of its own by canary init", async () => {
    const words = [
      "--app",
      "myapp",
      "--host",
      "myapp.example.com",
      "--canary-host",
      "canary.myapp.example.com",
    ];
    const place = ["--zone", account.zoneId, "--region", REGION, "-s", "prod"];
    const { code, stdout, stderr } = await run("init", "theirs", "--from-aws", ...words, ...place);
    assert.equal(code, 0, stderr);
    const { config } = parse(readFileSync("theirs/Pulumi.prod.yaml", "utf8"));
    assert.deepEqual(config["canary-traffic:adopt"], theirs);
    assert.equal(config["aws:region"], REGION);
    assert.match(stdout, /^ = .* myapp +import$/m);
  });

  it("writes them, so that the first preview imports what exists by its ids and makes none of it", async () => {
    assert.equal((await adopt("--write")).code, 0);
    const text = readFileSync("Pulumi.prod.yaml", "utf8");
    for (const comment of ["# for now", "# the shop", "# example.com"])
      assert.ok(text.includes(comment), text);
    project.write("empty.json", JSON.stringify({ version: 3, deployment: {} }));
    const { code, stdout, stderr } = await run("preview", "-s", "prod", "--state", "empty.json", "--json");
    assert.equal(code, 0, stderr);
    const steps = (JSON.parse(stdout) as { steps: Step[] }).steps.filter(({ newState }) => newState.custom);
    const label = ({ urn, newState }: Step): string =>
      `${newState.type.split(":").at(-1)}/${urn.split("::").at(-1)}`;
    const imported = steps.filter(({ op }) => op === "import");
    assert.deepEqual(Object.fromEntries(imported.map((step) => [label(step), step.newState.id])), theirs);
    const made = steps.filter(({ op }) => op !== "import");
    assert.deepEqual(made.map((step) => `${step.op} ${label(step)}`).sort(), [
      "create SecurityGroupEgressRule/myapp-elb-to-instances",
      "create SecurityGroupEgressRule/myapp-instances-to-ipv6",
      "create SecurityGroupIngressRule/myapp-elb-from-ipv6-80",
    ]);
  });

  it("finds the same once more from what it wrote", async () => {
    await adopt("--write");
    const written = readFileSync("Pulumi.prod.yaml", "utf8");
    assert.equal((await adopt("--write")).code, 0);
    assert.equal(readFileSync("Pulumi.prod.yaml", "utf8"), written);
  });

  it("exits 1 where no record leads to a load balancer, and writes nothing", async () => {
    const before = readFileSync("Pulumi.prod.yaml", "utf8");
    const other = ["-c", "apps.myapp.host=other.example.com", "-c", "apps.myapp.canaryHost=new.example.com"];
    const { code, stdout } = await adopt("--write", "--config-path", ...other);
    assert.equal(code, 1);
    assert.match(stdout, /Record\/myapp: which load balancer other\.example\.com is at can't be told/);
    assert.equal(readFileSync("Pulumi.prod.yaml", "utf8"), before);
  });
});
