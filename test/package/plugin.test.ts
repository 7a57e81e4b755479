import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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

/** Programs of docs/package.md, by the language hosts that they need. */
const languages = {
  yaml: { file: "Pulumi.yaml", fence: "yaml" },
  python: { file: "__main__.py", fence: "python" },
} as const;

describe(needing(lacking, "the plugin"), () => {
  const title =
    "has a schema by which Pulumi makes its components' SDKs, with a description of each argument";
  if (lacking !== undefined || provider === undefined) {
    it(title);
    return;
  }
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "canary-plugin-")));
  const plugin = join(folder, "plugin");
  const home = join(folder, "home");
  after(() => rmSync(folder, { recursive: true, force: true }));

  const pulumi = (cwd: string, ...words: string[]): string =>
    execFileSync("pulumi", words, {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PULUMI_HOME: home,
        PULUMI_BACKEND_URL: `file://${home}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        KUBECONFIG: join(folder, "none"),
      },
    });

  before(() => {
    cpSync(join(REPOSITORY, "plugin"), plugin, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(plugin, "package.json"), "utf8"));
    const version = versionHere("@pulumi/kubernetes");
    manifest.dependencies = {
      "@pulumi/kubernetes": version,
      "@pulumi/pulumi": versionHere("@pulumi/pulumi"),
      "canary-traffic-library": `file:${pack(folder).file}`,
    };
    writeFileSync(join(plugin, "package.json"), JSON.stringify(manifest));
    const own = join(home, "plugins", `resource-kubernetes-v${version}`);
    mkdirSync(own, { recursive: true });
    symlinkSync(provider, join(own, "pulumi-resource-kubernetes"));
  });

  it(title, () => {
    const { resources } = JSON.parse(pulumi(folder, "package", "get-schema", plugin));
    assert.deepEqual(Object.keys(resources), [
      "canary-traffic:index:CanaryApp",
      "canary-traffic:index:CanaryFleet",
      "canary-traffic:index:TraefikEdge",
    ]);
    const { requiredInputs } = resources["canary-traffic:index:CanaryApp"];
    assert.deepEqual(requiredInputs, ["host", "image", "namespace"]);
    const described = Object.values<{ inputProperties: Record<string, { description?: string }> }>(resources);
    for (const { inputProperties } of described)
      for (const [name, { description = "" }] of Object.entries(inputProperties))
        assert.notEqual(description, "", name);
  }).timeout(300_000);

  for (const [language, { file, fence }] of Object.entries(languages)) {
    const host = `pulumi-language-${language}`;
    const missing = programAt(host) === undefined ? `${host} on PATH` : undefined;
    const what = needing(missing, `makes an app in the program in ${language} of docs/package.md`);
    const program = new RegExp(
      `\`\`\`${fence}\\n([^\`]*type: canary|[^\`]*import pulumi_canary)[^\`]*\`\`\``,
    );
    const test = (): void => {
      const own = join(folder, language);
      mkdirSync(own);
      const page = readFileSync(join(REPOSITORY, "docs/package.md"), "utf8");
      const text = program.exec(page)?.[0].split("\n").slice(1, -1).join("\n");
      assert.ok(text !== undefined);
      if (language === "python") {
        const runtime = { name: "python", options: { toolchain: "pip", virtualenv: "venv" } };
        writeFileSync(join(own, "Pulumi.yaml"), JSON.stringify({ name: "shop", runtime }));
        writeFileSync(join(own, "requirements.txt"), `pulumi==${versionHere("@pulumi/pulumi")}\n`);
        execFileSync("python3", ["-m", "venv", "venv"], { cwd: own });
      }
      writeFileSync(join(own, file), text);
      pulumi(own, "package", "add", plugin);
      pulumi(own, "stack", "init", language);
      const { steps } = JSON.parse(pulumi(own, "preview", "--json", "--stack", language));
      const made = steps.map(
        ({ op, urn }: Record<string, string>) => `${op} ${urn?.split("::").slice(2).join(" ")}`,
      );
      const parent = "canary-traffic:index:CanaryApp$canary-traffic:kubernetes:CanaryApp";
      assert.ok(
        made.includes(`create ${parent}$kubernetes:traefik.io/v1alpha1:TraefikService shop`),
        made.join("\n"),
      );
      assert.equal(made.filter((each: string) => each.includes("apps/v1:Deployment")).length, 2);
    };
    it(what, missing === undefined ? test : undefined).timeout(400_000);
  }
});
