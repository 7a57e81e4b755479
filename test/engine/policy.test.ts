import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../../policy/evaluate";
import { rules } from "../../policy/rules";
import { run } from "../cli/run";
import { needing } from "../needing";
import { EngineProject, lacksEngine, PROJECT, type Run } from "./engine";
import { standIn } from "./stand-in";

const PACK = join(PROJECT, "policy");

/** Findings as the engine prints them: `- [mandatory]  rule  (resource)`, its description, the message. */
const PRINTED = /- \[(\w+)\] {2}(\S+) {2}\(.*\)\n.*\n +(.*)/g;

const printed = ({ stdout }: Run): string[] =>
  [...stdout.matchAll(PRINTED)]
    .map(([, severity, rule, message]) => `${severity} ${rule}: ${message}`)
    .sort();

/** What the engine can find of what `canary check` finds, as the engine says it. */
function expected(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ rule }) => rules[rule].needs === "resources")
    .map(({ severity, rule, message, waived }) =>
      waived === undefined
        ? `${severity} ${rule}: ${message}`
        : `advisory waived: ${rule}: ${message} (until ${waived.until}: ${waived.reason})`,
    )
    .sort();
}

const lacking = lacksEngine();
const title = "the policy pack in Pulumi's engine";

describe(needing(lacking, title), function () {
  this.timeout(2 * 60_000);
  const here = process.cwd();
  let plugins: string;
  let project: EngineProject;

  before(function () {
    if (lacking !== undefined) this.skip();
    plugins = standIn();
  });
  after(() => {
    if (plugins !== undefined) rmSync(plugins, { recursive: true });
  });

  async function start(program: string, stack: string): Promise<void> {
    project = new EngineProject(program, stack, plugins);
    await project.init();
    await project.configure({ "kubernetes:renderYamlToDirectory": project.file("yaml") });
    process.chdir(project.folder);
  }

  afterEach(async () => {
    process.chdir(here);
    await project.destroy();
  });

  const preview = (...more: string[]): Promise<Run> =>
    project.pulumi(["preview", "--stack", project.stack, "--policy-pack", PACK, ...more], true);
  const check = async (...more: string[]): Promise<readonly Finding[]> =>
    JSON.parse((await run("check", "-s", project.stack, "--json", ...more)).stdout).policies;

  for (const stack of ["dev", "prod"]) {
    it(`passes stack ${stack}`, async () => {
      await start(PROJECT, stack);
      await project.configure({ "traefik.installCrds": "false" });
      const previewed = await preview();
      assert.equal(previewed.code, 0, previewed.stdout);
      assert.match(previewed.stdout, /✅ canary-traffic@v/);
      assert.deepEqual(printed(previewed), []);
    });
  }

  it("finds what canary check finds of resources alone, each rule at the severity of the stack's file", async () => {
    await start(join(__dirname, "fixtures/offenders"), "test");
    const findings = await check();
    const resourceRules = Object.entries(rules).filter(([, { needs }]) => needs === "resources");
    assert.deepEqual(
      [...new Set(findings.map(({ rule }) => rule))].sort(),
      resourceRules.map(([name]) => name).sort(),
    );
    const previewed = await preview();
    assert.notEqual(previewed.code, 0);
    assert.deepEqual(printed(previewed), expected(findings));
  });

  it("goes by what -c and the stack's file say, and lets advisory findings pass", async () => {
    await start(PROJECT, "prod");
    await project.configure({
      "traefik.installCrds": "false",
      protect: "false",
      "policies.rules.protected": "advisory",
    });
    const { code, stdout } = await preview();
    assert.equal(code, 0, stdout);
    assert.match(stdout, /- \[advisory\] {2}protected/);
    const refused = await preview("--config", "canaryWeight=75");
    assert.notEqual(refused.code, 0);
    assert.deepEqual(printed(refused), expected(await check("-c", "canaryWeight=75")));
  });

  it("lets go of the fleets' protection at weight 0 alone, so that they can't be deleted before", async () => {
    await start(PROJECT, "prod");
    await project.configure({
      "traefik.installCrds": "false",
      "aws.protectFleets": "false",
      "dns.kubernetesWeight": "99",
    });
    const serving = await preview();
    assert.notEqual(serving.code, 0);
    assert.match(printed(serving).join("\n"), /^mandatory protected: /m);
    await project.configure({ "dns.kubernetesWeight": "100" });
    const drained = await preview();
    assert.equal(drained.code, 0, drained.stdout);
  });

  it("refuses settings that are wrong in one line", async () => {
    await start(PROJECT, "dev");
    await project.configure({ "policies.rules.pinned-images": "never" });
    const { code, stdout } = await preview();
    assert.notEqual(code, 0);
    assert.match(
      stdout,
      /policies\.rules\.pinned-images is "never"; allowed: one of off, advisory, mandatory/,
    );
  });
});
