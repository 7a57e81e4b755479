import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readConfiguration } from "../../offline/configuration";
import { deployed } from "../../offline/preview";
import { dev, prod } from "../stacks/raw";
import { Project } from "./project";
import { run } from "./run";

describe("canary up", () => {
  const path = process.env.PATH;
  const isTerminal = process.stdin.isTTY;
  let project: Project;

  beforeEach(() => {
    project = new Project();
    project.stackFile("dev", dev({ apps: { myapp: {} } }));
    // No pulumi, and nobody to ask.
    process.env.PATH = project.folder;
    process.stdin.isTTY = false;
  });

  afterEach(() => {
    process.env.PATH = path;
    process.stdin.isTTY = isTerminal;
    project.remove();
  });

  it("updates nothing unasked where there is nobody to ask", async () => {
    const { code, stderr } = await run("up");
    assert.equal(stderr, "--yes is missing; allowed: without it on a terminal alone, which asks\n");
    assert.equal(code, 2);
  });

  it("needs Pulumi's engine", async () => {
    const { code, stderr } = await run("up", "--yes");
    assert.match(stderr, /^pulumi is not on PATH; allowed: Pulumi's CLI, as for pulumi up\n$/);
    assert.equal(code, 1);
  });

  it("does not update beside a rollout", async () => {
    mkdirSync(`${project.folder}/.canary`);
    const lock = JSON.stringify({ command: "rollout", host: "elsewhere", pid: 1, started: "1" });
    writeFileSync(`${project.folder}/.canary/dev.lock`, lock);
    const { code, stderr } = await run("up", "--yes");
    assert.match(stderr, /^stack dev: canary rollout is under way on elsewhere, process 1, .*\n$/);
    assert.equal(code, 2);
  });

  it("says what is wrong with the stack's settings in a line", async () => {
    project.stackFile("dev", dev({ apps: { myapp: { canaryWeight: 101 } } }));
    const { code, stderr } = await run("up", "--yes");
    assert.match(stderr, /^apps\.myapp\.canaryWeight is 101; allowed: .*\n$/);
    assert.equal(code, 2);
  });

  describe("with a stand-in for pulumi", () => {
    const kubeconfig = process.env.KUBECONFIG;
    const HIGH = { canaryWeight: 50, canaryReplicas: 6, preStopSeconds: 1 };
    const LOW = { ...HIGH, canaryWeight: 10, canaryReplicas: 1 };

    beforeEach(async () => {
      process.env.PATH = `${project.folder}:${path}`;
      process.env.KUBECONFIG = `${project.folder}/none`;
      await write("before.json", HIGH);
      await write("between.json", { ...LOW, canaryReplicas: 6 });
      // After an update that leaves something out the state is that between the two.
      project.write(
        "pulumi",
        `#!/bin/sh
cd ${project.folder}
echo "$@" >> calls
case "$*" in
version*) echo v3.259.0 ;;
whoami*) echo '{"url": "file://${project.folder}/backend"}' ;;
"stack export"*) test -e updated && cat between.json || cat before.json ;;
up*--exclude*) touch updated ;;
*) echo "{}" ;;
esac
`,
      );
      chmodSync(`${project.folder}/pulumi`, 0o755);
    });

    afterEach(() => {
      if (kubeconfig === undefined) delete process.env.KUBECONFIG;
      else process.env.KUBECONFIG = kubeconfig;
    });

    const file = (myapp: object): void => project.stackFile("dev", dev({ apps: { myapp } }));

    async function write(name: string, myapp: object): Promise<void> {
      file(myapp);
      const resources = await deployed(project.folder, readConfiguration(project.folder, "dev"));
      project.write(name, JSON.stringify({ version: 3, deployment: { resources } }));
    }

    const updates = (): string[] =>
      readFileSync(`${project.folder}/calls`, "utf8")
        .split("\n")
        .filter((line) => line.startsWith("up "));

    it("says which updates it makes and why, and makes them", async () => {
      file(LOW);
      const { code, stdout } = await run("up", "--yes");
      assert.match(stdout, /^myapp: canary 50 % -> 10 % by traefik; 2 to update, /);
      assert.ok(
        stdout.endsWith(`
2 updates, as pods would go before the requests for them:
    myapp: canary goes from 50 % to 10 % and from 6 pods to 1
  1  all but Deployment myapp-canary
  2  Deployment myapp-canary, 3 s after the new weights are observed
updated: dev
`),
        stdout,
      );
      assert.equal(code, 0);
      const [first = "", second = "", ...others] = updates();
      assert.match(first, /--message canary up, 1 of 2: .* --exclude \S+:Deployment::myapp-canary /);
      assert.match(second, /--message canary up, 2 of 2: Deployment myapp-canary /);
      assert.doesNotMatch(second, /--exclude/);
      assert.deepEqual(others, []);
    });

    it("makes one where that is enough", async () => {
      file({ ...HIGH, canaryWeight: 60 });
      const { stdout } = await run("up", "--yes");
      assert.match(stdout, /^1 update: no variant loses both requests and pods\nupdated: dev\n$/m);
      assert.equal(updates().length, 1);
    });

    it("makes one behind classic load balancers, where instances are the weight", async () => {
      project.stackFile("dev", prod({ canaryWeight: 25 }));
      const resources = await deployed(project.folder, readConfiguration(project.folder, "dev"));
      project.write("before.json", JSON.stringify({ version: 3, deployment: { resources } }));
      project.stackFile("dev", prod({ canaryWeight: 10 }));
      const { stdout } = await run("up", "--yes");
      assert.match(stdout, /^1 update: behind classic load balancers instances are the weight$/m);
      assert.equal(updates().length, 1);
    });

    it("says that users with a cookie stay", async () => {
      file({ ...LOW, sticky: { cookie: "variant", seconds: 60 } });
      const { stdout } = await run("up", "--yes");
      assert.match(stdout, /^ {4}myapp: users with its cookie stay where they are, whatever the weight$/m);
    });

    it("makes none that would fail", async () => {
      const shop = { host: "shop.example.com", image: "shop:1.0.0" };
      project.stackFile("dev", dev({ protect: true, apps: { shop } }));
      const resources = await deployed(project.folder, readConfiguration(project.folder, "dev"));
      project.write("before.json", JSON.stringify({ version: 3, deployment: { resources } }));
      project.stackFile("dev", dev({ protect: true }));
      const { code, stderr } = await run("up", "--yes");
      assert.match(stderr, /is protected and would be deleted/);
      assert.equal(code, 1);
      assert.deepEqual(updates(), []);
    });
  });
});
