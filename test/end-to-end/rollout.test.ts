import assert from "node:assert/strict";
import { AppsV1Api } from "@kubernetes/client-node";
import { Load } from "../../lab/load/load";
import { counts, failures, type LoadReport, total } from "../../lab/load/tally";
import { App } from "./app";
import { origins } from "./edges";
import { lab } from "./hooks";
import { rated } from "./tier";

/** Requests a second. */
const RATE = rated(1000);

describe("a rollout of new pods under load", () => {
  it("loses no request", async () => {
    const report = await duringRollout("rollout", []);
    assert.deepEqual(failures(counts(report)), {});
  });

  it("loses requests where pods end at once, without preStop: the lab would show it", async () => {
    const report = await duringRollout("careless", ["preStopSeconds=0"]);
    assert.ok(total(failures(counts(report))) > 0);
  });
});

async function duringRollout(name: string, settings: readonly string[]): Promise<LoadReport> {
  const app = await App.deploy(lab(), name, ["canaryWeight=25", ...settings]);
  const load = await Load.start(lab(), { origins: await origins(lab()), host: app.host, rate: RATE });
  const tag = "2.0.0";
  await app.configure(
    `image=registry.example.com/${name}:${tag}`,
    `canaryImage=registry.example.com/${name}:${tag}`,
  );
  await lab().until("every pod is of the new version", () => isRolledOut(app, tag));
  await load.more(RATE);
  const report = await load.stop();
  await app.remove();
  return report;
}

async function isRolledOut(app: App, tag: string): Promise<boolean> {
  const { items } = await lab().cluster.api(AppsV1Api).listNamespacedDeployment({ namespace: app.name });
  const pods = await app.pods();
  return (
    items.every(({ spec, status }) => status?.availableReplicas === spec?.replicas) &&
    pods.every(({ spec }) => spec?.containers[0]?.image?.endsWith(`:${tag}`))
  );
}
