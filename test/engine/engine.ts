/** A real `pulumi` and a real cluster, if this machine has them, and projects of their own to try things in. */
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { linkPackages } from "../packages";

export const PROJECT = resolve(__dirname, "../..");
const PLUGINS = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
const INSTALLED = existsSync(PLUGINS);
/** Marks a cluster as one that these tests may use, also after a run that was broken off. */
const MARKER = "canary-engine-tests";
/** Kinds that routers' objects are of, one for each that makes them. */
const DEFINITIONS = [
  "traefikservices.traefik.io",
  "httproutes.gateway.networking.k8s.io",
  "virtualservices.networking.istio.io",
];
/** Namespaces that the tests deploy. */
const DEPLOYED = ["traefik", "myapp", "shop", "canary-kitchen-sink"];
/** What they deploy by fixed names outside of them. */
const CLASSES = ["traefik-external", "kitchen-ingress"];
const SYSTEM = /^(default|kube-.*|local-path-storage)$/;

const onPath = (program: string): boolean =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

export function kubectl(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync("kubectl", args, { encoding: "utf8" });
}

/** What this machine lacks for tests with the engine alone; undefined when it has all. */
export function lacksEngine(): string | undefined {
  if (!onPath("pulumi")) return "pulumi on PATH";
  return undefined;
}

/**
 * What this machine lacks for tests that deploy to Kubernetes; undefined when it has all. A cluster with anybody's
 * namespaces in it is not touched.
 */
export function lacksCluster(): string | undefined {
  if (lacksEngine() !== undefined) return lacksEngine();
  if (!INSTALLED && !onPath("pulumi-resource-kubernetes")) return "Pulumi's plugin for Kubernetes";
  if (!onPath("kubectl")) return "kubectl on PATH";
  const listed = kubectl(
    "get",
    "namespaces",
    "--request-timeout=5s",
    "--output",
    "jsonpath={.items[*].metadata.name}",
  );
  if (listed.status !== 0) return "a cluster that KUBECONFIG reaches";
  const namespaces = listed.stdout.split(" ");
  const others = namespaces.filter((name) => !SYSTEM.test(name));
  if (others.length > 0 && !namespaces.includes(MARKER)) {
    return `a cluster of its own, not one with namespace ${others[0]}`;
  }
  const crds = kubectl("get", "customresourcedefinition", ...DEFINITIONS);
  return crds.status === 0 ? undefined : `a cluster with the kinds of ${DEFINITIONS.join(", ")}`;
}

/** Marks the cluster, and takes away what an earlier run left there. */
export function claimCluster(): void {
  removeLeftovers();
  kubectl("create", "namespace", MARKER);
}

/** Takes away what `pulumi destroy` leaves by design, and the mark with it. */
export function releaseCluster(): void {
  removeLeftovers();
  kubectl("delete", "namespace", MARKER);
}

function removeLeftovers(): void {
  kubectl("delete", "namespace", ...DEPLOYED, "--ignore-not-found", "--timeout=60s");
  kubectl("delete", "ingressclass", ...CLASSES, "--ignore-not-found");
}

/** Key paths as `pulumi config set --path` takes them, and their values; null takes a key away. */
export type Settings = Readonly<Record<string, string | null>>;

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary copy of a program. */
export class ProjectCopy {
  private readonly top = realpathSync(mkdtempSync(join(tmpdir(), "canary-engine-")));
  readonly folder = join(this.top, "project");

  constructor(
    program: string,
    readonly stack: string,
  ) {
    cpSync(program, this.folder, { recursive: true, filter: (source) => isSource(program, source) });
    linkPackages(this.folder);
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name: "copy", private: true }));
  }

  /** The stack's configuration file. */
  get stackFile(): string {
    return join(this.folder, `Pulumi.${this.stack}.yaml`);
  }

  /** A file beside the project. */
  file(name: string): string {
    return join(this.top, name);
  }

  remove(): void {
    rmSync(this.top, { recursive: true, force: true });
  }
}

/** A copy of a program with a stack in a temporary backend of its own. */
export class EngineProject extends ProjectCopy {
  /** What every `pulumi` of the project is run with. */
  readonly env: NodeJS.ProcessEnv;

  /** @param bin a folder of plugins that are to be found before all others */
  constructor(program: string, stack: string, bin?: string) {
    super(program, stack);
    for (const folder of ["home", "state"]) mkdirSync(this.file(folder));
    if (INSTALLED) symlinkSync(realpathSync(PLUGINS), join(this.file("home"), "plugins"));
    this.env = {
      ...process.env,
      PATH: [...(bin === undefined ? [] : [bin]), process.env.PATH].join(delimiter),
      PULUMI_HOME: this.file("home"),
      PULUMI_BACKEND_URL: `file://${this.file("state")}`,
      PULUMI_CONFIG_PASSPHRASE: "tests",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_IGNORE_AMBIENT_PLUGINS: String(bin === undefined && INSTALLED),
    };
  }

  /** Runs `pulumi` in the project; what it says on failure becomes an error's message unless that is expected. */
  async pulumi(args: readonly string[], mayFail = false): Promise<Run> {
    const run = await new Promise<Run>((done, failed) => {
      const child = spawn("pulumi", [...args, "--non-interactive"], {
        cwd: this.folder,
        env: this.env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk) => {
        stdout += chunk;
      });
      child.stderr.on("data", (chunk) => {
        stderr += chunk;
      });
      child.on("error", failed);
      child.on("close", (code) => done({ code: code ?? -1, stdout, stderr }));
    });
    if (run.code !== 0 && !mayFail)
      throw new Error(`pulumi ${args.join(" ")} ended with ${run.code}:\n${run.stdout}${run.stderr}`);
    return run;
  }

  init(): Promise<Run> {
    return this.pulumi(["stack", "init", this.stack]);
  }

  /** Changes a configuration file as `pulumi config` does; by default the stack's own. */
  async configure(settings: Settings, { file = this.stackFile, secret = false } = {}): Promise<void> {
    const to = ["--stack", this.stack, "--config-file", file, "--path"];
    const values = Object.entries(settings);
    const set = values.flatMap(([key, value]) =>
      value === null ? [] : [secret ? "--secret" : "--plaintext", `${key}=${value}`],
    );
    if (set.length > 0) await this.pulumi(["config", "set-all", ...to, ...set]);
    for (const [key, value] of values) if (value === null) await this.pulumi(["config", "rm", key, ...to]);
  }

  async up(): Promise<void> {
    await this.pulumi(["up", "--yes", "--skip-preview", "--stack", this.stack]);
  }

  /** Writes the stack's checkpoint to a file and answers its name. */
  async exportState(): Promise<string> {
    const file = this.file("state.json");
    await this.pulumi(["stack", "export", "--stack", this.stack, "--file", file]);
    return file;
  }

  /** The engine's own preview with the configuration of a file. */
  preview(configFile: string): Promise<Run> {
    const options = ["--json", "--show-sames", "--stack", this.stack, "--config-file", configFile];
    return this.pulumi(["preview", ...options], true);
  }

  /** A copy of the stack's file to change. */
  copyOfStackFile(name: string): string {
    const file = this.file(`${name}.yaml`);
    writeFileSync(file, readFileSync(this.stackFile));
    return file;
  }

  async destroy(): Promise<void> {
    await this.pulumi(["state", "unprotect", "--all", "--yes", "--stack", this.stack], true);
    await this.pulumi(["destroy", "--yes", "--skip-preview", "--stack", this.stack], true);
    this.remove();
  }
}

/** What a program may need, without what is large or hidden. */
function isSource(program: string, source: string): boolean {
  const [top = ""] = source.slice(program.length + 1).split("/");
  return !/^(\..*|bench|docs|lab|node_modules|out|test)$/.test(top);
}
