/** What is measured: commands in copies of this project, and in programs beside it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { EngineProject, lacksEngine, PROJECT } from "../engine/engine";
import { linkPackages } from "../packages";
import { names, ofApps, type Work, works } from "./limits";
import type { Subject } from "./measure";

const PROGRAMS = join(__dirname, "programs");
const WEIGHTS = ["10", "25"] as const;
/** What the program does without. */
const LEFT_OUT = [".git", "dist", "docs", "node_modules", "out", "test"];
/** The engine renders no chart. */
const NO_CRDS = "traefik.installCrds";
const CHANGE = ["-c", "canaryWeight=25"];

const cacheOf = (folder: string): string => join(folder, "node_modules/.cache");
const canaryOf = (folder: string): string[] => [process.execPath, join(folder, "bin/canary.js")];

/** Projects for one run of the bench, in temporary folders. */
export class Projects {
  private readonly top = mkdtempSync(join(tmpdir(), "canary-bench-"));
  /** Copies of this project. */
  readonly cold = this.copy("cold");
  readonly warm = this.copy("warm");
  private readonly engines: EngineProject[] = [];

  constructor() {
    for (const count of [100, 1000]) {
      const apps = Object.fromEntries(Array.from({ length: count }, (_, i) => [`app${i}`, appOf(i)]));
      const settings = { platform: "kubernetes", canaryWeight: "10", apps };
      const config = Object.entries(settings).map(([key, value]) => [`canary-traffic:${key}`, value]);
      const text = stringify({ config: Object.fromEntries(config) });
      writeFileSync(join(this.warm, `Pulumi.apps${count}.yaml`), text);
    }
  }

  private copy(name: string): string {
    const folder = join(this.top, name);
    const isLeftOut = (source: string): boolean =>
      LEFT_OUT.includes(source.slice(PROJECT.length + 1).split("/")[0] ?? "");
    cpSync(PROJECT, folder, { recursive: true, filter: (source) => !isLeftOut(source) });
    linkPackages(folder);
    return folder;
  }

  /** A project of one of the programs here. @param words more for the commands that render its resources, by weight */
  program(file: string, words: readonly string[] = [], weights: readonly string[] = WEIGHTS): string {
    const folder = mkdtempSync(join(this.top, `${file}-`));
    linkPackages(folder);
    cpSync(join(PROGRAMS, file), join(folder, file));
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      stringify({ name: "canary-traffic", runtime: "nodejs", main: file }),
    );
    const config = { "canary-traffic:canaryWeight": "10" };
    writeFileSync(join(folder, "Pulumi.dev.yaml"), stringify({ config }));
    const byWeight = weights.map((weight) => [weight, this.rendered(weight, words)]);
    writeFileSync(join(folder, "resources.json"), JSON.stringify(Object.fromEntries(byWeight)));
    return folder;
  }

  /** Deployed with the engine by weight 10, as files in place of a cluster, and configured for 25. */
  async deployed(program: string): Promise<EngineProject> {
    const project = new EngineProject(program, "dev");
    this.engines.push(project);
    await project.init();
    const files = { "kubernetes:renderYamlToDirectory": project.file("rendered") };
    await project.configure({ ...files, ...(program === PROJECT && { [NO_CRDS]: "false" }) });
    await project.up();
    await project.configure({ "canary-traffic:canaryWeight": "25" });
    return project;
  }

  private rendered(weight: string, more: readonly string[]): object[] {
    const words = ["render", "-c", `canaryWeight=${weight}`, "--format", "json", ...more];
    const [node = "", ...script] = canaryOf(this.warm);
    const options = { cwd: this.warm, encoding: "utf8", maxBuffer: 2 ** 30 } as const;
    return JSON.parse(execFileSync(node, [...script, ...words], options));
  }

  remove(): void {
    for (const project of this.engines) project.remove();
    rmSync(this.top, { recursive: true, force: true });
  }
}

const appOf = (i: number): object => ({
  host: `app${i}.example.com`,
  image: `registry.example.com/app${i}:1.0.0`,
  canaryImage: `registry.example.com/app${i}:1.1.0`,
});

/** All that can be measured here. */
export async function subjectsOf(projects: Projects): Promise<Subject[]> {
  return [...small(projects), ...many(projects), ...(await engine(projects))];
}

function small(projects: Projects): Subject[] {
  const { cold, warm } = projects;
  const node = (name: string, text: string): Subject => ({
    name,
    command: [process.execPath, "-e", text],
    cwd: PROJECT,
  });
  const preview = (name: string, folder: string, ...words: string[]): Subject => ({
    name,
    command: [...canaryOf(cold), "preview", ...words],
    cwd: folder,
    without: [cacheOf(cold), cacheOf(folder)],
  });
  const empty = projects.program("empty.js", [], []);
  const command = (name: string, ...words: string[]): Subject => ({
    name,
    command: [...canaryOf(warm), ...words],
    cwd: warm,
  });
  return [
    node(names.node, "0"),
    node(names.sdk, 'require("@pulumi/pulumi")'),
    preview(names.empty, empty),
    preview(names.devFile, projects.program("precompiled.js"), ...CHANGE),
    preview(names.devCold, cold, ...CHANGE),
    command(names.devWarm, "preview", ...CHANGE),
    preview(names.prodFile, projects.program("precompiled.js", ["-s", "prod"]), ...CHANGE),
    preview(names.prodCold, cold, "-s", "prod", ...CHANGE),
    command(names.prodWarm, "preview", "-s", "prod", ...CHANGE),
    command(names.help, "--help"),
    command(names.routers, "routers"),
    { ...command(names.abort, "abort", "-s", "dev"), isFirstLine: true },
    { ...command(names.rollback, "rollback", "-s", "dev"), isFirstLine: true },
  ];
}

const wordsOf: Readonly<Record<Work, readonly string[]>> = {
  preview: ["preview", ...CHANGE],
  render: ["render", "--format", "json"],
  check: ["check", ...CHANGE],
  markdown: ["preview", "--format", "markdown", ...CHANGE],
  html: ["preview", "--format", "html", ...CHANGE],
};

function many(projects: Projects): Subject[] {
  const folder = projects.warm;
  return ([100, 1000] as const).flatMap((count) => {
    const stack = `apps${count}`;
    const naive = projects.program("naive.ts", ["-s", stack], ["10"]);
    cpSync(join(PROGRAMS, "evaluate.js"), join(naive, "evaluate.js"));
    const command = [process.execPath, "--max-old-space-size=8192", "evaluate.js", "naive.ts"];
    const isLong = count === 1000;
    return [
      { name: count === 100 ? names.naive100 : names.naive1000, command, cwd: naive, isLong },
      ...works.map(
        (work): Subject => ({
          name: ofApps(work, count),
          command: [...canaryOf(folder), ...wordsOf[work], "-s", stack],
          cwd: folder,
          isLong,
        }),
      ),
    ];
  });
}

/** Nothing without an engine. */
async function engine(projects: Projects): Promise<Subject[]> {
  if (lacksEngine() !== undefined) return [];
  const dev = await projects.deployed(PROJECT);
  const file = await projects.deployed(
    projects.program("precompiled.js", ["-c", `${NO_CRDS}=false`, "--config-path"]),
  );
  const empty = await projects.deployed(projects.program("empty.js", [], []));
  return [
    [names.engineEmpty, empty] as const,
    [names.engineFile, file] as const,
    [names.engineDev, dev] as const,
  ].map(([name, { folder, env }]) => ({
    name,
    command: ["pulumi", "preview", "--stack", "dev", "--non-interactive"],
    cwd: folder,
    env,
    without: [cacheOf(folder)],
  }));
}
