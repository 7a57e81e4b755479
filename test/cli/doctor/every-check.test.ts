import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { forgetSecrets, keepSecret } from "../../../base/secrets";
import { type Diagnosis, type DoctorCheck, fine, type Patient } from "../../../cli/doctor/check";
import { checks } from "../../../cli/doctor/checks";
import { DoctorError } from "../../../cli/doctor/errors";
import { examine, patientOf } from "../../../cli/doctor/examine";
import type { Kubernetes } from "../../../cli/doctor/kubernetes";
import { readConfiguration } from "../../../offline/configuration";
import { JOURNAL_VERSION } from "../../../rollout/journal/events";
import { rolloutFiles } from "../../../rollout/journal/journal";
import { parseSettings } from "../../../stacks/settings";
import { dev, onBoth, type Raw, theirs } from "../../stacks/raw";
import { Project } from "../project";
import { run } from "../run";

/** Of pulumi 3.248, for the passphrase x. */
const SALT = "v1:kWzuk4zr6Bk=:v1:YNNIx55gleDGBQrN:wQhQHxC7QN3UB+yi5vwC6JBvAQS5Dw==";

const said = (answer: object | string, code = 0) => ({
  code,
  stdout: typeof answer === "string" ? answer : JSON.stringify(answer),
  stderr: "",
});

const kind = (name: string, namespaced = true) => ({
  kind: name,
  name: `${name.toLowerCase()}s`,
  namespaced,
});

const cluster: Kubernetes = {
  context: "one",
  isNamed: true,
  version: async () => "v1.35.4",
  kinds: async () =>
    ["Deployment", "Service", "Namespace", "PodDisruptionBudget", "ConfigMap", "ServiceAccount", "DaemonSet"]
      .concat("IngressClass", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Ingress")
      .map((name) => kind(name)) as never,
  mayI: async () => true,
  nodes: async () => ["edge-1"],
};

const PLUGINS = [
  { name: "aws", kind: "resource", version: "7.48.0" },
  { name: "kubernetes", kind: "resource", version: "4.28.0" },
];
const answers: Readonly<Record<string, object | string>> = {
  version: "v3.248.0\n",
  "plugin ls --json": PLUGINS,
  "whoami --json": { user: "me", url: "s3://me:hunter2@bucket?region=x" },
  "stack ls --json": [{ name: "dev", resourceCount: 3 }],
};

describe("every check of canary doctor", () => {
  let project: Project;
  let sts: Server;
  const env = { ...process.env };

  before(() => {
    sts = createServer((request, response) => {
      response.writeHead(200, { "content-type": "text/xml" });
      if (request.url?.includes("/hostedzone/")) {
        response.end(
          "<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name><CallerReference>a</CallerReference></HostedZone></GetHostedZoneResponse>",
        );
        return;
      }
      if (/autoscaling|elasticloadbalancing/.test(request.headers.authorization ?? "")) {
        const member = (tag: string) => (name: string) => `<member><${tag}>${name}</${tag}></member>`;
        const groups = ["web-primary", "web-canary"].map(member("AutoScalingGroupName")).join("");
        response.end(
          `<Response><DescribeAutoScalingGroupsResult><AutoScalingGroups>${groups}</AutoScalingGroups></DescribeAutoScalingGroupsResult>` +
            `<DescribeLoadBalancersResult><LoadBalancerDescriptions>${member("LoadBalancerName")("web")}</LoadBalancerDescriptions></DescribeLoadBalancersResult></Response>`,
        );
        return;
      }
      response.end(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
      );
    }).listen(0, "127.0.0.1");
  });
  after(() => sts.close());
  beforeEach(() => {
    project = new Project();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(sts.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_EC2_METADATA_DISABLED: "true",
    });
    delete process.env.AWS_PROFILE;
  });
  afterEach(() => {
    project.remove();
    process.env = { ...env };
    forgetSecrets();
  });

  const PROMETHEUS = { rollout: { sources: { command: { argv: ["echo", "[1]"] } } } };
  const judged = {
    rollout: {
      ...PROMETHEUS.rollout,
      analysis: {
        metrics: [{ name: "errors", source: "command", query: "$", better: "lower", threshold: 5 }],
      },
    },
  };

  /** A stack that has every need, on a machine where nothing is missing. */
  function healthy(raw: Raw = onBoth(judged), more: Readonly<Record<string, string>> = {}): Patient {
    project.stackFile("dev", raw);
    const file = join(project.folder, "Pulumi.dev.yaml");
    writeFileSync(file, `encryptionsalt: ${SALT}\n`, { flag: "a" });
    const read = readConfiguration(project.folder, "dev");
    const configuration = { ...read, values: { ...read.values, "aws:region": "eu-west-1", ...more } };
    const bin = join(project.folder, "bin");
    mkdirSync(bin, { recursive: true });
    for (const name of ["pulumi", "pulumi-language-nodejs"]) writeFileSync(join(bin, name), "");
    return {
      ...patientOf(project.folder, configuration, parseSettings(raw), {
        PATH: "/nowhere",
        PULUMI_CONFIG_PASSPHRASE: "x",
      }),
      cli: join(bin, "pulumi"),
      pulumi: async (words) => said(answers[words.join(" ")] ?? "", words.join(" ") in answers ? 0 : 1),
      cluster: async () => cluster,
    };
  }

  const failing = (command: string): Pick<Patient, "pulumi"> => ({
    pulumi: async (words) =>
      words.join(" ") === command ? said("", 255) : said(answers[words.join(" ")] ?? ""),
  });
  const answering = (command: string, answer: object | string): Pick<Patient, "pulumi"> => ({
    pulumi: async (words) => said(words.join(" ") === command ? answer : (answers[words.join(" ")] ?? "")),
  });

  /** How each check's subject goes missing. */
  const sick: Readonly<Record<string, (patient: Patient) => Partial<Patient>>> = {
    node: () => {
      Object.defineProperty(process.versions, "node", { value: "18.0.0" });
      return {};
    },
    pulumi: () => answering("version", "v3.100.0\n"),
    languageHost: () => ({ cli: "/bin/sh" }),
    packages: () => ({ folder: "/" }),
    plugins: () => answering("plugin ls --json", PLUGINS.slice(1)),
    login: () => failing("whoami --json"),
    passphrase: () => ({ env: { PULUMI_CONFIG_PASSPHRASE: "hunter2" } }),
    stack: () => answering("stack ls --json", [{ name: "another" }]),
    cluster: () => ({ cluster: () => Promise.reject(new DoctorError("refused")) }),
    kinds: () => ({ cluster: async () => ({ ...cluster, kinds: async () => undefined }) }),
    rights: () => ({ cluster: async () => ({ ...cluster, mayI: async (verb) => verb !== "delete" }) }),
    edgeNodes: () => ({ cluster: async () => ({ ...cluster, nodes: async () => [] }) }),
    region: ({ configuration }) => ({
      configuration: {
        ...configuration,
        values: { ...configuration.values, "aws:region": undefined as never },
      },
    }),
    identity: ({ configuration }) => ({
      configuration: {
        ...configuration,
        values: { ...configuration.values, "aws:allowedAccountIds": '["999999999999"]' },
      },
    }),
    zone: ({ settings }) => ({
      settings: {
        ...settings,
        apps: settings.apps.map((app) => ({ ...app, hosts: ["shop.example.org"] })),
      } as never,
    }),
    fleets: ({ settings }) => ({
      settings: {
        ...settings,
        apps: settings.apps.map((app) => ({ ...app, existing: { groups: { primary: "web-blue" } } })),
      } as never,
    }),
    metrics: ({ settings }) => ({
      settings: {
        ...settings,
        rollout: { ...settings.rollout, sources: { command: { argv: ["false"], timeoutSeconds: 5 } } },
      } as never,
    }),
    rollouts: ({ folder }) => {
      const { journal } = rolloutFiles(folder, "dev");
      mkdirSync(dirname(journal), { recursive: true });
      const begun = {
        type: "begun",
        version: JOURNAL_VERSION,
        time: "2026-11-01T00:00:00.000Z",
        id: "a",
        plan: { steps: [], targets: [] },
        from: {},
      };
      writeFileSync(journal, `${JSON.stringify(begun)}\n`);
      return {};
    },
  };

  const looked = async (name: string, patient: Patient): Promise<Diagnosis> => {
    const [found] = await examine({ [name]: checks[name] as DoctorCheck }, patient);
    return found ?? assert.fail(`${name} does not concern this stack`);
  };
  const edgeless = (): Raw => dev(judged);
  /** Stacks that have what others need not. */
  const STACKS: Readonly<Record<string, () => Raw>> = {
    edgeNodes: edgeless,
    fleets: () => ({ ...theirs("classic"), ...judged }),
  };

  for (const [name, check] of Object.entries(checks)) {
    const stack = (): Patient => healthy(STACKS[name]?.());
    it(`${name}: is fine if nothing is missing, else says what mends it`, async () => {
      const well = await looked(name, stack());
      assert.equal(well.state, "fine", well.says);
      const version = process.versions.node;
      try {
        const patient = stack();
        const found = await looked(name, { ...patient, ...sick[name]?.(patient) });
        assert.equal(found.state, "missing", found.says);
        assert.ok(found.mend && found.mend.length > 3);
        assert.doesNotMatch(`${well.says}${found.says}${found.mend}`, /hunter2|\n/);
      } finally {
        Object.defineProperty(process.versions, "node", { value: version });
      }
      assert.match(check.title, /^\S.{2,30}$/);
    }).timeout(20_000);
  }

  it("concerns the stacks of its platform alone", async () => {
    const names = (raw: Raw): string[] =>
      Object.entries(checks).flatMap(([name, { concerns }]) => (concerns(healthy(raw)) ? [name] : []));
    const onCluster = ["cluster", "kinds", "rights", "edgeNodes"];
    const onAws = ["region", "identity", "zone"];
    const elb = onBoth(judged);
    const fleets = {
      ...elb,
      platform: "elb",
      apps: { myapp: { host: "myapp.example.com" } },
      aws: { ...(elb.aws as object), edge: undefined },
    };
    assert.deepEqual(
      names(edgeless()).filter((name) => onAws.includes(name)),
      [],
    );
    assert.deepEqual(
      names(fleets).filter((name) => onCluster.includes(name)),
      [],
    );
    assert.deepEqual(
      names(onBoth(judged)).filter((name) => onAws.includes(name)),
      onAws,
    );
  });

  it("asks the hosted zone for the hosts of the program's own fleets alone", async () => {
    const elb = onBoth(judged);
    const targetGroup = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup";
    const raw = {
      ...elb,
      platform: "elb",
      apps: {
        myapp: { host: "myapp.example.com" },
        theirs: {
          host: "shop.example.org",
          existing: {
            listenerArns: [
              "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/web/0a1b2c3d4e5f6071/1a2b3c4d5e6f7081",
            ],
            targetGroupArns: {
              primary: `${targetGroup}/web-v1/0123456789abcdef`,
              canary: `${targetGroup}/web-v2/123456789abcdef0`,
            },
          },
        },
      },
      aws: { ...(elb.aws as object), edge: undefined, loadBalancer: "alb" },
    };
    const { state, says } = await looked("zone", healthy(raw));
    assert.equal(state, "fine", says);
  });

  it("ends in its time, whatever hangs, beside a check that only this test has", async () => {
    const never = new Promise<never>(() => {});
    const hanging: DoctorCheck = { title: "a check of this test's", concerns: () => true, look: () => never };
    const quick: DoctorCheck = { ...hanging, title: "a quick one", look: async () => fine("here") };
    const patient = {
      ...healthy(),
      pulumi: () => never,
      cluster: () => never,
      declared: () => never,
    };
    const begun = performance.now();
    const found = await examine({ ...checks, hanging, quick }, patient, 1);
    assert.ok(performance.now() - begun < 5000);
    assert.equal(found.find(({ check }) => check === "quick")?.state, "fine");
    for (const name of ["hanging", "login", "rights"])
      assert.deepEqual(
        found.flatMap(({ check, state, says }) => (check === name ? [state, says] : [])),
        ["unknown", "no answer within 1 s"],
      );
  }).timeout(20_000);

  it("says in one line without secrets what it can't tell, whatever is thrown", async () => {
    keepSecret("open sesame 42");
    const broken = () => Promise.reject(new Error("token open sesame 42\nand more"));
    const patient = { ...healthy(), pulumi: broken, cluster: broken, declared: broken };
    for (const { says, state } of await examine(checks, patient)) {
      assert.doesNotMatch(says, /open sesame|\n/);
      assert.ok(["fine", "missing", "unknown"].includes(state));
    }
  }).timeout(20_000);

  it("is a line each, and an entry each as JSON; exits 1 if anything is missing, 2 for bad input", async () => {
    project.stackFile("dev", dev({}));
    process.env.KUBECONFIG = join(project.folder, "nosuch");
    const { code, stdout } = await run("doctor");
    assert.equal(code, 1);
    for (const line of stdout.trimEnd().split("\n")) assert.match(line, /^[✔✖?] [^:]+: \S/);
    assert.match(stdout, /^✖ cluster: KUBECONFIG: there is no .*nosuch; mend: export KUBECONFIG=FILE$/m);
    const asJson = await run("doctor", "--json");
    assert.equal(asJson.code, 1);
    const { stack, checks: all } = JSON.parse(asJson.stdout);
    assert.deepEqual([stack, all.length], ["dev", stdout.trimEnd().split("\n").length]);
    assert.equal((await run("doctor", "-s", "nosuch")).code, 2);
    project.stackFile("dev", dev({ canaryWeight: 200 }));
    const wrong = await run("doctor");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^canaryWeight is "?200/);
  }).timeout(30_000);
});
