import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { takeLock } from "../../rollout/journal/lock";
import { dev, prod } from "../stacks/raw";
import { Project } from "./project";
import { type Ran, run } from "./run";
import { PulumiStandIn } from "./stand-in";
import { withoutPulumi } from "./without-pulumi";

describe("canary up", () => {
  let undo: () => void;
  const isTerminal = process.stdin.isTTY;
  let project: Project;

  beforeEach(() => {
    project = new Project();
    project.stackFile("dev", dev({ apps: { myapp: {} } }));
    // No pulumi, and nobody to ask.
    undo = withoutPulumi(project.folder);
    process.stdin.isTTY = false;
  });

  afterEach(() => {
    undo();
    process.stdin.isTTY = isTerminal;
    project.remove();
  });

  it("updates nothing unasked where there is nobody to ask", async () => {
    const { code, stderr } = await run("up");
    assert.equal(stderr, "--yes is missing: without a terminal nobody can be asked\n");
    assert.equal(code, 2);
  });

  it("needs Pulumi's engine", async () => {
    const { code, stderr } = await run("up", "--yes");
    assert.match(
      stderr,
      /^pulumi is not on PATH, nor has the project or npx one; npx pulumi version downloads one\n$/,
    );
    assert.equal(code, 1);
  });

  it("says what is wrong with the stack's settings in a line", async () => {
    project.stackFile("dev", dev({ apps: { myapp: { canaryWeight: 101 } } }));
    const { code, stderr } = await run("up", "--yes");
    assert.match(stderr, /^apps\.myapp\.canaryWeight is 101; allowed: .*\n$/);
    assert.equal(code, 2);
  });

  describe("with a stand-in for pulumi", () => {
    const HIGH = { canaryWeight: 50, canaryReplicas: 6, preStopSeconds: 1 };
    const LOW = { ...HIGH, canaryWeight: 10, canaryReplicas: 1 };
    let pulumi: PulumiStandIn;

    beforeEach(async () => {
      undo();
      // After an update that leaves something out the state is that between the two.
      pulumi = new PulumiStandIn(
        project,
        'case "$*" in *--exclude*) touch updated ;; esac; test ! -e hangs || { touch begun; exec sleep 60; }',
      );
      file(HIGH);
      await pulumi.state("before");
      file({ ...LOW, canaryReplicas: 6 });
      await pulumi.state("after");
    });

    afterEach(() => pulumi.remove());

    const file = (myapp: object): void => project.stackFile("dev", dev({ apps: { myapp } }));
    const lock = (): string => `${project.folder}/.canary/dev.lock`;

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
dev: updated
`),
        stdout,
      );
      assert.equal(code, 0);
      const [first = "", second = "", ...others] = pulumi.updates();
      assert.match(first, /--message canary up, 1 of 2: .* --exclude \S+:Deployment::myapp-canary /);
      assert.match(second, /--message canary up, 2 of 2: Deployment myapp-canary /);
      assert.doesNotMatch(second, /--exclude/);
      assert.deepEqual(others, []);
    });

    it("makes one where that is enough", async () => {
      file({ ...HIGH, canaryWeight: 60 });
      const { stdout } = await run("up", "--yes");
      assert.match(stdout, /^1 update: no variant loses both requests and pods\ndev: updated\n$/m);
      assert.equal(pulumi.updates().length, 1);
    });

    it("makes one behind classic load balancers, where instances are the weight", async () => {
      project.stackFile("dev", prod({ canaryWeight: 25 }));
      await pulumi.state("before");
      project.stackFile("dev", prod({ canaryWeight: 10 }));
      const { stdout } = await run("up", "--yes");
      assert.match(stdout, /^1 update: behind classic load balancers instances are the weight$/m);
      assert.equal(pulumi.updates().length, 1);
    });

    it("says that users with a cookie stay", async () => {
      file({ ...LOW, sticky: { cookie: "variant", seconds: 60 } });
      const { stdout } = await run("up", "--yes");
      assert.match(stdout, /^ {4}myapp: users with its cookie stay where they are, whatever the weight$/m);
    });

    it("makes none that would fail", async () => {
      const shop = { host: "shop.example.com", image: "shop:1.0.0" };
      project.stackFile("dev", dev({ protect: true, apps: { shop } }));
      await pulumi.state("before");
      project.stackFile("dev", dev({ protect: true }));
      const { code, stderr } = await run("up", "--yes");
      assert.match(stderr, /is protected and would be deleted/);
      assert.equal(code, 1);
      assert.deepEqual(pulumi.updates(), []);
    });

    it("does not update beside a rollout", async () => {
      mkdirSync(`${project.folder}/.canary`);
      writeFileSync(lock(), JSON.stringify({ command: "rollout", host: "elsewhere", pid: 1, started: "1" }));
      const { code, stdout, stderr } = await run("up", "--yes");
      assert.match(stderr, /^stack dev: canary rollout is under way on elsewhere, process 1, .*\n$/m);
      assert.deepEqual([code, stdout], [2, ""]);
    });

    it("ends at SIGTERM and at the terminal's end as at Ctrl-C", async () => {
      file(LOW);
      project.write("hangs", "");
      for (const [signal, name] of [
        ["SIGINT", "Ctrl-C"],
        ["SIGTERM", "SIGTERM"],
        ["SIGHUP", "the terminal's end"],
      ] as const) {
        const ran = run("up", "--yes");
        while (!existsSync(`${project.folder}/begun`)) await sleep(20);
        assert.ok(existsSync(lock()));
        process.emit(signal, signal);
        const { code, stderr } = await ran;
        assert.ok(stderr.endsWith(`the update was cancelled: stopped by ${name}\n`), stderr);
        assert.equal(code, 1);
        assert.ok(!existsSync(lock()));
        rmSync(`${project.folder}/begun`);
      }
    });

    describe("on a terminal", () => {
      const stdin = Object.getOwnPropertyDescriptor(process, "stdin") ?? {};
      const isOut = process.stdout.isTTY;
      let keys: PassThrough;

      beforeEach(() => {
        keys = new PassThrough();
        Object.defineProperty(process, "stdin", {
          ...stdin,
          get: () => Object.assign(keys, { isTTY: true }),
        });
        process.stdout.isTTY = true;
      });

      afterEach(() => {
        Object.defineProperty(process, "stdin", stdin);
        process.stdout.isTTY = isOut;
      });

      /** Runs it up to the question, and then does something before the answer is yes. */
      async function upWith(meanwhile: () => Promise<void>): Promise<Ran> {
        const ran = run("up");
        while (keys.listenerCount("data") === 0) await sleep(20);
        await meanwhile().finally(() => keys.write("yes\n"));
        return ran;
      }

      it("keeps nothing else away while it asks", async () => {
        file(LOW);
        const { stdout } = await upWith(async () => takeLock(lock(), "dev", "rollback").release());
        assert.match(stdout, /dev: updated\n$/);
      });

      it("updates nothing where the stack file was changed while it asked", async () => {
        file(LOW);
        const { code, stderr } = await upWith(async () => file({ ...LOW, canaryWeight: 0 }));
        assert.match(
          stderr,
          /^the stack file was changed meanwhile: the canary's weight; nothing was updated\n$/m,
        );
        assert.equal(code, 1);
        assert.deepEqual(pulumi.updates(), []);
      });
    });
  });
});
