import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { run } from "../cli/run";
import { type Digest, differences, upToFailure } from "./compare";
import {
  claimCluster,
  EngineProject,
  lacksCluster,
  lacksEngine,
  ProjectCopy,
  type Run,
  releaseCluster,
} from "./engine";
import {
  fileOf,
  fingerprint,
  RECORDED_KUBECONFIG,
  type Recorded,
  type RecordedScenario,
  readRecorded,
  recording,
  writeRecorded,
} from "./recorded";
import { type Deployment, deployments, type Scenario } from "./scenarios";
import { standIn } from "./stand-in";

const MINUTES = 60_000;

for (const deployment of deployments) {
  const lacking = deployment.on === "stand-in" ? lacksEngine() : lacksCluster();
  const title = `canary preview --state says what the engine says of ${deployment.title}`;
  describe(lacking === undefined ? title : `${title}, by its record, for want of ${lacking}`, function () {
    this.timeout(5 * MINUTES);
    if (lacking === undefined) compare(deployment);
    else replay(deployment);
  });
}

function compare(deployment: Deployment): void {
  const { program, stack, on, states } = deployment;
  let project: EngineProject;
  let plugins: string | undefined;

  before(async () => {
    if (on !== "stand-in") claimCluster();
    if (on !== "cluster") plugins = standIn();
    project = new EngineProject(program, stack, plugins);
    await project.init();
  });

  after(async () => {
    await project?.destroy();
    if (on !== "stand-in") releaseCluster();
    if (plugins !== undefined) rmSync(plugins, { recursive: true });
  });

  for (const { title, set = {}, secret = {}, scenarios } of states) {
    describe(title, () => {
      let state: string;
      let recorded: Recorded;

      before(async () => {
        await project.configure(set);
        await project.configure(secret, { secret: true });
        await project.up();
        state = await project.exportState();
        recorded = {
          program: await fingerprint(project.folder, stack),
          stackFile: readFileSync(project.stackFile, "utf8"),
          state: JSON.parse(readFileSync(state, "utf8")),
          scenarios: {},
        };
      });

      after(() => {
        if (recording) writeRecorded(fileOf(deployment, title), recorded);
      });

      for (const scenario of scenarios) {
        it(scenario.title, async () => {
          const { engine, ours, ...asked } = await bothPreviews(project, state, scenario);
          const digest = parse(engine);
          recorded.scenarios[scenario.title] = { ...asked, engine: { code: engine.code, digest } };
          check(scenario, { code: engine.code, digest }, ours, on === "cluster");
        });
      }

      it("a second update changes nothing", async () => {
        await project.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", stack]);
      });

      if (on === "cluster") {
        it("after a refresh nothing changed", async () => {
          await project.pulumi(["refresh", "--yes", "--skip-preview", "--stack", stack]);
          const refreshed = await project.exportState();
          const { engine, ours } = await bothPreviews(project, refreshed, { title: "refreshed" });
          assert.deepEqual(differences(parse(engine), parse(ours), true), []);
        });
      }
    });
  }
}

/** Holds what we say to what the engine has said. */
function check(scenario: Scenario, engine: RecordedScenario["engine"], ours: Run, details: boolean): void {
  const refused = scenario.refusal !== undefined;
  const found = refused ? upToFailure(parse(ours), engine.digest) : parse(ours);
  const lines = differences(engine.digest, found, details);
  const { differs = [], mayDiffer = [] } = scenario;
  const unexplained = lines.filter((line) => ![...differs, ...mayDiffer].some((meant) => meant.test(line)));
  const gone = differs.filter((meant) => !lines.some((line) => meant.test(line)));
  assert.deepEqual({ unexplained, gone }, { unexplained: [], gone: [] });
  const exit = refused ? 1 : (scenario.exit ?? 0);
  assert.equal(ours.code, exit, ours.stderr);
  assert.equal(Math.min(engine.code, 1), exit);
  if (refused) assert.match(ours.stderr, scenario.refusal);
}

/** Without an engine: what it said when it was there last, of the same program. */
function replay(deployment: Deployment): void {
  const { program, stack, on, states } = deployment;
  const { KUBECONFIG } = process.env;
  let project: ProjectCopy;
  let state: string;

  before(() => {
    process.env.KUBECONFIG = RECORDED_KUBECONFIG;
    project = new ProjectCopy(program, stack);
    state = project.file("state.json");
  });

  after(() => {
    project.remove();
    if (KUBECONFIG === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = KUBECONFIG;
  });

  for (const { title, scenarios } of states) {
    describe(title, () => {
      const recorded = readRecorded(fileOf(deployment, title));

      before(async function () {
        if (recorded === undefined) return this.skip();
        writeFileSync(project.stackFile, recorded.stackFile);
        writeFileSync(state, JSON.stringify(recorded.state));
        // A state of another program tells nothing about this one.
        if ((await fingerprint(project.folder, stack)) !== recorded.program) this.skip();
      });

      for (const scenario of scenarios) {
        it(scenario.title, async function () {
          const { stackFile, overrides, engine } = recorded?.scenarios[scenario.title] ?? {};
          if (stackFile === undefined || engine === undefined) return this.skip();
          writeFileSync(project.stackFile, stackFile);
          check(scenario, engine, await ourPreview(project, state, overrides ?? []), on === "cluster");
        });
      }
    });
  }
}

function parse({ stdout, stderr }: Run): Digest {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`no JSON but: ${stdout}${stderr}`);
  }
}

/** Both previews of one change. What `-c` can't say, a key taken away or a secret, ours reads from the stack's file. */
async function bothPreviews(
  project: EngineProject,
  state: string,
  { set = {}, secret = {} }: Scenario,
): Promise<{ engine: Run; ours: Run } & Omit<RecordedScenario, "engine">> {
  const filed = project.copyOfStackFile("filed");
  const ourFile = project.copyOfStackFile("ours");
  const removed = Object.fromEntries(Object.entries(set).filter(([, value]) => value === null));
  const added = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== null));
  await project.configure(removed, { file: ourFile });
  await project.configure(secret, { file: ourFile, secret: true });
  const engineFile = project.file("engine.yaml");
  copyFileSync(ourFile, engineFile);
  await project.configure(added, { file: engineFile });

  const engine = project.preview(engineFile);
  copyFileSync(ourFile, project.stackFile);
  const overrides = Object.entries(added).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const ours = await ourPreview(project, state, overrides);
  copyFileSync(filed, project.stackFile);
  return { engine: await engine, ours, stackFile: readFileSync(ourFile, "utf8"), overrides };
}

/** Runs `canary preview` in a project's folder. */
async function ourPreview(project: ProjectCopy, state: string, overrides: readonly string[]): Promise<Run> {
  const here = process.cwd();
  process.chdir(project.folder);
  try {
    const options = ["--state", state, "--json", "--show-sames", "-s", project.stack];
    return await run("preview", ...options, ...overrides, "--config-path");
  } finally {
    process.chdir(here);
  }
}
