import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { analyser } from "../../analysis/analyse";
import { abortCommand, pauseCommand, resumeCommand } from "../../cli/abort";
import { approveCommand, judgeCommand } from "../../cli/approve";
import { report } from "../../cli/errors";
import { rolloutCommand } from "../../cli/rollout";
import { watchCommand } from "../../cli/watch";
import type { RolloutEvent } from "../../rollout/journal/events";
import { lastRollout } from "../../rollout/journal/journal";
import type { Digests } from "../../rollout/machine/ports";
import type { Parts } from "../../rollout/machine/session";
import { StackOnDisk, sessionOf } from "../rollout/machine/stack-on-disk";
import { dev } from "../stacks/raw";
import { Project } from "./project";
import { run } from "./run";
import { withoutPulumi } from "./without-pulumi";

const BIN = resolve(__dirname, "../../bin/canary.js");
const shop = { host: "shop.example.com", image: "shop:1.0.0", canaryImage: "shop:1.1.0" };

describe("canary rollout", () => {
  let project: Project;
  let parts: Parts;
  let stack: StackOnDisk;
  let onEvent: (event: RolloutEvent) => void;

  beforeEach(() => {
    project = new Project();
    const rollout = { steps: [5, 25, 100], bakeSeconds: 20, analysis: { intervalSeconds: 10, failures: 1 } };
    project.stackFile("dev", dev({ apps: { myapp: {}, shop }, policies: { maxStep: 100 }, rollout }));
    stack = new StackOnDisk(project.folder).create();
    onEvent = () => {};
    parts = { ...sessionOf(project.folder).parts, listeners: [(event) => onEvent(event)] };
  });

  afterEach(() => project.remove());

  const events = (): RolloutEvent[] => lastRollout(`${project.folder}/.canary/dev.jsonl`);
  const typesOf = (): string[] => events().map(({ type }) => type);

  /** Runs a command line as `canary` would. */
  async function canary(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const program = new Command("canary");
    const commands = [
      rolloutCommand(() => parts),
      ...[approveCommand(), abortCommand(), judgeCommand(), pauseCommand(), resumeCommand(), watchCommand()],
    ];
    for (const command of commands) program.addCommand(command);
    const written = { stdout: "", stderr: "" };
    const write = { stdout: process.stdout.write, stderr: process.stderr.write };
    for (const name of ["stdout", "stderr"] as const) {
      process[name].write = ((text: string) => {
        written[name] += text;
        return true;
      }) as typeof process.stdout.write;
    }
    for (const command of program.commands) command.exitOverride();
    const before = process.exitCode;
    try {
      process.exitCode = 0;
      await program.exitOverride().parseAsync(words, { from: "user" });
      return { code: Number(process.exitCode), ...written };
    } catch (error) {
      const code = error instanceof CommanderError ? 2 : report(error);
      return { code, ...written };
    } finally {
      process.exitCode = before;
      Object.assign(process.stdout, { write: write.stdout });
      Object.assign(process.stderr, { write: write.stderr });
    }
  }

  it("takes all apps to the weight that was asked for, and exits 0", async () => {
    const { code, stdout } = await canary("rollout", "--unjudged", "--to", "25");
    assert.equal(stdout, "dev: done: all steps passed: myapp/canary 25 %, shop/canary 25 %\n");
    assert.equal(code, 0);
    assert.deepEqual(stack.objects, { "myapp/canary": 25, "shop/canary": 25 });
  });

  it("takes one app by steps of the command line", async () => {
    await canary("rollout", "--unjudged", "--to", "40", "--app", "shop", "--steps", "10,20", "--bake", "0");
    assert.deepEqual(stack.objects, { "myapp/canary": 0, "shop/canary": 40 });
    const weights = events().flatMap((event) =>
      event.type === "shifting" ? [event.weights["shop/canary"]] : [],
    );
    assert.deepEqual(weights, [10, 20, 40]);
  });

  it("says that there is nothing to do, and exits 0", async () => {
    await canary("rollout", "--unjudged", "--to", "25");
    const filed = { apps: { myapp: { canaryWeight: 25 }, shop: { ...shop, canaryWeight: 25 } } };
    project.stackFile("dev", dev(filed));
    const { code, stdout } = await canary("rollout", "--unjudged", "--to", "25");
    assert.equal(stdout, "dev: done: nothing to do: myapp/canary 25 %, shop/canary 25 %\n");
    assert.equal(code, 0);
  });

  it("says so where nothing is to do but the stack file has another weight", async () => {
    await canary("rollout", "--unjudged", "--to", "25", "--app", "shop");
    project.stackFile("dev", dev({ apps: { myapp: {}, shop: { ...shop, canaryWeight: 50 } } }));
    const { stdout } = await canary("rollout", "--unjudged", "--to", "25", "--app", "shop");
    assert.equal(
      stdout,
      "dev: done: nothing to do: shop/canary 25 %; but the stack file has shop/canary 50 %, which the next pulumi up applies\n",
    );
  });

  it("exits 1 when it rolled back, and says why", async () => {
    parts = { ...parts, analyse: sessionOf(project.folder, 25).parts.analyse };
    const { code, stdout } = await canary("rollout", "--unjudged", "--to", "100");
    assert.match(
      stdout,
      /^dev: rolled back: myapp\/canary success rate: canary 20 errors in 100 requests; 0 would be expected/,
    );
    assert.equal(code, 1);
    assert.deepEqual(stack.objects, { "myapp/canary": 0, "shop/canary": 0 });
  });

  it("goes back though neither stdout nor stderr can be written any more", function () {
    if (!existsSync("/dev/full")) this.skip();
    const words = [
      "--require",
      resolve(__dirname, "../../base/typescript.js"),
      resolve(__dirname, "rollout-alone.ts"),
      "rollout",
      "--unjudged",
      "--to",
      "100",
    ];
    const full = openSync("/dev/full", "w");
    const { status } = spawnSync(process.execPath, words, { stdio: ["ignore", full, full] });
    closeSync(full);
    assert.deepEqual(typesOf().slice(-3), ["rolling-back", "rolled-back", "ended"]);
    assert.deepEqual(stack.objects, { "myapp/canary": 0, "shop/canary": 0 });
    assert.equal(status, 2);
  });

  it("serves its page while it goes on, at an address that stderr has once", async () => {
    const { code, stdout, stderr } = await canary("rollout", "--unjudged", "--to", "25", "--ui");
    const addresses = stderr.match(/http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/$/gm) ?? [];
    assert.equal(addresses.length, 1);
    const again = await canary("rollout", "--unjudged", "--to", "25", "--ui", "--app", "nope");
    assert.equal(again.stderr, "--app nope: no such canary; allowed: myapp/canary, shop/canary\n");
    assert.doesNotMatch(stdout, /127\.0\.0\.1/);
    assert.equal(code, 0);
    await assert.rejects(fetch(addresses[0] ?? ""));
  });

  it("is refused before anything is applied if nothing would judge a step", async () => {
    const { code, stderr } = await canary("rollout", "--to", "100");
    assert.match(
      stderr,
      /^rollout\.analysis\.metrics is missing: nothing would judge the canary\. .* --unjudged/,
    );
    assert.equal(code, 2);
    assert.deepEqual(typesOf(), []);
    assert.deepEqual(stack.objects, { "myapp/canary": 0, "shop/canary": 0 });
  });

  it("moves users on a platform with both sides alone, and one number at a time", async () => {
    const { code, stderr } = await canary("rollout", "--move", "--to", "25");
    assert.equal(code, 2);
    assert.equal(
      stderr,
      "--move: dns.kubernetesWeight moves nobody on platform kubernetes; allowed: platform migration\n",
    );
    assert.equal((await canary("rollout", "--move", "--to", "25", "--app", "myapp")).code, 2);
    assert.deepEqual(stack.objects, { "myapp/canary": 0, "shop/canary": 0 });
  });

  it("waits for an approval from elsewhere", async () => {
    const said: string[] = [];
    onEvent = ({ type }) => {
      if (type === "approval-awaited") void canary("approve").then(({ stdout }) => said.push(stdout));
    };
    const { code } = await canary("rollout", "--to", "5", "--approve");
    assert.equal(code, 0);
    assert.deepEqual(said, ["approved: step 1 of 1 of dev, to 5 %\n"]);
    const approved = events().find(({ type }) => type === "approved");
    assert.ok(approved?.type === "approved" && approved.by.endsWith(`@${hostname()}`));
  });

  it("rolls back when it is aborted from elsewhere", async () => {
    onEvent = ({ type }) => {
      if (type === "approval-awaited") void canary("abort");
    };
    const { code, stdout } = await canary("rollout", "--to", "5", "--approve");
    assert.match(stdout, /rolled back: aborted by /);
    assert.equal(code, 1);
  });

  it("takes no further step while it is paused from elsewhere, and may be watched from there", async () => {
    const said: string[] = [];
    let watched: Promise<string> | undefined;
    onEvent = ({ type }) => {
      if (type === "begun") void canary("pause").then(({ stdout }) => said.push(stdout));
      if (type !== "paused") return;
      const child = spawn(process.execPath, [BIN, "watch"], { cwd: project.folder });
      let shown = "";
      child.stdout.on("data", (text) => {
        if (shown === "") void canary("resume").then(({ stdout }) => said.push(stdout));
        shown += text;
      });
      watched = once(child, "close").then(([exit]) => `${shown}${exit}`);
    };
    const { code } = await canary("rollout", "--unjudged", "--to", "25");
    assert.equal(code, 0);
    assert.deepEqual(said, [
      "dev: told the rollout to take no further step\n",
      "dev: told the rollout to go on\n",
    ]);
    const types = typesOf();
    assert.deepEqual(types.slice(types.indexOf("paused")).slice(0, 2), ["paused", "unpaused"]);
    const lines = ((await watched) ?? "").split("\n");
    assert.match(lines[0] ?? "", / from myapp\/canary 0 %, shop\/canary 0 % by 5 %, 25 %$/);
    assert.ok(lines.some((line) => / paused by .+@.+ before step 1$/.test(line)));
    assert.deepEqual(lines.slice(-2), [
      "dev: done: all steps passed: myapp/canary 25 %, shop/canary 25 %",
      "0",
    ]);
  });

  it("is refused a word where none is under way", async () => {
    for (const word of ["pause", "resume", "abort", "watch"]) {
      const undo = withoutPulumi(project.folder);
      const { code, stderr } = await canary(word).finally(undo);
      assert.match(
        stderr,
        /^stack dev: no rollout is under way here, and nobody can tell of other machines: /,
      );
      assert.equal(code, 2);
    }
  });

  describe("with a metric that a person judges", () => {
    const asked = [{ name: "checkout", source: "person", query: "Can you buy something?" }];

    beforeEach(() => {
      const analysis = { intervalSeconds: 10, metrics: asked };
      const rollout = { steps: [5], bakeSeconds: 20, analysis };
      project.stackFile("dev", dev({ apps: { myapp: {}, shop }, rollout }));
      const { clock } = parts;
      const place = () => ({ namespace: "n", service: "s" });
      parts = {
        ...parts,
        analyse: (plan, judgements) => analyser(plan.analysis, { sources: {}, clock, place, judgements }),
      };
    });

    /** Answers at the first judgement that waits for it. */
    function answering(...words: string[]): { said: string[] } {
      const said: string[] = [];
      onEvent = (event) => {
        if (event.type !== "judged" || event.verdict.outcome !== "hold" || said.length > 0) return;
        said.push(event.verdict.metrics[0]?.reason ?? "");
        void canary("judge", ...words, "--metric", "checkout").then(({ stdout }) => said.push(stdout));
      };
      return { said };
    }

    it("holds the step until somebody passes it", async () => {
      const { said } = answering("pass");
      const { code } = await canary("rollout", "--to", "5");
      assert.equal(code, 0);
      assert.deepEqual(said, [
        'waits for a person: canary judge -s dev pass|fail --metric "checkout"',
        "judged: checkout at step 1 of dev: pass\n",
      ]);
    });

    it("goes back at once where somebody fails it, and says who and why", async () => {
      answering("fail", "--reason", "no prices");
      const { code, stdout } = await canary("rollout", "--to", "5");
      assert.equal(code, 1);
      assert.match(
        stdout,
        /^dev: rolled back: myapp\/canary checkout: .+@.+ says fail: no prices \(Can you buy something\?\);/,
      );
    });

    it("refuses another metric", async () => {
      let refused = "";
      onEvent = (event) => {
        if (event.type !== "judged" || refused !== "") return;
        void canary("judge", "pass", "--metric", "latency").then(({ stderr }) => {
          refused = stderr;
          return canary("judge", "pass", "--metric", "checkout");
        });
      };
      await canary("rollout", "--to", "5");
      assert.equal(refused, "--metric latency: allowed: checkout\n");
    });
  });

  it("is not resumed where the configuration was changed meanwhile, but goes back", async () => {
    const { shifter } = parts;
    let since: Digests | undefined;
    const changed: string[] = [];
    parts = {
      ...parts,
      shifter: async (targets, before) => {
        since = before;
        const made = await shifter(targets);
        return Object.assign(made, {
          configuration: { "canary-traffic:apps": "d1" },
          changedByHand: async () => changed,
        });
      },
    };
    onEvent = (event) => {
      if (event.type === "shifted") process.emit("SIGINT", "SIGINT");
    };
    await canary("rollout", "--unjudged", "--to", "100");
    onEvent = () => {};
    changed.push("canary-traffic:apps");
    const { code, stderr } = await canary("rollout", "--resume");
    assert.equal(code, 2);
    assert.equal(
      stderr,
      "the configuration was changed meanwhile: canary-traffic:apps; put it back as it was, or go back by --resume --rollback\n",
    );
    assert.deepEqual(since, { "canary-traffic:apps": "d1" });
    const back = await canary("rollout", "--resume", "--rollback");
    assert.match(back.stdout, /^dev: rolled back: resumed with --rollback/);
  });

  it("stops on Ctrl-C, says how to go on, and does", async () => {
    onEvent = (event) => {
      if (event.type === "shifted" && event.step === 1) process.emit("SIGINT", "SIGINT");
    };
    const { code, stdout, stderr } = await canary("rollout", "--unjudged", "--to", "100");
    assert.equal(code, 1);
    assert.equal(
      stdout,
      "dev: stopped: stopped by Ctrl-C\n" +
        "canary rollout -s dev --resume goes on from there, with --rollback it goes back to 0\n",
    );
    assert.match(stderr, /^stopping, once nothing is half done; Ctrl-C again ends it at once$/m);
    assert.equal(stack.objects["shop/canary"], 25);
    onEvent = () => {};
    assert.equal((await canary("rollout", "--resume")).code, 0);
    assert.deepEqual(typesOf().slice(0, 2), ["begun", "shifting"]);
    assert.equal(stack.objects["shop/canary"], 100);
  });

  it("goes back when it is resumed with --rollback", async () => {
    onEvent = ({ type }) => {
      if (type === "observed") process.emit("SIGTERM", "SIGTERM");
    };
    await canary("rollout", "--unjudged", "--to", "100");
    onEvent = () => {};
    const { code, stdout } = await canary("rollout", "--resume", "--rollback");
    assert.equal(stdout, "dev: rolled back: resumed with --rollback\n");
    assert.equal(code, 1);
  });

  it("is not begun anew where one was cut off", async () => {
    await canary("rollout", "--unjudged", "--to", "5");
    const file = `${project.folder}/.canary/dev.jsonl`;
    writeFileSync(
      file,
      readFileSync(file, "utf8")
        .split("\n")
        .slice(0, 2)
        .map((line) => `${line}\n`)
        .join(""),
    );
    const { code, stderr } = await canary("rollout", "--unjudged", "--to", "25");
    assert.equal(
      stderr,
      "stack dev: a rollout was interrupted or could not go back; allowed: --resume, or --resume --rollback\n",
    );
    assert.equal(code, 2);
  });

  it("is alone on its stack", async () => {
    let second: ReturnType<typeof canary> | undefined;
    onEvent = ({ type }) => {
      if (type === "begun") second = canary("rollout", "--unjudged", "--to", "5");
    };
    const { code } = await canary("rollout", "--unjudged", "--to", "5");
    assert.equal(code, 0);
    assert.equal((await second)?.code, 2);
    assert.equal(events().filter(({ type }) => type === "begun").length, 1);
  });

  it("goes on where a view fails", async () => {
    onEvent = () => {
      throw new Error("report.html: ENOSPC");
    };
    const { code, stderr } = await canary("rollout", "--unjudged", "--to", "5");
    assert.equal(code, 0);
    assert.match(stderr, /^warning: report\.html: ENOSPC$/m);
  });

  it("ends where a notice hangs at the end, and keeps its exit code", async function () {
    this.timeout(60_000);
    parts = { ...parts, finish: () => new Promise(() => {}) };
    const { code, stdout, stderr } = await canary("rollout", "--unjudged", "--to", "5");
    assert.match(stdout, /^dev: done: /);
    assert.equal(code, 0);
    assert.match(stderr, /^warning: what comes after the rollout did not answer within 15 s$/m);
  });

  it("says what happens, a line each, where there is no terminal", async () => {
    const { stdout, stderr } = await canary("rollout", "--unjudged", "--to", "5");
    assert.match(stderr, /^\S+ from myapp\/canary 0 %, shop\/canary 0 % by 5 %\n.*shifting to/);
    assert.equal(`${stdout}${stderr}`.includes("\u001b"), false);
  });

  it("leaves a report and the events, of the whole rollout where it was resumed", async () => {
    const [report, kept] = ["report.html", "events.jsonl"].map((name) => `${project.folder}/${name}`);
    const files = ["--report", report ?? "", "--events", kept ?? ""];
    onEvent = ({ type }) => type === "shifted" && process.emit("SIGINT", "SIGINT");
    await canary("rollout", "--unjudged", "--to", "25", ...files);
    assert.match(readFileSync(report ?? "", "utf8"), /<title>Rollout of .*: stopped<\/title>/);
    onEvent = () => {};
    await canary("rollout", "--resume", ...files);
    const page = readFileSync(report ?? "", "utf8");
    assert.match(page, /<title>Rollout of .*: done<\/title>/);
    assert.match(page, /Weight over time: 0 % and 0 %, then 5 % and 5 %, .*then 25 % and 25 %"/);
    assert.equal(
      readFileSync(kept ?? "", "utf8"),
      readFileSync(`${project.folder}/.canary/dev.jsonl`, "utf8"),
    );
  });

  for (const option of ["--report", "--events"]) {
    it(`does nothing where ${option} can't be written`, async () => {
      const { code, stderr } = await canary("rollout", "--unjudged", "--to", "5", option, "nope/file");
      assert.match(stderr, new RegExp(`^${option} nope/file: ENOENT: [^\n]*in a folder that is there\n$`));
      assert.equal(code, 2);
      assert.deepEqual(stack.objects, { "myapp/canary": 0, "shop/canary": 0 });
    });
  }

  it("changes nothing that is deployed by its settings", async () => {
    const words = ["-c", "rollout.bakeSeconds=7", "--config-path", "--expect-no-changes"];
    assert.equal((await run("preview", ...words)).code, 0);
  });

  const mistakes: readonly [string[], RegExp][] = [
    [["rollout"], /^--to is missing: give a weight, or --resume$/],
    [["rollout", "--to", "0"], /argument '0' is invalid. allowed: a number above 0/],
    [["rollout", "--to", "5", "--steps", "5,1"], /allowed: weights that rise/],
    [["rollout", "--to", "5", "--bake", "1m"], /allowed: seconds from 0 to 604800/],
    [["rollout", "--to", "5", "--rollback"], /^--rollback: allowed with --resume only$/],
    [["rollout", "--to", "5", "--resume"], /'--resume' cannot be used with option '--to <percent>'/],
    [["rollout", "--resume"], /^stack dev: there is no rollout to resume here$/],
    [
      ["rollout", "--to", "5", "--app", "nope"],
      /^--app nope: no such canary; allowed: myapp\/canary, shop\/canary$/,
    ],
    [["approve"], /^stack dev: no rollout is under way here$/],
    [["judge", "pass", "--metric", "checkout"], /^stack dev: no rollout is under way here$/],
  ];
  for (const [words, line] of mistakes) {
    it(`says what is wrong with ${words.join(" ")}, and exits 2`, async () => {
      const { code, stderr } = await canary(...words);
      assert.match(stderr.trimEnd(), line);
      assert.equal(code, 2);
    });
  }

  describe("with a metric whose source lacks its secret, and a notice without an address", () => {
    const rollout = {
      notices: [{ kind: "slack", urlFrom: "CANARY_TEST_NO_SUCH_HOOK" }],
      sources: { http: { url: "http://127.0.0.1:9/", headers: { "X-Key": "CANARY_TEST_NO_SUCH_KEY" } } },
      analysis: {
        metrics: [{ name: "errors", source: "http", query: "$", better: "lower", threshold: 1 }],
      },
    };
    const lines = [
      "environment variable CANARY_TEST_NO_SUCH_KEY, of rollout.sources.http, is not set; set it to the secret",
      "environment variable CANARY_TEST_NO_SUCH_HOOK, of rollout.notices, is not set; set it to an address without a name or password in it",
    ];

    it("names both, and exits 2 before anything is applied", async () => {
      project.stackFile("dev", dev({ apps: { myapp: {}, shop }, rollout }));
      const { code, stderr } = await canary("rollout", "--unjudged", "--to", "5");
      assert.deepEqual([stderr.trimEnd().split("\n"), code], [lines, 2]);
      assert.deepEqual(stack.objects, { "myapp/canary": 0, "shop/canary": 0 });
    });

    it("goes back all the same", async () => {
      onEvent = ({ type }) => type === "shifted" && process.emit("SIGINT", "SIGINT");
      await canary("rollout", "--unjudged", "--to", "25");
      project.stackFile("dev", dev({ apps: { myapp: {}, shop }, rollout }));
      const { stdout } = await canary("rollout", "--resume", "--rollback");
      assert.match(stdout, /^dev: rolled back: /);
    });
  });

  it("leaves a lock of another machine's alone", async () => {
    mkdirSync(`${project.folder}/.canary`);
    const lock = JSON.stringify({ command: "rollout", host: "elsewhere", pid: 1, started: "1" });
    writeFileSync(`${project.folder}/.canary/dev.lock`, lock);
    const { code, stderr } = await canary("rollout", "--unjudged", "--to", "5");
    assert.match(stderr, /under way on elsewhere, process 1/);
    assert.equal(code, 2);
  });
});
