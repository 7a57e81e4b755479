import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { routerNames } from "../../components/routers";
import { Repository } from "../repository";
import { run } from "./run";

const ROOT = resolve(__dirname, "..", "..");

/** Two stacks, one of whose apps has canaries with names. */
const project = new Repository();
project.write({
  "Pulumi.yaml": "name: canary-traffic\nruntime: nodejs\n",
  "Pulumi.dev.yaml": "config:\n  canary-traffic:apps:\n    myapp: { host: myapp.example.com }\n",
  "Pulumi.eu-1.yaml":
    "config:\n  canary-traffic:apps:\n    shop: { canaries: { red: { weight: 1 } } }\n    '$(touch broken)': {}\n",
  "state.json": "{}",
});
const start = process.cwd();

/** The values that are offered for the last word. */
async function offered(...words: string[]): Promise<string[]> {
  process.chdir(project.folder);
  const { code, stdout } = await run("complete", "--", ...words);
  assert.equal(code, 0);
  return stdout.split("\n").flatMap((line) => line.split("\t")[0] || []);
}

describe("canary completion", () => {
  afterEach(() => process.chdir(start));
  after(() => project.remove());

  it("offers every command of the help, and those below a command", async () => {
    const { stdout } = await run("--help");
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    const commands = await offered("");
    assert.ok(commands.length > 10);
    for (const command of commands) assert.ok(listed.includes(command), command);
    assert.deepEqual(await offered("lab", "do"), ["down"]);
    assert.ok(!commands.includes("complete"));
  });

  it("offers a command's options, and the words that they take", async () => {
    assert.ok((await offered("preview", "--")).includes("--expect-no-changes"));
    assert.deepEqual(await offered("preview", "--format", "ma"), ["markdown"]);
    assert.deepEqual(await offered("preview", "--format=ma"), ["--format=markdown"]);
    assert.deepEqual(await offered("judge", ""), ["pass", "fail"]);
    assert.deepEqual(await offered("routers", ""), routerNames());
  });

  it("offers stacks, apps, canaries and settings by name, of the stack that the words name", async () => {
    assert.deepEqual(await offered("preview", "-s", ""), ["dev", "eu-1"]);
    assert.deepEqual(await offered("rollout", "--stack=e"), ["--stack=eu-1"]);
    assert.deepEqual(await offered("rollout", "-s", "eu-1", "--app", ""), ["shop", "shop/red"]);
    assert.deepEqual(await offered("rollout", "--app", ""), ["myapp", "shop", "shop/red"]);
    assert.deepEqual(await offered("preview", "-c", "canaryW"), ["canaryWeight="]);
    const paths = await offered("preview", "--config-path", "-s", "dev", "-c", "apps.");
    assert.deepEqual(paths, ["apps.myapp.canaryWeight="]);
  });

  it("asks the shell for files and folders, and offers nothing for what is free, or can't be read", async () => {
    assert.deepEqual(await offered("preview", "--state", "st"), [":files"]);
    assert.deepEqual(await offered("render", "--out", ""), [":folders"]);
    assert.deepEqual(await offered("rollout", "--to", ""), []);
    assert.deepEqual(await offered("nosuch", "--"), await offered("--"));
    process.chdir("/");
    assert.deepEqual((await run("complete", "--", "preview", "-s", "")).stdout, "");
  });

  it("refuses another shell in one line, with those that there are", async () => {
    const { code, stderr } = await run("completion", "tcsh");
    assert.equal(code, 2);
    assert.match(stderr, /^error: .*'tcsh'.*bash, zsh, fish/);
  });

  it("answers before anybody waits", () => {
    const ask = () =>
      execFileSync("node", ["bin/canary.js", "complete", "--", "preview", "-s", ""], { cwd: ROOT });
    ask();
    const begun = performance.now();
    ask();
    // A cold provider package alone takes longer.
    assert.ok(performance.now() - begun < 3000);
  }).timeout(60_000);

  describe("in a shell", () => {
    const bin = join(project.folder, "bin");
    before(() => {
      mkdirSync(bin);
      writeFileSync(join(bin, "canary"), `#!/bin/sh\nexec node ${join(ROOT, "bin", "canary.js")} "$@"\n`);
      chmodSync(join(bin, "canary"), 0o755);
    });

    /** What the shell itself makes of a line at the key TAB. */
    const shells: Readonly<Record<string, (script: string, line: string) => string[]>> = {
      bash: (script, line) => [
        "--norc",
        "-c",
        `. ${script}
COMP_LINE=${JSON.stringify(line)} COMP_POINT=${line.length}
words=$(sed 's/[=:]/ & /g' <<< "$COMP_LINE"); read -ra COMP_WORDS <<< "$words"
case "$COMP_LINE" in *" ") COMP_WORDS+=("") ;; esac
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _canary; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ],
      zsh: (script, line) => [
        "-f",
        "-c",
        `compdef() { :; }; . ${script}
_describe() { local -a all; all=("\${(@P)2}" "\${(@P)4}"); print -l -- \${all%%:*}; }; _files() { print files; }
line=${JSON.stringify(line)}; words=(\${(z)line}); [[ $line = *' ' ]] && words+=("")
CURRENT=\${#words}; _canary`,
      ],
      fish: (script, line) => ["--no-config", "-c", `source ${script}; complete -C ${JSON.stringify(line)}`],
    };

    for (const [shell, arguments_] of Object.entries(shells)) {
      const found = spawnSync(shell, ["--version"]).error === undefined;
      (found ? it : it.skip)(`completes in ${shell}${found ? "" : `; needs ${shell}`}`, async () => {
        const script = join(project.folder, `completion.${shell}`);
        writeFileSync(script, (await run("completion", shell)).stdout);
        const completed = (line: string): string[] =>
          execFileSync(shell, arguments_(script, line), {
            cwd: project.folder,
            encoding: "utf8",
            env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: project.folder },
          })
            .split("\n")
            .flatMap((text) => text.split("\t")[0]?.trim() || []);
        assert.deepEqual(completed("canary preview -s "), ["dev", "eu-1"]);
        assert.deepEqual(completed("canary roll"), ["rollback", "rollout"]);
        assert.match(completed("canary preview --format=ma").join(), /^(--format=)?markdown$/);
        assert.deepEqual(completed("canary rollout -s eu-1 --app "), ["shop", "shop/red"]);
      }).timeout(60_000);
    }

    it("runs nothing that a name in a file says", () => {
      const files = execFileSync("ls", { cwd: project.folder, encoding: "utf8" });
      assert.doesNotMatch(files, /broken/);
      assert.match(readFileSync(join(project.folder, "Pulumi.eu-1.yaml"), "utf8"), /touch broken/);
    });
  });
});
