import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mock } from "node:test";
import { log, secret } from "@pulumi/pulumi";
import type { ControllerName } from "../../components/hand-over";
import { kubernetes } from "../../stacks/kubernetes";
import type { Outputs } from "../../stacks/outputs";
import { engineNames } from "../../stacks/schema/rollout";
import { parseSettings } from "../../stacks/settings";
import { PROJECT, Project } from "../cli/project";
import { run } from "../cli/run";
import { at, only, type Registered, registered } from "../components/kubernetes/registered";

type Raw = Record<string, unknown>;

const myapp = { host: "myapp.example.com", image: "registry.example.com/myapp:1.0.0" };

/** What the stack registers and answers. */
async function stack(engine: string, app: Raw = {}): Promise<{ resources: Registered[]; outputs: Outputs }> {
  const settings = parseSettings({ apps: { myapp: { ...myapp, ...app } }, rollout: { engine } });
  if (settings.platform !== "kubernetes") throw new TypeError("settings of another platform");
  let outputs: Outputs | undefined;
  const info = mock.method(log, "info", async () => {});
  const resources = await registered(() => {
    outputs = kubernetes(settings, secret({}));
  }).finally(() => info.mock.restore());
  if (outputs === undefined) throw new TypeError("no outputs");
  return { resources, outputs };
}

const names = (resources: readonly Registered[]): string[] =>
  resources
    .filter(({ parent }) => parent === "CanaryApp/myapp")
    .map(({ kind, name }) => `${kind} ${name}`)
    .sort();

describe("a stack whose weights a controller shifts", () => {
  const controllers = engineNames.filter((name): name is ControllerName => name !== "pulumi");

  for (const engine of controllers) {
    it(`leaves ${engine} what it writes of the Deployment and the Service`, async () => {
      const { resources } = await stack(engine);
      assert.deepEqual(only(resources, "Deployment", "myapp").ignoreChanges, ["spec.replicas"]);
      assert.deepEqual(only(resources, "Service", "myapp").ignoreChanges, ["spec.selector"]);
    });

    it(`answers no weights with ${engine}, and its hosts and routers as ever`, async () => {
      const { weights, hosts, routers } = (await stack(engine)).outputs;
      assert.deepEqual(
        { weights, hosts, routers },
        { weights: {}, hosts: { myapp: "myapp.example.com" }, routers: { myapp: "traefik" } },
      );
    });
  }

  it("declares for Flagger the app's own Deployment and Service, without a TraefikService", async () => {
    assert.deepEqual(names((await stack("flagger")).resources), [
      "Canary myapp",
      "Deployment myapp",
      "IngressRoute myapp",
      "IngressRoute myapp-fallback",
      "PodDisruptionBudget myapp",
      "PodDisruptionBudget myapp-primary",
      "Service myapp",
    ]);
  });

  it("keeps the Rollout, which has the pods, when Pulumi no longer declares it", async () => {
    const { resources } = await stack("argo-rollouts");
    assert.deepEqual(names(resources.filter(({ retainOnDelete }) => retainOnDelete)), ["Rollout myapp"]);
  });

  it("scales what has the pods", async () => {
    const app = { autoscaling: { min: 2, max: 10 } };
    for (const [engine, kind] of [
      ["pulumi", "Deployment"],
      ["flagger", "Deployment"],
      ["argo-rollouts", "Rollout"],
    ] as const) {
      const { resources } = await stack(engine, app);
      assert.equal(at(only(resources, "HorizontalPodAutoscaler"), "spec.scaleTargetRef.kind"), kind);
    }
  });
});

describe("the command line, with a controller", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    for (const engine of ["flagger", "argo-rollouts"])
      project.stackFile(engine, { apps: { myapp }, rollout: { engine } });
  });
  afterEach(() => project.remove());

  it("previews a new image as a change of the Deployment alone, and says who owns what", async () => {
    const change = ["-c", "apps.myapp.image=registry.example.com/myapp:1.1.0", "--config-path"];
    const { code, stdout } = await run("preview", "-s", "flagger", ...change);
    assert.equal(code, 0);
    assert.match(stdout, /^flagger; 1 to update, 0 to replace, \d+ unchanged$/m);
    assert.match(stdout, /info: myapp: Flagger makes and owns TraefikService myapp with the weights/);
    assert.match(stdout, /info: myapp: of this stack's objects Flagger writes the selector of Service myapp/);
    const comment = await run("preview", "-s", "flagger", "--format", "markdown", ...change);
    assert.match(comment.stdout, /> \[!NOTE\]\n> - myapp: Flagger makes and owns TraefikService myapp/);
    const argo = await run("preview", "-s", "argo-rollouts", ...change);
    assert.match(
      argo.stdout,
      /info: myapp: .* Argo Rollouts writes the weights of TraefikService myapp-argo/,
    );
  });

  it("previews the stack of docs/outgrown.md with the lines that stand there", async () => {
    const page = readFileSync(join(PROJECT, "docs/outgrown.md"), "utf8");
    const [, stack = ""] = /```yaml\n(config:[\s\S]*?)```/.exec(page) ?? [];
    const [, lines = ""] = /```text\n([\s\S]*?)```/.exec(page) ?? [];
    project.write("Pulumi.page.yaml", stack);
    const { code, stdout } = await run("preview", "-s", "page");
    assert.equal(code, 0);
    assert.equal(
      stdout
        .split("\n")
        .filter((line) => /^ +info: /.test(line))
        .map((line) => line.trim())
        .join("\n"),
      lines.trim(),
    );
  });

  it("does not see the weights", async () => {
    const { code, stdout } = await run("status", "-s", "flagger");
    assert.equal(code, 0);
    assert.match(stdout, /^Not seen: the weights of myapp, which a controller in the cluster shifts$/m);
  });

  for (const [engine, command, instead] of [
    ["flagger", ["rollout", "--to", "100"], "change apps.myapp.image and update the stack"],
    ["flagger", ["rollback"], "set apps.myapp.image back and update the stack"],
    ["flagger", ["promote"], "Flagger promotes by itself after the last step"],
    ["argo-rollouts", ["rollback"], "kubectl argo rollouts abort myapp -n myapp"],
    ["argo-rollouts", ["promote", "--dry-run"], "kubectl argo rollouts promote myapp -n myapp"],
  ] as const) {
    it(`refuses ${command[0]} beside ${engine}, and says what to type`, async () => {
      const { code, stdout, stderr } = await run(...command, "-s", engine);
      assert.deepEqual([code, stdout, stderr.split("\n").length], [2, "", 2]);
      assert.ok(stderr.includes(`shifts the weights; in place of canary ${command[0]}: ${instead}`), stderr);
    });
  }
});
