import assert from "node:assert/strict";
import { dev, onBoth, prod, type Raw } from "../stacks/raw";
import { Project } from "./project";
import { run } from "./run";

describe("what a reviewer reads first, when users move by something else than the canary's weight", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  /** The comment's first line and alerts for a stack file that changes, and what `check` answers. */
  async function reviewed(settings: Raw, ...changes: string[]) {
    project.stackFile("prod", { protect: true, ...settings });
    const options = ["-s", "prod", "--config-path", ...changes.flatMap((change) => ["-c", change])];
    const { stdout } = await run("preview", ...options, "--format", "markdown");
    const headline = /^- .*$/m.exec(stdout)?.[0] ?? "";
    return { headline, comment: stdout, check: await run("check", ...options) };
  }

  it("is that DNS takes them to Kubernetes, with both sides in the picture, and a step is bounded", async () => {
    const { headline, comment, check } = await reviewed(
      onBoth({ dns: { kubernetesWeight: 0 } }),
      "dns.kubernetesWeight=100",
    );
    assert.match(headline, /^- ⚠️ \*\*prod: myapp Kubernetes 0 % -> 100 % of its users, /);
    assert.match(comment, /before0elb\["AWS"\].*after0kubernetes\["Kubernetes"\]:::changed/s);
    assert.match(
      check.stdout,
      /mandatory {2}max-step: myapp: Kubernetes 0 % -> 100 % is a step of 100 points/,
    );
    assert.equal(check.code, 1);
  });

  it("is that a host loses its route", async () => {
    const { headline, check } = await reviewed(dev({}), "apps.myapp.host=shop.example.com");
    assert.match(headline, /^- ⚠️ .*now at shop\.example\.com, users of myapp\.example\.com lose their route/);
    assert.match(check.stdout, /advisory {3}host-kept: users of myapp\.example\.com lose their route/);
    assert.equal(check.code, 0);
  });

  it("is that the primary gets a new image, but for that of a canary that had all users", async () => {
    const fresh = await reviewed(dev({}), "apps.myapp.image=registry.example.com/myapp:9.0.0");
    assert.match(fresh.headline, /^- ⚠️ .*myapp primary at 90 % with a new image/);
    assert.match(
      fresh.check.stdout,
      /advisory {3}primary-image: myapp: 90 % of its users get a new version at once/,
    );
    const promoted = await reviewed(
      dev({ canaryWeight: 100 }),
      "apps.myapp.image=registry.example.com/myapp:1.1.0",
      "canaryWeight=0",
    );
    assert.doesNotMatch(promoted.comment, /primary-image/);
  });

  it("is that a classic load balancer goes from 100 to 0 in one update, which no rule refuses", async () => {
    const { headline, comment, check } = await reviewed(
      prod({ canaryWeight: 100, aws: { canaryAmiId: "ami-0b1c2d3e4f5061728" } }),
      "canaryWeight=0",
    );
    assert.match(headline, /^- ⛔ /);
    assert.match(comment, /better: canary rollback -s prod, which waits at 50 %/);
    assert.equal(check.code, 0, check.stdout);
  });

  it("is that the only instance behind an ALB gets a new machine image", async () => {
    const { headline } = await reviewed(
      prod({ aws: { loadBalancer: "alb", canarySize: 1, canaryAmiId: "ami-0b1c2d3e4f5061728" } }),
      "aws.canaryAmiId=ami-0c1d2e3f405162738",
    );
    assert.match(headline, /^- ⛔ .*users meet nobody for a while/);
  });

  for (const key of [
    "aws:region=eu-north-1",
    'aws:defaultTags={"tags":{"team":"web"}}',
    "kubernetes:context=other",
  ]) {
    it(`is that the provider's configuration changes: ${key}`, async () => {
      project.stackFile("prod", key.startsWith("aws") ? prod({}) : dev({}));
      const shown = await run("preview", "-s", "prod", "-c", key, "--format", "markdown");
      assert.match(shown.stdout, new RegExp(`^- ⛔ \\*\\*prod: ${key.split("=")[0]} changes`, "m"));
      const { code, stdout } = await run("preview", "-s", "prod", "-c", key, "--expect-no-changes");
      assert.equal(code, 1);
      assert.match(
        stdout,
        /^⛔ \S+ not set -> .*: what is deployed may be replaced, or made anew in another place/,
      );
    });
  }

  it("is, of a stack that is compared with its own file, that all of it counts as deployed", async () => {
    project.stackFile("prod", dev({}));
    const { stdout } = await run("preview", "-s", "prod");
    assert.match(stdout, /all of it counts as deployed.*canary preview -s prod --state state\.json/s);
  });

  it("is a refusal of a weight for an app that has no canary", async () => {
    project.stackFile("prod", {
      platform: "kubernetes",
      apps: { shop: { host: "a.example.com", image: "a:1" } },
    });
    const { code, stderr } = await run("preview", "-s", "prod", "-c", "canaryWeight=25");
    assert.equal(stderr, "canaryWeight is 25; allowed: 0, or a canary for an app: apps.APP.canaryImage\n");
    assert.equal(code, 2);
    project.stackFile(
      "prod",
      prod({ apps: { myapp: { host: "a.example.com", canaries: { beta: { weight: 0 } } } } }),
    );
    const own = await run("preview", "-s", "prod", "--config-path", "-c", "apps.myapp.canaryWeight=25");
    assert.match(own.stderr, /^apps\.myapp\.canaryWeight is 25; allowed: /);
    assert.equal(own.code, 2);
  });

  it("is a warning of such a weight in a file that deploys", async () => {
    project.stackFile("prod", {
      platform: "kubernetes",
      canaryWeight: 25,
      apps: { shop: { host: "a.example.com", image: "a:1" } },
    });
    const { code, stdout } = await run("preview", "-s", "prod");
    assert.match(stdout, /warning: canaryWeight is 25; allowed: 0, or a canary for an app/);
    assert.equal(code, 0);
  });

  it("is that a default provider which the program needs is disabled", async () => {
    project.stackFile("prod", dev({}));
    const { code, stdout } = await run(
      "preview",
      "-s",
      "prod",
      "-c",
      'pulumi:disable-default-providers=["*"]',
    );
    assert.match(
      stdout,
      /error: pulumi:disable-default-providers is \["\*"\], and the program needs the default provider of kubernetes/,
    );
    assert.equal(code, 1);
  });

  it("is a host that changes together with a weight", async () => {
    const { headline, comment } = await reviewed(
      dev({}),
      "canaryWeight=25",
      "apps.myapp.sticky.cookie=variant",
    );
    assert.match(headline, /^- ⚠️ .*myapp canary 10 % -> 25 %.*routes change/);
    assert.match(comment, /route-changed/);
  });
});
