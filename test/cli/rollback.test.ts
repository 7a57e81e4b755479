import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs, { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { Journal, lastRollout, rolloutFiles } from "../../rollout/journal/journal";
import { refuseUnfinished } from "../../rollout/machine/session";
import type { Plan } from "../../rollout/plan/plan";
import { plan, steps } from "../rollout/machine/world";
import { dev } from "../stacks/raw";
import { PROJECT, Project } from "./project";
import { run } from "./run";
import { PulumiStandIn } from "./stand-in";
import { withoutPulumi } from "./without-pulumi";

describe("canary rollback", () => {
  let project: Project;
  let pulumi: PulumiStandIn;

  const shop = { host: "shop.example.com", image: "shop:1.0.0", canaryImage: "shop:1.1.0" };
  const file = (canaryWeight: number): void =>
    project.stackFile("dev", dev({ apps: { myapp: { canaryWeight }, shop: { ...shop, canaryWeight } } }));

  beforeEach(async () => {
    project = new Project();
    pulumi = new PulumiStandIn(project, "touch updated; env > environment");
    file(0);
    await pulumi.state("after");
    file(25);
    await pulumi.state("before");
  });

  afterEach(() => {
    pulumi.remove();
    project.remove();
  });

  /** What `pulumi up` was started with. */
  const readEnvironment = (): Record<string, string> =>
    Object.fromEntries(
      readFileSync(`${project.folder}/environment`, "utf8")
        .split("\n")
        .map((line) => line.split("=")),
    );

  const journal = (): string => rolloutFiles(project.folder, "dev").journal;

  /** A rollout that was killed at 25 %. */
  function interrupt(targets: Plan["targets"]): void {
    const at = (weight: number) => Object.fromEntries(targets.map(({ app }) => [`${app}/canary`, weight]));
    const written = new Journal(journal());
    written.write({
      time: 1,
      type: "begun",
      id: "1",
      plan: plan({ targets, steps: steps(25, 100) }),
      from: at(0),
    });
    written.write({ time: 2, type: "shifting", step: 0, weights: at(25), message: "" });
    written.close();
  }

  const [MYAPP, SHOP] = [
    { app: "myapp", canary: "canary" },
    { app: "shop", canary: "canary" },
  ];

  /** Has nothing be written below the project's folder, as on a disk that is full. */
  async function onFullDisk<T>(work: () => Promise<T>): Promise<T> {
    const own = { writeFileSync: fs.writeFileSync, openSync: fs.openSync, mkdirSync: fs.mkdirSync };
    const refusing =
      <Args extends unknown[], Answer>(call: (...args: Args) => Answer, reads: (args: Args) => boolean) =>
      (...args: Args): Answer => {
        if (String(args[0]).startsWith(project.folder) && !reads(args))
          throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
        return call(...args);
      };
    Object.assign(fs, {
      writeFileSync: refusing(own.writeFileSync, () => false),
      mkdirSync: refusing(own.mkdirSync, () => false),
      openSync: refusing(own.openSync, ([, flags = "r"]) => flags === "r"),
    });
    try {
      return await work();
    } finally {
      Object.assign(fs, own);
    }
  }

  it("takes the canaries out on a disk that is full, and says what it could not write", async () => {
    interrupt([MYAPP, SHOP]);
    const { code, stdout, stderr } = await onFullDisk(() => run("rollback", "-s", "dev"));
    assert.match(stdout, /^dev: rolled back: /m);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^warning: .*dev\.lock can't be written \(ENOSPC.*\): going on without the lock$/m);
    assert.match(stderr, /^warning: .*Pulumi\.dev\.yaml can't be written \(ENOSPC.*\)/m);
    assert.match(stderr, /^warning: the rollout's journal: ENOSPC/m);
    const [update = ""] = pulumi.updates();
    const [, elsewhere = ""] = /--config-file (\S+)/.exec(update) ?? [];
    assert.match(fs.readFileSync(elsewhere, "utf8"), /canaryWeight: 0/);
    rmSync(dirname(elsewhere), { recursive: true });
  });

  it("takes a rollout that was interrupted back on a disk that is full", async () => {
    interrupt([MYAPP, SHOP]);
    const { code, stdout, stderr } = await onFullDisk(() =>
      run("rollout", "-s", "dev", "--resume", "--rollback"),
    );
    assert.match(
      stdout,
      /^dev: rolled back: resumed with --rollback; the journal could not be written: ENOSPC/m,
      stderr,
    );
    assert.equal(code, 1);
    assert.match(stderr, /^warning: the journal can't be written \(ENOSPC/m);
    assert.match(pulumi.updates()[0] ?? "", /--config-file/);
  });

  it("ends a rollout that was interrupted, so that there may be another one", async () => {
    interrupt([MYAPP, SHOP]);
    assert.throws(() => refuseUnfinished("dev", journal()), /a rollout was interrupted/);
    const { code, stdout, stderr } = await run("rollback");
    assert.match(
      stdout,
      /^dev: rolled back: myapp\/canary 25 % -> 0 %, shop\/canary 25 % -> 0 %\nthe rollout that was/,
    );
    assert.equal(code, 0, stderr);
    const { time: _time, ...end } = lastRollout(journal()).at(-1) ?? {};
    assert.match(
      JSON.stringify(end),
      /^{"type":"ended","outcome":"rolled-back","reason":"canary rollback by \S+@\S+"}$/,
    );
    refuseUnfinished("dev", journal());
  });

  it("ends none of which another canary has a weight still, and none that is over", async () => {
    interrupt([MYAPP, SHOP]);
    const { stdout } = await run("rollback", "--app", "myapp");
    assert.doesNotMatch(stdout, /the rollout/);
    assert.throws(() => refuseUnfinished("dev", journal()), /a rollout was interrupted/);
    await run("rollback");
    const { length } = lastRollout(journal());
    const { stdout: again } = await run("rollback");
    assert.doesNotMatch(again, /the rollout/);
    assert.equal(lastRollout(journal()).length, length);
  });

  it("goes back whatever stands below rollout, and tells the program that it does", async () => {
    for (const rollout of [
      { steps: "soon", nonsense: 1 },
      "{",
      { engine: "none", analysis: { metrics: [{}] } },
    ]) {
      const bad = dev({
        apps: { myapp: { canaryWeight: 25 }, shop: { ...shop, canaryWeight: 25 } },
        rollout,
      });
      project.stackFile("dev", bad);
      const { code, stdout, stderr } = await run("rollback", "-s", "dev");
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^dev: rolled back: /m);
      assert.equal((await run("rollout", "-s", "dev", "--to", "50")).code, 2);
      rmSync(`${project.folder}/updated`);
    }
    const { CANARY_GOES_BACK } = readEnvironment();
    assert.equal(CANARY_GOES_BACK, "true");
  });

  for (const [what, change] of [
    ["a block", (text: string) => text.replace(/canaryWeight: 25/, "canaryWeight: |-\n        25")],
    [
      "an anchor and an alias",
      (text: string) =>
        text.replace(/(?<=canaryWeight: )25/, "&all 25").replace(/(?<=canaryWeight: )25/, "*all"),
    ],
    [
      "a text of JSON",
      (text: string) => {
        const apps = JSON.stringify(parse(text).config["canary-traffic:apps"]);
        return text.replace(/( +canary-traffic:apps:)\n( {4}.*\n?)*/, `$1 '${apps}'\n`);
      },
    ],
  ] as const) {
    it(`leaves a stack file alone that its weights can't be written to, and goes back all the same: ${what}`, async () => {
      const name = `${project.folder}/Pulumi.dev.yaml`;
      const text = change(readFileSync(name, "utf8"));
      assert.notEqual(text, readFileSync(name, "utf8"));
      project.write("Pulumi.dev.yaml", text);
      const { code, stdout, stderr } = await run("rollback", "-s", "dev");
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^dev: rolled back: /m);
      assert.match(stderr, /^warning: .*Pulumi\.dev\.yaml can't be written \(.*\): it does not say/m);
      assert.equal(readFileSync(name, "utf8"), text);
      const [, elsewhere = ""] = /--config-file (\S+)/.exec(pulumi.updates()[0] ?? "") ?? [];
      const filed = parse(readFileSync(elsewhere, "utf8")).config["canary-traffic:apps"];
      assert.deepEqual([filed.myapp.canaryWeight, filed.shop.canaryWeight], [0, 0]);
      rmSync(dirname(elsewhere), { recursive: true });
    });
  }

  describe("of a stack whose files are broken", () => {
    const GIT = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
    const commit = (): void => {
      execFileSync("git", ["init", "-q"], { cwd: project.folder });
      execFileSync("git", ["add", "Pulumi.yaml", "Pulumi.dev.yaml"], { cwd: project.folder });
      execFileSync("git", [...GIT, "commit", "-qm", "all"], { cwd: project.folder });
    };
    const read = (name: string): string => readFileSync(`${project.folder}/${name}`, "utf8");

    for (const [what, broken] of [
      ["no YAML", "config:\n  canary-traffic:apps: [\n"],
      ["a conflict that nobody has resolved", "<<<<<<< HEAD\nconfig: {}\n=======\n>>>>>>> other\n"],
      ["without what it needs", "config:\n  canary-traffic:platform: kubernetes\n"],
      ["empty", ""],
      ["bytes of no text", "\0\u0001\uFFFD: ["],
    ] as const) {
      it(`goes by what git has of it: ${what}`, async () => {
        commit();
        interrupt([MYAPP, SHOP]);
        project.write("Pulumi.dev.yaml", broken);
        const { code, stdout, stderr } = await run("rollback", "-s", "dev");
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^dev: rolled back: myapp\/canary 25 % -> 0 %, shop\/canary 25 % -> 0 %$/m);
        assert.match(
          stderr,
          /^warning: going by Pulumi\.dev\.yaml of commit [0-9a-f]{12}; yours is kept beside/m,
        );
        assert.match(read("Pulumi.dev.yaml"), /canaryWeight: 0/);
        assert.equal(read("Pulumi.dev.yaml.unreadable"), broken);
      });
    }

    it("goes by what an earlier command kept, without git", async () => {
      assert.equal((await run("rollback", "-s", "dev")).code, 0);
      for (const name of ["updated", ".canary/dev.jsonl"])
        rmSync(`${project.folder}/${name}`, { force: true });
      project.write("Pulumi.dev.yaml", "config: [");
      const { code, stdout, stderr } = await run("rollback", "-s", "dev", "--app", "shop");
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^dev: rolled back: shop\/canary 25 % -> 0 %$/m);
      assert.match(stderr, /^warning: going by Pulumi\.dev\.yaml of \.canary\/dev\.good; yours is kept/m);
    });

    for (const [manifest, file, what] of [
      ["api.yaml", "api.yaml", "a manifest"],
      ["k8s", "k8s/api.yaml", "a folder of manifests"],
    ] as const) {
      it(`goes by ${what} of before, and leaves the stack's file alone`, async () => {
        mkdirSync(`${project.folder}/k8s`);
        project.write(file, readFileSync(join(PROJECT, "test/fixtures/api.yaml"), "utf8"));
        const api = { host: "api.example.com", namespace: "shop", manifest, canaryImage: "api:1.1.0" };
        const filed = (canaryWeight: number): void => {
          const apps = { api: { ...api, canaryWeight } };
          project.stackFile("dev", { platform: "kubernetes", apps });
        };
        filed(0);
        await pulumi.state("after");
        filed(25);
        await pulumi.state("before");
        commit();
        execFileSync("git", ["add", file], { cwd: project.folder });
        execFileSync("git", [...GIT, "commit", "-qm", "api"], { cwd: project.folder });
        filed(30);
        const breaks: [string, () => void][] = [
          [file, () => project.write(file, "a: [")],
          [file, () => rmSync(`${project.folder}/${file}`)],
        ];
        const added = "k8s/added.yaml";
        if (manifest === "k8s") breaks.push([added, () => project.write(added, "a: [")]);
        for (const [broken, toBreak] of breaks) {
          toBreak();
          const { code, stdout, stderr } = await run("rollback", "-s", "dev");
          assert.equal(code, 0, stderr);
          assert.match(stdout, /^dev: rolled back: api\/canary 25 % -> 0 %$/m);
          assert.ok(stderr.includes(`warning: going by ${broken} of `), stderr);
          rmSync(`${project.folder}/updated`);
        }
        if (manifest === "k8s") assert.equal(read(`${added}.unreadable`), "a: [");
      });
    }

    it("changes no file where what is asked for was never there, or nothing that made sense is known", async () => {
      project.write("Pulumi.dev.yaml", "config: [");
      const { code, stderr } = await run("rollback", "-s", "dev");
      assert.equal(code, 2);
      assert.match(stderr, /Pulumi\.dev\.yaml/);
      file(25);
      commit();
      project.write("Pulumi.dev.yaml", "config: [");
      assert.equal((await run("rollback", "-s", "dev", "--app", "nobody")).code, 2);
      assert.equal(read("Pulumi.dev.yaml"), "config: [");
      assert.ok(!existsSync(`${project.folder}/Pulumi.dev.yaml.unreadable`));
    });
  });

  it("prints what takes the canaries out where there is no pulumi at all, and changes no file", async () => {
    const empty = `${project.folder}/empty`;
    mkdirSync(empty);
    const filed = readFileSync(`${project.folder}/Pulumi.dev.yaml`, "utf8");
    const undo = withoutPulumi(empty);
    const { code, stdout, stderr } = await run("rollback", "-s", "dev").finally(undo);
    assert.equal(code, 1);
    assert.match(stderr, /^dev: not rolled back: pulumi is not on PATH/m);
    assert.match(stderr, /^then set myapp\/canary, shop\/canary to 0 in Pulumi\.dev\.yaml: /m);
    const [ofMyapp = "", ofShop = "", ...others] = stdout.trimEnd().split("\n");
    assert.deepEqual(others, []);
    const page = readFileSync(join(PROJECT, "docs/rollout.md"), "utf8");
    assert.ok(page.includes(`$ npx canary rollback -s dev\n${ofMyapp}\n`), ofMyapp);
    const [, patch = "{}"] =
      /^kubectl -n shop patch TraefikService\.v1alpha1\.traefik\.io\/shop --type=merge -p '(.*)'$/.exec(
        ofShop,
      ) ?? [];
    const { services } = JSON.parse(patch).spec.weighted;
    const weights = services.map(({ name, weight }: Record<string, unknown>) => [name, weight]);
    assert.deepEqual(weights, [
      ["shop", 100],
      ["shop-canary", 0],
    ]);
    assert.equal(readFileSync(`${project.folder}/Pulumi.dev.yaml`, "utf8"), filed);
  });

  it("is done even where the journal can't be read", async () => {
    interrupt([MYAPP]);
    project.write(".canary/dev.jsonl", "not JSON\n{}\n");
    const { code, stdout, stderr } = await run("rollback");
    assert.match(stdout, /^dev: rolled back: /m);
    assert.match(stderr, /^warning: the rollout's journal: .*dev\.jsonl: line 2 is no event of a rollout/m);
    assert.equal(code, 0);
  });

  it("goes back all the same where its terminal ends meanwhile", async () => {
    pulumi.remove();
    pulumi = new PulumiStandIn(project, "touch begun; sleep 1; touch updated");
    for (const signal of ["SIGHUP", "SIGTERM", "SIGINT"] as const) {
      const ran = run("rollback");
      while (!existsSync(`${project.folder}/begun`)) await sleep(20);
      process.emit(signal, signal);
      const { code, stdout, stderr } = await ran;
      assert.match(stderr, /^going back first; Ctrl-C again ends it at once$/m);
      assert.match(stdout, /^dev: rolled back: /m);
      assert.equal(code, 0);
      for (const name of ["begun", "updated"]) rmSync(`${project.folder}/${name}`);
    }
  });

  it("says in a line whose update is under way", async () => {
    const locks = "backend/.pulumi/locks/organization/canary-traffic/dev";
    mkdirSync(`${project.folder}/${locks}`, { recursive: true });
    const lock = {
      pid: process.pid,
      username: "ann",
      hostname: hostname(),
      timestamp: new Date().toISOString(),
    };
    project.write(`${locks}/1.json`, JSON.stringify(lock));
    const { code, stderr } = await run("rollback");
    assert.match(
      stderr,
      /^.*; weights are read from the state.*\nsomebody else's update is under way: ann@.*\n$/,
    );
    assert.equal(code, 1);
  });
});
