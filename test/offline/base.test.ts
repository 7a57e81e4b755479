import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployedAt, type OldSide } from "../../offline/base";
import { ConfigurationError } from "../../offline/configuration";
import { Repository } from "../repository";

const PROGRAM = `
const { ComponentResource, Config, RunError } = require("@pulumi/pulumi");
const name = new Config().require("name");
if (name === "bad") throw new RunError("name: bad is not allowed");
new ComponentResource("test:index:Thing", name);
`;
const PROJECT_FILE = "name: things\nruntime: nodejs\nmain: index.js\n";
const LOCK = JSON.stringify({ name: "things", lockfileVersion: 3, packages: {} });
const named = (name: string): string => `config:\n  things:name: ${name}\n`;

const THINGS = {
  ".gitignore": "node_modules\n",
  "Pulumi.yaml": PROJECT_FILE,
  "Pulumi.dev.yaml": named("old"),
  "index.js": PROGRAM,
  "package.json": JSON.stringify({ name: "things" }),
  "package-lock.json": LOCK,
};

describe("the old side from git", function () {
  this.timeout(60_000);
  const before = process.env.XDG_CACHE_HOME;
  let repository: Repository;
  let cache: string;
  let progress: string[];

  beforeEach(() => {
    repository = new Repository();
    process.env.XDG_CACHE_HOME = mkdtempSync(join(tmpdir(), "canary-cache-"));
    cache = join(process.env.XDG_CACHE_HOME, "canary-traffic", "base");
    progress = [];
  });

  afterEach(() => {
    repository.remove();
    rmSync(process.env.XDG_CACHE_HOME ?? "", { recursive: true, force: true });
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  });

  /** A repository with the small program on `main` and a branch that is checked out. */
  function start(files: Record<string, string> = THINGS): string {
    const commit = repository.commit(files);
    repository.linkPackages();
    repository.git("checkout", "--quiet", "-b", "change");
    return commit;
  }

  const at = (revision = "main", stack = "dev", folder = repository.folder): Promise<OldSide> =>
    deployedAt(folder, stack, revision, (message) => progress.push(message));

  const things = ({ states }: OldSide): string[] =>
    states.filter(({ type }) => type === "test:index:Thing").map(({ name }) => name);

  const refused = (revision: string, pattern: RegExp, folder = repository.folder): Promise<void> =>
    assert.rejects(
      () => at(revision, "dev", folder),
      (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.match(error.message, pattern);
        assert.equal(error.message.split("\n").length, 1);
        return true;
      },
    );

  it("is the program and its configuration at the merge base, not at the branch's tip", async () => {
    start();
    repository.commit({ "Pulumi.dev.yaml": named("new") });
    repository.git("checkout", "--quiet", "main");
    repository.commit({ "Pulumi.dev.yaml": named("later") });
    repository.git("checkout", "--quiet", "change");
    const side = await at();
    assert.deepEqual(things(side), ["old"]);
    assert.deepEqual(side.notes, []);
  });

  it("leaves repository, index and working tree as they were, uncommitted changes too", async () => {
    start();
    repository.write({ "Pulumi.dev.yaml": named("new"), "index.js": "syntax error", untracked: "" });
    repository.git("add", "index.js");
    const status = (): string => repository.git("status", "--porcelain");
    const [was, branches] = [status(), repository.git("branch", "--list")];
    assert.deepEqual(things(await at()), ["old"]);
    assert.equal(status(), was);
    assert.equal(repository.git("branch", "--list"), branches);
    assert.equal(repository.git("worktree", "list").split("\n").length, 1);
    assert.equal(existsSync(join(repository.folder, ".git", "worktrees", "tree")), false);
  });

  it("runs no hook of the repository", async () => {
    start();
    const ran = join(repository.folder, "ran");
    repository.write({ ".git/hooks/post-checkout": `#!/bin/sh\ntouch '${ran}'\n` });
    chmodSync(join(repository.folder, ".git/hooks/post-checkout"), 0o755);
    await at();
    assert.equal(existsSync(ran), false);
  });

  it("is there for a detached HEAD, and inside a git hook", async () => {
    start();
    repository.git("checkout", "--quiet", "--detach");
    process.env.GIT_INDEX_FILE = join(repository.folder, "no-such-index");
    try {
      assert.deepEqual(things(await at()), ["old"]);
    } finally {
      delete process.env.GIT_INDEX_FILE;
    }
  });

  it("is there for a project in a folder of its own", async () => {
    const below = Object.fromEntries(Object.entries(THINGS).map(([name, text]) => [`infra/${name}`, text]));
    repository.commit(below);
    repository.linkPackages("infra");
    assert.deepEqual(things(await at("main", "dev", join(repository.folder, "infra"))), ["old"]);
  });

  it("checks a commit out once, also for runs at the same time", async () => {
    start();
    const sides = await Promise.all([at(), at(), at()]);
    assert.deepEqual(sides.map(things), [["old"], ["old"], ["old"]]);
    assert.equal(readdirSync(cache).length, 1);
    progress = [];
    await at();
    assert.ok(progress.every((message) => !message.startsWith("checking out")));
    assert.equal(repository.git("worktree", "list").split("\n").length, 1);
  });

  it("does not take what an interrupted run left for a checkout", async () => {
    const commit = start();
    const left = join(cache, "unfinished-killed");
    mkdirSync(cache, { recursive: true });
    repository.git("worktree", "add", "--quiet", "--detach", join(left, "tree"), commit);
    rmSync(join(left, "tree", "index.js"));
    assert.deepEqual(things(await at()), ["old"]);
    assert.ok(existsSync(left), "it may still be running");
    utimesSync(left, 0, 0);
    await at();
    assert.equal(existsSync(left), false);
    assert.equal(repository.git("worktree", "list").split("\n").length, 1);
  });

  it("takes worktrees off the list whose files were removed with the cache, and no one else's", async () => {
    const commit = start();
    const left = join(cache, "unfinished-killed", "tree");
    const foreign = join(cache, "..", "elsewhere");
    for (const tree of [left, foreign]) {
      repository.git("worktree", "add", "--quiet", "--detach", tree, commit);
      rmSync(tree, { recursive: true });
    }
    await at();
    const listed = repository.git("worktree", "list");
    assert.doesNotMatch(listed, /unfinished-killed/);
    assert.match(listed, /elsewhere/);
  });

  it("keeps the checkouts that were used last, and no others", async () => {
    const commit = start();
    for (let i = 0; i < 8; i++) {
      mkdirSync(join(cache, `old-${i}`), { recursive: true });
      utimesSync(join(cache, `old-${i}`), i, i);
    }
    await at();
    const kept = readdirSync(cache);
    assert.equal(kept.length, 5);
    assert.ok(kept.some((name) => name.startsWith(commit)));
    assert.ok(kept.includes("old-7"));
  });

  it("uses the packages that are here where the lock files agree", async () => {
    start();
    await at();
    const [checkout = ""] = readdirSync(cache);
    assert.ok(lstatSync(join(cache, checkout, "node_modules")).isSymbolicLink());
  });

  it("installs its own packages where the lock files differ, and never writes into those that are here", async () => {
    const link = { name: "things", lockfileVersion: 3, packages: { "": { name: "things" } } };
    start({ ...THINGS, "package-lock.json": JSON.stringify(link) });
    repository.commit({ "package-lock.json": LOCK });
    const side = await at();
    assert.ok(progress.some((message) => message.startsWith("installing")));
    const [checkout = ""] = readdirSync(cache);
    assert.equal(existsSync(join(cache, checkout, "node_modules", "@pulumi")), false);
    assert.match(side.notes[0] ?? "", /the program does not run at .*Cannot find module '@pulumi\/pulumi/);
  });

  it("does not keep a checkout whose packages could not be installed", async () => {
    start({ ...THINGS, "package-lock.json": "no JSON" });
    repository.commit({ "package-lock.json": LOCK });
    const side = await at();
    assert.match(side.notes[0] ?? "", /the program does not run at .*npm ci failed.*only the configuration/);
    assert.deepEqual(things(side), ["old"]);
    assert.deepEqual(readdirSync(cache), []);
  });

  it("is refused where nothing can be kept in the cache, which is named with the reason", async () => {
    start();
    const file = join(cache, "..", "..", "file");
    writeFileSync(file, "");
    const places = [file, ...(process.platform === "linux" ? ["/proc/canary"] : [])];
    for (const place of places) {
      process.env.XDG_CACHE_HOME = place;
      const named = `the cache ${place}/canary-traffic/base can't be written to \\((ENOTDIR|ENOENT): `;
      await refused(
        "main",
        new RegExp(`^--base: ${named}.*; set XDG_CACHE_HOME to a folder that can: it is ${place}$`),
      );
    }
    rmSync(join(cache, "..", ".."), { recursive: true });
  });

  it("is the old configuration with the program that is here where the old one does not run", async () => {
    start({ ...THINGS, "index.js": "throw new Error('broken')" });
    repository.commit({ "index.js": PROGRAM, "Pulumi.dev.yaml": named("new") });
    const side = await at();
    assert.deepEqual(things(side), ["old"]);
    assert.match(
      side.notes[0] ?? "",
      /^the program does not run at [0-9a-f]{12}, the merge base with main \(/,
    );
    assert.match(
      side.notes[0] ?? "",
      /broken.*: only the configuration is compared, by the program as it is here$/,
    );
  });

  it("is nothing where the old settings suit neither program, and says so", async () => {
    start({ ...THINGS, "Pulumi.dev.yaml": named("bad") });
    repository.commit({ "Pulumi.dev.yaml": named("new") });
    const { states, notes } = await at();
    assert.deepEqual(states, []);
    assert.match(notes[0] ?? "", /\(name: bad is not allowed\).*everything shows as to create$/);
  });

  it("is nothing for a stack that is new", async () => {
    start();
    repository.commit({ "Pulumi.staging.yaml": named("new") });
    const { states, notes } = await at("main", "staging");
    assert.deepEqual(states, []);
    assert.match(
      notes[0] ?? "",
      /^stack staging is new: .* has no Pulumi\.staging\.yaml, so everything is to create$/,
    );
  });

  it("names what a shallow clone needs", async () => {
    start();
    repository.commit({ "Pulumi.dev.yaml": named("new") });
    const clone = mkdtempSync(join(tmpdir(), "canary-shallow-"));
    try {
      repository.git("clone", "--quiet", "--depth", "1", `file://${repository.folder}`, clone);
      await refused(
        "origin/main",
        /^--base origin\/main: there is no such revision here; .*fetch-depth: 0/,
        clone,
      );
    } finally {
      rmSync(clone, { recursive: true });
    }
  });

  it("refuses revisions that are not there, and options in their place", async () => {
    start();
    await refused("nowhere", /^--base nowhere: there is no such revision here; fetch it first$/);
    await refused("--all", /^--base --all: there is no such revision here/);
  });

  it("refuses a branch that shares nothing with this one", async () => {
    start();
    repository.git("checkout", "--quiet", "--orphan", "other");
    repository.commit({ "other.txt": "" });
    await refused("main", /^--base main: shares no commit with HEAD$/);
  });

  it("refuses a folder without a repository, and a repository without a commit", async () => {
    await refused("HEAD", /^--base HEAD: there is no such revision here/);
    const folder = mkdtempSync(join(tmpdir(), "canary-plain-"));
    writeFileSync(join(folder, "Pulumi.yaml"), PROJECT_FILE);
    try {
      await refused("main", /is no git repository to read \(fatal: not a git repository/, folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
