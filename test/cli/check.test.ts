import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { stringify } from "yaml";
import type { Finding } from "../../policy/evaluate";
import { Repository } from "../repository";
import { dev } from "../stacks/raw";
import { run } from "./run";
import { withoutPulumi } from "./without-pulumi";

const PROJECT = resolve(__dirname, "../..");

type Run = Awaited<ReturnType<typeof run>>;

/** What a command answers, without what it advises of the stack's settings. */
const checked = async (...words: string[]): Promise<Run> => {
  const ran = await run(...words);
  return { ...ran, stderr: ran.stderr.replace(/^(advice|warning): .*\n/gm, "") };
};

const rulesOf = ({ stdout }: Run): string[] =>
  (JSON.parse(stdout) as { policies: Finding[] }).policies.map(({ rule }) => rule);

describe("canary check --base", function () {
  this.timeout(60_000);
  const here = process.cwd();
  const cache = process.env.XDG_CACHE_HOME;
  const stack = (settings: object) => ({ "Pulumi.dev.yaml": stringify({ config: settings }) });
  const settings = (weight: number, policies: object) => ({
    "canary-traffic:apps": {
      ...{
        myapp: {
          host: "myapp.example.com",
          image: "registry.example.com/myapp:1.0.0",
          canaryImage: "registry.example.com/myapp:1.1.0",
          canaryWeight: weight,
        },
      },
    },
    ...(Object.keys(policies).length > 0 && { "canary-traffic:policies": policies }),
  });
  let repository: Repository;

  before(() => {
    repository = new Repository();
    process.env.XDG_CACHE_HOME = mkdtempSync(join(tmpdir(), "canary-cache-"));
    repository.addProgram();
    repository.commit(stack(settings(10, {})));
    repository.git("checkout", "--quiet", "-b", "change");
    process.chdir(repository.folder);
  });
  after(() => {
    process.chdir(here);
    rmSync(process.env.XDG_CACHE_HOME ?? "", { recursive: true, force: true });
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache;
    repository.remove();
  });

  it("holds a change to the policies that it starts from, and lists what it loosens", async () => {
    repository.write(stack(settings(90, { rules: { "max-step": "off" } })));
    const { code, stdout, stderr } = await run("check", "--base", "main");
    assert.equal(code, 1, stderr);
    assert.match(stdout, /mandatory {2}max-step, by the base's policies: myapp: canary 10 % -> 90 %/);
    assert.match(stdout, /loosened {3}rule max-step: mandatory -> off/);
    const shown = await run("preview", "--base", "main", "--format", "markdown");
    assert.match(shown.stdout, /⛔ .*policies loosened/u);
    assert.match(shown.stdout, /> \[!CAUTION\]\n(> - .*\n)*> - loosens rule max-step: mandatory -> off/);
  });

  it("lets a change through that loosens and does nothing else, and shows it", async () => {
    repository.write(stack(settings(10, { maxStep: 50 })));
    const { code, stdout } = await run("check", "--base", "main", "--json");
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { policies: [], loosened: ["maxStep: 25 -> 50 points"] });
  });
});

describe("canary check", () => {
  const here = process.cwd();
  before(() => process.chdir(PROJECT));
  after(() => process.chdir(here));

  it("judges a program that has no settings of ours", async () => {
    process.chdir(join(PROJECT, "test/engine/fixtures/offenders"));
    const ran = await run("check", "-s", "test", "--json");
    process.chdir(PROJECT);
    assert.equal(ran.code, 1, ran.stderr);
    assert.ok(rulesOf(ran).includes("probes-and-requests"));
  });

  for (const stack of ["dev", "prod"]) {
    it(`passes stack ${stack} as it is filed`, async () => {
      const { code, stdout, stderr } = await run("check", "-s", stack);
      assert.deepEqual([code, stdout], [0, "Policies:\n    passed\n"]);
      // An older stack keeps what an absent key meant, and is told what is strict.
      assert.match(stderr, /^advice: apps\.myapp\.runAsNonRoot is absent, which means .*; strict: true$/m);
      assert.match(stderr, /^advice: traefik\.clusterWide is absent, which means .*; strict: false$/m);
      assert.match(stderr, /^warning: .*certificate/m);
    });
  }

  it("exits 1 when a change breaks a mandatory rule, and says which", async () => {
    const { code, stdout } = await run("check", "-s", "prod", "-c", "canaryWeight=60");
    assert.equal(code, 1);
    assert.equal(
      stdout,
      [
        "Policies:",
        "    mandatory  max-step: myapp: canary 10 % -> 60 % is a step of 50 points; allowed: 25 points",
        "    mandatory  primary-capacity: myapp: instances of the primary are 6 while a canary takes traffic; allowed: 9 or more, for a rollback",
        "    advisory   across-half: myapp: canary goes from 10 % to 60 % in one update, and the instances of primary go before those of canary are there; better: 50 % first",
        "    refused by 2 of 3 findings",
        "",
      ].join("\n"),
    );
  });

  it("exits 0 when a change breaks an advisory rule alone", async () => {
    const { code, stdout } = await run("check", "-s", "prod", "-c", "canaryWeight=1");
    assert.equal(code, 0);
    assert.match(stdout, /advisory {3}effective-weight: myapp: canary gets 10 % where 1 % is asked/);
    assert.match(stdout, /passed, with 1 to look at/);
  });

  it("prints findings as JSON", async () => {
    const checked = await run("check", "-c", "apps.myapp.canaryImage=myapp", "--config-path", "--json");
    assert.equal(checked.code, 1);
    assert.deepEqual(JSON.parse(checked.stdout).policies, [
      {
        rule: "pinned-images",
        severity: "mandatory",
        urn:
          "urn:pulumi:dev::canary-traffic::canary-traffic:kubernetes:CanaryApp$kubernetes:apps/v1:Deployment::" +
          "myapp-canary",
        message:
          "Deployment myapp-canary: image myapp is not pinned; allowed: a whole version such as 1.2.3, a commit or the number of a build as tag, or a digest",
      },
    ]);
  });

  it("says what it did not look at where a load balancer goes", async () => {
    const words = ["-c", "aws.loadBalancer=alb", "-c", "aws.formerLoadBalancer=classic"];
    const { stderr } = await checked("check", "-s", "prod", "--config-path", ...words);
    assert.equal(stderr, "");
    const gone = await checked("check", "-s", "prod", "--config-path", "-c", "aws.loadBalancer=alb");
    assert.equal(
      gone.stderr,
      "not looked at without --live: who still uses load balancers that go, myapp-canary and myapp\n",
    );
  });

  describe("with --live", () => {
    const env = { ...process.env };
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "canary-live-"));
    });
    afterEach(() => {
      process.env = { ...env };
      rmSync(folder, { recursive: true });
    });
    /** Puts a `pulumi` on PATH that knows one command. */
    const pulumi = (script: string): void => {
      const words = "stack export --stack dev --non-interactive";
      writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n[ "$*" = "${words}" ] || exit 9\n${script}\n`);
      chmodSync(join(folder, "pulumi"), 0o755);
      process.env.PATH = `${folder}${delimiter}${env.PATH}`;
    };

    it("compares with what Pulumi's backend has, and leaves AWS alone where no load balancer goes", async () => {
      pulumi(`echo '{"version": 3, "deployment": {}}'`);
      assert.deepEqual(await checked("check", "--live"), {
        code: 0,
        stdout: "Policies:\n    passed\n",
        stderr: "no load balancer goes that has to be drained: AWS was not asked\n",
      });
    });

    it("passes on why the backend gives nothing", async () => {
      pulumi("echo \"error: no stack named 'dev' found\" >&2; exit 255");
      const { code, stderr } = await checked("check", "--live");
      assert.equal(code, 2);
      assert.equal(
        stderr,
        "--live: error: no stack named 'dev' found; allowed: --state FILE, what pulumi stack export wrote\n",
      );
    });

    it("needs pulumi or a state, and not a revision", async () => {
      const undo = withoutPulumi(folder);
      const alone = await checked("check", "--live").finally(undo);
      assert.deepEqual(
        [alone.code, alone.stderr.split(";")[0]],
        [2, "--live: pulumi is not on PATH, nor has the project or npx one"],
      );
      const { code, stderr } = await checked("check", "--live", "--base", "HEAD");
      assert.deepEqual([code, stderr], [2, "--base and --live: allowed is one of them\n"]);
    });
  });

  describe("in a project of its own", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "canary-"));
      const project = { name: "canary-traffic", main: join(PROJECT, "index.ts"), runtime: "nodejs" };
      writeFileSync(join(folder, "Pulumi.yaml"), stringify(project));
      symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"), "junction");
      process.chdir(folder);
    });
    afterEach(() => {
      process.chdir(PROJECT);
      rmSync(folder, { recursive: true });
    });
    const stackFile = (stack: string, raw: Record<string, unknown>): void => {
      const config = Object.fromEntries(
        Object.entries(raw).map(([key, value]) => [`canary-traffic:${key}`, value]),
      );
      writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
    };

    it("goes by severities and waivers of the stack's file", async () => {
      const policies = {
        rules: { "image-with-weight": "mandatory" },
        waivers: [{ rule: "max-step", resource: "myapp", reason: "a launch", until: "2999-12-31" }],
      };
      stackFile("dev", dev({ policies }));
      const image = ["-c", "apps.myapp.canaryImage=registry.example.com/myapp:2.0.0", "--config-path"];
      const { code, stdout } = await checked("check", "-c", "canaryWeight=90", ...image);
      assert.equal(code, 1);
      assert.match(stdout, /mandatory {2}image-with-weight: myapp/);
      assert.match(stdout, /waived {5}max-step: myapp.*\n +until 2999-12-31: a launch/);
      assert.match(stdout, /refused by 1 of 2 findings/);
    });

    it("refuses a production stack on Kubernetes that is not protected, and passes one that is", async () => {
      stackFile("prod", dev({}));
      const open = await checked("check", "-s", "prod", "--json");
      assert.equal(open.code, 1);
      assert.deepEqual([...new Set(rulesOf(open))], ["protected"]);
      stackFile("prod", dev({ protect: true }));
      assert.equal((await checked("check", "-s", "prod")).code, 0);
    });

    it("holds what is deployed against the program", async () => {
      stackFile("dev", dev({}));
      const type = "kubernetes:core/v1:Service";
      const urn = `urn:pulumi:dev::canary-traffic::${type}::gone`;
      const resources = [{ urn, type, custom: true, id: "default/gone", inputs: {} }];
      writeFileSync("state.json", JSON.stringify({ version: 3, deployment: { resources } }));
      const ran = await checked("check", "--state", "state.json", "--json");
      assert.equal(ran.code, 1);
      assert.deepEqual(rulesOf(ran), ["traffic-kept"]);
    });
  });
});

describe("canary preview --policy", () => {
  const here = process.cwd();
  before(() => process.chdir(PROJECT));
  after(() => process.chdir(here));

  it("prints what policies find below the preview, and exits 1 for it", async () => {
    const { code, stdout } = await run("preview", "-c", "canaryWeight=60", "--policy");
    assert.equal(code, 1);
    assert.match(
      stdout,
      /unchanged\n\nPolicies:\n {4}mandatory {2}max-step: .*\n {4}refused by 1 of 1 findings\n$/,
    );
  });

  it("adds them to the JSON", async () => {
    const previewed = await run("preview", "-c", "canaryWeight=60", "--policy", "--json");
    assert.equal(previewed.code, 1);
    assert.deepEqual(rulesOf(previewed), ["max-step"]);
  });

  it("leaves a preview without it as it was", async () => {
    const { code, stdout } = await run("preview", "-c", "canaryWeight=60", "--json");
    assert.equal(code, 0);
    assert.equal("policies" in JSON.parse(stdout), false);
  });
});
