import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needing } from "../needing";
import { hasRegistry, pack, REPOSITORY, versionHere } from "./consumer";

/** The file of a program on PATH; undefined if there is none. */
const programAt = (name: string): string | undefined =>
  spawnSync("which", [name], { encoding: "utf8" }).stdout.trim() || undefined;

const provider = programAt("pulumi-resource-kubernetes");
const lacking =
  programAt("pulumi") === undefined || provider === undefined
    ? "pulumi and pulumi-resource-kubernetes on PATH"
    : hasRegistry()
      ? undefined
      : "npm's registry";

describe(needing(lacking, "the plugin"), () => {
  const title =
    "has a schema by which Pulumi makes its components' SDKs, with a description of each argument";
  if (lacking !== undefined || provider === undefined) {
    it(title);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "canary-plugin-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(title, () => {
    const plugin = join(folder, "plugin");
    cpSync(join(REPOSITORY, "plugin"), plugin, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(plugin, "package.json"), "utf8"));
    const version = versionHere("@pulumi/kubernetes");
    manifest.dependencies = {
      "@pulumi/kubernetes": version,
      "@pulumi/pulumi": versionHere("@pulumi/pulumi"),
      "canary-traffic-library": `file:${pack(folder).file}`,
    };
    writeFileSync(join(plugin, "package.json"), JSON.stringify(manifest));
    const own = join(folder, "home", "plugins", `resource-kubernetes-v${version}`);
    mkdirSync(own, { recursive: true });
    symlinkSync(provider, join(own, "pulumi-resource-kubernetes"));
    const text = execFileSync("pulumi", ["package", "get-schema", plugin], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, PULUMI_HOME: join(folder, "home"), PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    const { resources } = JSON.parse(text);
    assert.deepEqual(Object.keys(resources), [
      "canary-traffic:index:CanaryApp",
      "canary-traffic:index:TraefikEdge",
    ]);
    const { inputProperties, requiredInputs } = resources["canary-traffic:index:CanaryApp"];
    assert.deepEqual(requiredInputs, ["host", "image", "namespace"]);
    for (const [name, { description = "" }] of Object.entries<{ description?: string }>(inputProperties))
      assert.notEqual(description, "", name);
  }).timeout(300_000);
});
