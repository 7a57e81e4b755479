import assert from "node:assert/strict";
import { copyFileSync, rmSync } from "node:fs";
import { run } from "../cli/run";
import { type Digest, differences, upToFailure } from "./compare";
import { claimCluster, EngineProject, lacksCluster, lacksEngine, type Run, releaseCluster } from "./engine";
import { type Deployment, deployments, type Scenario } from "./scenarios";
import { standIn } from "./stand-in";

const MINUTES = 60_000;

for (const deployment of deployments) {
  const lacking = deployment.on === "cluster" ? lacksCluster() : lacksEngine();
  const title = `canary preview --state says what the engine says of ${deployment.title}`;
  describe(lacking === undefined ? title : `${title} (needs ${lacking})`, function () {
    this.timeout(5 * MINUTES);
    if (lacking === undefined) compare(deployment);
    else for (const scenario of deployment.states.flatMap(({ scenarios }) => scenarios)) it(scenario.title);
  });
}

function compare({ program, stack, on, states }: Deployment): void {
  let project: EngineProject;
  let plugins: string | undefined;

  before(async () => {
    if (on === "cluster") claimCluster();
    else plugins = standIn();
    project = new EngineProject(program, stack, plugins);
    await project.init();
  });

  after(async () => {
    await project?.destroy();
    if (on === "cluster") releaseCluster();
    if (plugins !== undefined) rmSync(plugins, { recursive: true });
  });

  for (const { title, set = {}, secret = {}, scenarios } of states) {
    describe(title, () => {
      let state: string;

      before(async () => {
        await project.configure(set);
        await project.configure(secret, { secret: true });
        await project.up();
        state = await project.exportState();
      });

      for (const scenario of scenarios) {
        it(scenario.title, async () => {
          const { engine, ours } = await bothPreviews(project, state, scenario);
          const refused = scenario.refusal !== undefined;
          const expected = parse(engine);
          const found = refused ? upToFailure(parse(ours), expected) : parse(ours);
          const lines = differences(expected, found, on === "cluster");
          const { differs = [] } = scenario;
          const unexplained = lines.filter((line) => !differs.some((meant) => meant.test(line)));
          const gone = differs.filter((meant) => !lines.some((line) => meant.test(line)));
          assert.deepEqual({ unexplained, gone }, { unexplained: [], gone: [] });
          const exit = refused ? 1 : (scenario.exit ?? 0);
          assert.equal(ours.code, exit, ours.stderr);
          assert.equal(Math.min(engine.code, 1), exit, engine.stderr);
          if (refused) assert.match(ours.stderr, scenario.refusal);
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
): Promise<{ engine: Run; ours: Run }> {
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
  const words = [
    "--state",
    state,
    "--json",
    "--show-sames",
    "-s",
    project.stack,
    ...overrides,
    "--config-path",
  ];
  const ours = await canaryPreview(project.folder, words);
  copyFileSync(filed, project.stackFile);
  return { engine: await engine, ours };
}

/** Runs `canary preview` in a project's folder. */
async function canaryPreview(folder: string, words: readonly string[]): Promise<Run> {
  const here = process.cwd();
  process.chdir(folder);
  try {
    return await run("preview", ...words);
  } finally {
    process.chdir(here);
  }
}
