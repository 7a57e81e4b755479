/** Runs in a lab's network, with KUBECONFIG set, on a machine with Pulumi's engine. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Lab } from "../../../lab/client";
import { send } from "../../../lab/load/load";
import { answers, counts, failures } from "../../../lab/load/tally";
import { type Digest, differences } from "../../engine/compare";
import { EngineProject, PROJECT } from "../../engine/engine";
import { origins, untilSettled, untilTraefikReady } from "../edges";

const HOST = "myapp.example.com";
/** Kinds of which the program makes objects. */
const KINDS = [
  "daemonset,deployment,service,configmap,secret,serviceaccount,poddisruptionbudget",
  "ingressclass,clusterrole,clusterrolebinding,ingressroute,traefikservice,serverstransport",
].join();

describe("stack dev, deployed by Pulumi's engine", function () {
  this.timeout("5m");
  let lab: Lab;
  let project: EngineProject;

  before(async () => {
    lab = await Lab.attach(process.env.KUBECONFIG ?? "");
    project = new EngineProject(PROJECT, "dev");
    await project.init();
    await project.configure({ "traefik.installCrds": "false" });
    await project.up();
    await untilTraefikReady(lab);
  });

  after(() => project?.destroy());

  it("routes by the weight in the stack's file", async () => {
    assert.deepEqual(await split(), { primary: 900, canary: 100 });
  });

  it("is shifted by one number, as canary preview --state has said", async () => {
    const state = await project.exportState();
    const ours = await canary("preview", "--state", state, "--json", "--show-sames", "-c", "canaryWeight=25");
    await project.configure({ canaryWeight: "25" });
    const engine = JSON.parse((await project.preview(project.stackFile)).stdout) as Digest;
    assert.deepEqual(differences(engine, ours, true), []);
    const changed = (engine.steps ?? []).filter(({ op }) => op !== "same");
    assert.deepEqual(
      changed.map(({ op, urn }) => `${op} ${urn.split("::").slice(2).join(" ")}`),
      ["update canary-traffic:kubernetes:CanaryApp$kubernetes:traefik.io/v1alpha1:TraefikService myapp"],
    );
    await project.up();
    assert.deepEqual(await split(), { primary: 750, canary: 250 });
  });

  it("has not drifted by the time of a refresh", async () => {
    const refresh = ["refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "dev"];
    await project.pulumi(refresh);
  });

  it("is destroyed but for its namespaces", async () => {
    await project.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "dev"]);
    assert.deepEqual(await managed(KINDS), []);
    assert.deepEqual(await namespaces(), ["namespace/myapp", "namespace/traefik"]);
  });

  /** What canary preview says, as the engine's own JSON. */
  async function canary(...words: string[]): Promise<Digest> {
    const command = [join(PROJECT, "bin/canary.js"), ...words];
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: project.folder });
    return JSON.parse(stdout) as Digest;
  }

  async function split(): Promise<Record<string, number>> {
    await untilSettled(lab);
    const counted = counts(await send(lab, { origins: await origins(lab), host: HOST, requests: 1000 }));
    assert.deepEqual(failures(counted), {});
    return answers(counted);
  }

  async function managed(kinds: string): Promise<string[]> {
    const selector = "app.kubernetes.io/managed-by=pulumi";
    return names(["get", kinds, "--all-namespaces", "--selector", selector, "--output", "name"]);
  }

  async function namespaces(): Promise<string[]> {
    const all = await names(["get", "namespace", "--output", "name"]);
    return all.filter((name) => !/^namespace\/(default$|kube-)/.test(name)).sort();
  }

  async function names(kubectl: string[]): Promise<string[]> {
    const { stdout } = await lab.exec(["kubectl", ...kubectl]);
    return stdout.split("\n").filter(Boolean);
  }
});
