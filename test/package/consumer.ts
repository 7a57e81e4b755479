/** Projects outside of the repository, which have the package as npm installs it. */
import { execFile, execFileSync, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

export const REPOSITORY = resolve(__dirname, "../..");
const run = promisify(execFile);

/** Of `npm pack --json`. */
export interface Tarball {
  readonly file: string;
  readonly files: readonly { readonly path: string }[];
  readonly entryCount: number;
  /** Bytes, packed and unpacked. */
  readonly size: number;
  readonly unpackedSize: number;
}

/** Builds and packs the package. */
export function pack(folder: string): Tarball {
  // What the build says comes first.
  const said = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: REPOSITORY,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [packed] = JSON.parse(said.slice(said.search(/^\[/m)));
  return { ...packed, file: join(folder, packed.filename) };
}

/** The version of a package that this repository has. */
export const versionHere = (name: string): string =>
  JSON.parse(readFileSync(join(REPOSITORY, "node_modules", name, "package.json"), "utf8")).version;

/** Whether npm's registry can be asked. */
export const hasRegistry = (): boolean =>
  spawnSync("npm", ["ping", "--fetch-retries=0", "--fetch-timeout=5000"], { timeout: 15_000 }).status === 0;

export class Consumer {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "canary-consumer-")));

  /** Makes the project as its user would. @param packages what to install */
  async install(packages: readonly string[]): Promise<void> {
    await run("npm", ["init", "-y"], { cwd: this.folder });
    await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...packages], {
      cwd: this.folder,
    });
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  copy(from: string, to: string): void {
    cpSync(from, join(this.folder, to), { recursive: true });
  }

  /** Runs `npx canary` in a folder of the project. */
  canary(words: readonly string[], below = "."): SpawnSyncReturns<string> {
    return spawnSync("npx", ["--no", "canary", ...words], {
      cwd: join(this.folder, below),
      encoding: "utf8",
      env: { ...process.env, XDG_CACHE_HOME: join(this.folder, ".cache"), NO_COLOR: "1" },
    });
  }

  /** What the command says, which ends well. */
  answer(words: readonly string[], below = "."): string {
    const { status, stdout, stderr } = this.canary(words, below);
    if (status !== 0) throw new Error(`canary ${words.join(" ")} ended with ${status}: ${stderr}`);
    return stdout;
  }

  /** What TypeScript finds wrong with files. */
  async typeErrors(files: readonly string[], options: Readonly<Record<string, string>>): Promise<string> {
    const given = { target: "es2022", strict: "true", noEmit: "true", types: "node", ...options };
    const words = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
    try {
      await run(join(REPOSITORY, "node_modules/.bin/tsc"), ["--ignoreConfig", ...words, ...files], {
        cwd: this.folder,
      });
      return "";
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  /** What is installed, as `npm ls` has it: problems, and versions of a package by all who ask for it. */
  listed(): { readonly versions: (name: string) => readonly string[]; readonly problems: readonly string[] } {
    const { stdout } = spawnSync("npm", ["ls", "--all", "--json"], {
      cwd: this.folder,
      encoding: "utf8",
    });
    const { dependencies = {}, problems = [] } = JSON.parse(stdout);
    return { versions: (name) => [...new Set(versionsIn(dependencies, name))], problems };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Listed {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Listed>>;
}

const versionsIn = (listed: Readonly<Record<string, Listed>>, name: string): string[] =>
  Object.entries(listed).flatMap(([key, { version, dependencies = {} }]) => [
    ...(key === name && version !== undefined ? [version] : []),
    ...versionsIn(dependencies, name),
  ]);
