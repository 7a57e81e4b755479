import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { Repository } from "../repository";

const ROOT = resolve(__dirname, "../..");

const DOCUMENT = readFileSync(join(ROOT, "docs/pull-requests.md"), "utf8");

interface Step {
  readonly run?: string;
}

/** The commands that preview.yml runs after `npm ci`. */
function githubCommands(): string[] {
  const { jobs } = parse(readFileSync(join(ROOT, ".github/workflows/preview.yml"), "utf8"));
  return (jobs.preview.steps as Step[]).flatMap(({ run }) =>
    run === undefined || run === "npm ci" ? [] : [run],
  );
}

describe("the preview of a pull request", function () {
  this.timeout(60_000);
  const repository = new Repository();
  const temporary = mkdtempSync(join(tmpdir(), "canary-runner-"));

  before(() => {
    repository.addProgram();
    repository.git("update-ref", "refs/remotes/origin/main", repository.commit());
    repository.git("checkout", "--quiet", "-b", "shift");
  });

  after(() => {
    repository.remove();
    rmSync(temporary, { recursive: true });
  });

  /** Runs commands as a runner does, each in a shell of its own that stops at an error. */
  async function runAll(commands: readonly string[], variables: Record<string, string>): Promise<number[]> {
    const env = { ...process.env, ...variables, XDG_CACHE_HOME: join(temporary, "cache") };
    const codes: number[] = [];
    for (const command of commands) {
      codes.push(
        await new Promise((done) => {
          execFile("bash", ["-e", "-c", command], { cwd: repository.folder, env }, (error) =>
            done(error === null ? 0 : Number(error.code)),
          );
        }),
      );
    }
    return codes;
  }

  const change = (file: string, from: string, to: string): void => {
    const path = join(repository.folder, file);
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  };

  const read = (file: string): string => readFileSync(join(temporary, file), "utf8");

  /** What preview.yml makes of the branch as it stands. */
  async function preview(
    name: string,
  ): Promise<{ codes: number[]; comment: string; summary: string; page: string }> {
    const runner = mkdtempSync(join(temporary, name));
    const codes = await runAll(githubCommands(), {
      BASE: "origin/main",
      NUMBER: "12",
      RUNNER_TEMP: runner,
      GITHUB_STEP_SUMMARY: join(runner, "summary.md"),
    });
    const below = runner.slice(temporary.length + 1);
    assert.equal(read(`${below}/preview/pull-request`), "12\n");
    return {
      codes,
      comment: read(`${below}/preview/comment.md`),
      summary: read(`${below}/summary.md`),
      page: read(`${below}/preview.html`),
    };
  }

  it("is a verdict for every stack, in the comment, the summary and the page", async () => {
    change("Pulumi.dev.yaml", 'canaryWeight: "10"', 'canaryWeight: "25"');
    change("Pulumi.dev.yaml", "myapp:1.1.0", "myapp:1.2.0");
    change("Pulumi.dev.yaml", "host: myapp.example.com", "host: shop.example.com");
    change("Pulumi.prod.yaml", 'canaryWeight: "10"', 'canaryWeight: "20"');
    repository.commit();
    const { codes, comment, summary, page } = await preview("shift-");
    assert.deepEqual(codes, [0, 0]);
    assert.match(
      comment,
      /^- \S+ \*\*dev: myapp canary 10 % -> 25 % \(effective 25 %\), now at shop\.example\.com, /mu,
    );
    assert.match(comment, /^- \S+ \*\*prod: myapp canary 10 % -> 20 % \(effective 18\.18 %\), /mu);
    assert.match(comment, /^\+ spec\.weighted\.services\[1\]\.weight: 25$/m);
    assert.equal(summary, comment);
    assert.match(page.replaceAll(/<[^>]*>/g, ""), /dev: myapp canary 10\s% -&gt; 25\s%/);
    assert.ok(DOCUMENT.includes(comment.trim()), `docs/pull-requests.md does not show:\n${comment}`);
    assert.equal(repository.git("status", "--short"), "");
    assert.equal(repository.git("worktree", "list").split("\n").length, 1);
  });

  it("says what is wrong with a stack beside the others' verdicts, and fails", async () => {
    change("Pulumi.prod.yaml", 'canaryWeight: "20"', 'canaryWeight: "110"');
    repository.commit();
    const { codes, comment } = await preview("bad-");
    assert.deepEqual(codes, [2, 0]);
    assert.match(comment, /^- ⛔ \*\*prod: no preview, see below\*\*$/mu);
    assert.match(comment, /^canaryWeight .*110/m);
    assert.match(comment, /\*\*dev: myapp canary 10 % -> 25 %/);
  });

  describe("in GitLab CI, as documented", () => {
    const jobs: Record<string, { script: string[]; stage: string }> = (() => {
      const { stages, ...all } = parse(DOCUMENT.match(/```yaml\n(.*?)```/s)?.[1] ?? "");
      for (const { stage } of Object.values<{ stage: string }>(all)) assert.ok(stages.includes(stage));
      return all;
    })();
    const commands = (job: string): string[] =>
      (jobs[job]?.script ?? []).filter((command) => command !== "npm ci");

    it("is the same text", async () => {
      repository.git("checkout", "--quiet", "HEAD~1");
      const base = repository.git("rev-parse", "main");
      const codes = await runAll(commands("preview"), { CI_MERGE_REQUEST_DIFF_BASE_SHA: base });
      assert.deepEqual(codes, [0, 0]);
      const note = readFileSync(join(repository.folder, "preview.md"), "utf8");
      assert.match(note, /\*\*dev: myapp canary 10 % -> 25 %/);
      assert.match(readFileSync(join(repository.folder, "preview.html"), "utf8"), /^<!DOCTYPE html>/);
    });

    it("keeps one note up to date", async () => {
      const notes: { id: number; body: string }[] = [{ id: 1, body: "hello" }];
      const writes: string[] = [];
      const server = createServer((request, response) => {
        let text = "";
        request.on("data", (chunk) => {
          text += chunk;
        });
        request.on("end", () => {
          if (request.method !== "GET") writes.push(`${request.method} ${request.url}`);
          if (request.method === "POST") notes.push({ id: 2, body: JSON.parse(text).body });
          response.end(JSON.stringify(notes));
        });
      });
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const variables = {
        CI_API_V4_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        CI_PROJECT_ID: "5",
        CI_MERGE_REQUEST_IID: "12",
        COMMENT_TOKEN: "token",
      };
      const attack = "@team <img src=x> [trust me](https://evil.example.com)\n/merge\n";
      const file = join(repository.folder, "preview.md");
      writeFileSync(file, readFileSync(file, "utf8") + attack);
      try {
        assert.deepEqual(await runAll([...commands("comment"), ...commands("comment")], variables), [0, 0]);
      } finally {
        server.close();
      }
      assert.deepEqual(writes, [
        "POST /projects/5/merge_requests/12/notes",
        "PUT /projects/5/merge_requests/12/notes/2",
      ]);
      const note = notes[1]?.body ?? "";
      assert.match(
        note,
        /^<!-- canary-traffic preview -->\n\nMade by the merge request's own code\.\n\n## Preview/,
      );
      assert.doesNotMatch(note, /@team|<img|\]\(https:\/\/evil|^\/merge/m);
    });
  });
});
