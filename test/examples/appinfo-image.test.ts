import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gte } from "semver";
import { needing } from "../needing";

const FOLDER = resolve(__dirname, "../../examples/appinfo");
const BASE = "localhost/base";
const IMAGE = "localhost/appinfo";

const lacking = whatIsLacking();

describe(needing(lacking, "the image of the example app appinfo"), function () {
  this.timeout(60_000);
  let folder: string | undefined;
  let container: ChildProcess | undefined;

  before(function () {
    if (lacking !== undefined) this.skip();
    folder = mkdtempSync(join(tmpdir(), "appinfo-image-"));
    const root = join(folder, "root");
    copyNode(root);
    const base = buildah("from", "scratch");
    buildah("copy", base, root, "/");
    buildah("config", "--env", "PATH=/usr/local/bin", base);
    buildah("commit", base, BASE);
  });

  after(() => {
    if (folder === undefined) return;
    buildah("rm", "--all");
    rmSync(folder, { recursive: true });
  });

  afterEach(async () => {
    if (container?.exitCode !== null) return;
    container.kill("SIGTERM");
    await once(container, "exit");
  });

  it("is built, with this machine's Node as its base, and serves as a user that is not root", async () => {
    buildah("build", "--pull-never", "--from", BASE, "--build-arg", "VERSION=3", "--tag", IMAGE, FOLDER);
    const { OCIv1 } = JSON.parse(buildah("inspect", "--type", "image", IMAGE));
    const { User, WorkingDir, ExposedPorts, Cmd } = OCIv1.config;
    assert.deepEqual([User, WorkingDir, Object.keys(ExposedPorts)], ["1000", "/app", ["8080/tcp"]]);
    const [port, adminPort] = [await freePort(), await freePort()];
    const env = ["--env", `PORT=${port}`, "--env", `ADMIN_PORT=${adminPort}`];
    const made = buildah("from", "--pull-never", IMAGE);
    const run = ["run", "--isolation=chroot", "--network=host", ...env, made, "--", ...Cmd];
    container = spawn("buildah", [...storage(), ...run], { stdio: "ignore" });
    assert.equal((await infoAt(port)).Version, "3");
    assert.deepEqual(usersOf(`PORT=${port}`), [1000]);
  });

  const storage = (): string[] => {
    const store = join(folder ?? "", "store");
    return ["--root", store, "--runroot", `${store}-run`, "--storage-driver", "vfs"];
  };

  const buildah = (...args: string[]): string =>
    execFileSync("buildah", [...storage(), ...args], { encoding: "utf8", stdio: "pipe" }).trim();
});

function whatIsLacking(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "root on Linux";
  if (spawnSync("buildah", ["--version"]).status !== 0) return "buildah on PATH";
  return gte(process.versions.node, "22.18.0") ? undefined : "Node 22.18";
}

/** Copies the Node that runs this, and the libraries that it needs. */
function copyNode(root: string): void {
  const linked = execFileSync("ldd", [process.execPath], { encoding: "utf8" });
  const libraries = [...linked.matchAll(/\/\S+/g)].map(([path]) => [path, path] as const);
  for (const [from, to] of [...libraries, [process.execPath, "/usr/local/bin/node"] as const]) {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(from, join(root, to));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** What it answers, once it does. */
async function infoAt(port: number): Promise<{ Version: string }> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/appinfo`).catch(() => undefined);
    if (answer !== undefined) return (await answer.json()) as { Version: string };
    await sleep(100);
  }
}

/** User ids of the processes that have this in their environment. */
function usersOf(variable: string): number[] {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.flatMap((pid) => {
    try {
      const has = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(variable);
      return has ? [statSync(`/proc/${pid}`).uid] : [];
    } catch {
      return [];
    }
  });
}
