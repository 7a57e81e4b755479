import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { PROJECT, Project } from "../cli/project";
import { type Ran, run } from "../cli/run";
import { blocks, changed } from "../stories";
import { prepareAccount } from "./account";
import { moto, send } from "./hooks";
import { buildTheirs } from "./theirs";

const PAGE = join(PROJECT, "docs/from-elb-to-kubernetes.md");
const GIT = ["-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"];

describe("docs/from-elb-to-kubernetes.md", () => {
  const env = { ...process.env };
  let project: Project;

  beforeEach(async () => {
    await moto().reset();
    project = new Project();
    project.write(".gitignore", "node_modules\n.canary\n");
    execFileSync("git", ["init", "-q"]);
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

  /** What a command of the page prints; `pulumi` is left to the engine. */
  async function printed(command: string): Promise<Ran | undefined> {
    const [program, ...words] = command.split(" ");
    if (command.startsWith("npx canary status")) return undefined;
    if (command.startsWith("npx canary ")) return run(...words.slice(1));
    if (program === "echo") execFileSync("sh", ["-c", command]);
    if (program === "git")
      execFileSync("sh", ["-c", `git ${GIT.join(" ")} add -A && git ${GIT.join(" ")} commit -qm stage`]);
    return undefined;
  }

  it("shows what its commands print, from the team's groups and load balancers to routes alone", async () => {
    const account = await prepareAccount(send);
    await buildTheirs(account, send);
    const document = readFileSync(PAGE, "utf8");
    let last: { command: string; ran: Ran } | undefined;
    for (const { language, text } of blocks(document).slice(1)) {
      if (language === "yaml" || language === "diff") {
        const filed = last === undefined ? {} : parse(readFileSync("Pulumi.prod.yaml", "utf8")).config;
        const own = stringify({ config: changed(filed, { language, text }) });
        writeFileSync("Pulumi.prod.yaml", own.replace("Z0123456789ABCDEFGHIJ", account.zoneId));
      }
      if (language === "console") {
        for (const line of text.split("\n")) {
          if (!line.startsWith("$ ")) {
            assert.ok(last?.ran.stdout.split("\n").includes(line), `${line}\n${last?.ran.stdout}`);
            continue;
          }
          const command = line.slice(2);
          const ran = await printed(command);
          if (ran === undefined) continue;
          assert.equal(ran.code, 0, `${command}\n${ran.stderr}`);
          last = { command, ran };
        }
      }
      if (language === "mermaid" && last !== undefined) {
        const { stdout } = (await printed(`${last.command} --format markdown`)) ?? last.ran;
        const drawn = /```mermaid\n(.*?)```/s.exec(stdout)?.[1];
        assert.equal(text, drawn?.trimEnd());
      }
    }
  });
});
