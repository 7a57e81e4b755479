import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { AppsV1Api } from "@kubernetes/client-node";
import { isReady, Lab } from "../client";
import { isRunning } from "../namespace";
import { labFolder } from "../state";
import { lab } from "./hooks";
import { rendered } from "./rendered";

describe("the example stack", () => {
  it("runs every pod that its Deployments ask for", async () => {
    await lab().until("4 pods of the app are ready", async () => {
      const pods = await lab().pods("app.kubernetes.io/name=myapp", "myapp");
      return pods.length === 4 && pods.every(isReady);
    });
  });

  it("runs Traefik on the edge nodes and nowhere else", async () => {
    const edges = (await lab().edgeNodes()).map(({ metadata }) => metadata?.name);
    await lab().until("Traefik is ready on every edge node", async () => {
      const apps = lab().cluster.api(AppsV1Api);
      const { status } = await apps.readNamespacedDaemonSet({ name: "traefik", namespace: "traefik" });
      return status?.numberReady === edges.length;
    });
    const pods = await lab().pods("app.kubernetes.io/name=traefik", "traefik");
    assert.deepEqual(pods.map(({ spec }) => spec?.nodeName).sort(), edges.sort());
  });

  it("answers with both versions at each edge node", async () => {
    for (const address of await lab().edgeAddresses()) {
      const seen = new Set<unknown>();
      await lab().until(`both versions answer at ${address}`, async () => {
        const { status, headers } = await lab().get(`http://${address}/`, { host: "myapp.example.com" });
        if (status === 200) seen.add(headers["x-variant"]);
        return seen.has("canary") && seen.has("primary");
      });
    }
  });

  it("is accepted again without a change", async () => {
    const results = await lab().apply(await rendered("dev"));
    const changed = results.filter(({ change }) => change !== "unchanged");
    assert.deepEqual(
      changed.map(({ object }) => `${object.kind} ${object.metadata.name}`),
      [],
    );
  });
});

describe("a lab", () => {
  before(function () {
    if (lab().attached) this.skip();
  });

  it("runs beside another, and leaves no process and no file when it ends", async () => {
    const name = `beside-${process.pid}`;
    const other = await Lab.up({ name, nodes: 1, edgeNodes: 0 });
    assert.deepEqual(await other.edgeAddresses(), []);
    assert.ok((await lab().edgeAddresses()).length > 0);
    const sleeper = other.spawn(["sleep", "1000"], { stdio: "ignore" });
    await other.down();
    await new Promise((resolve) => (sleeper.exitCode === null ? sleeper.once("exit", resolve) : resolve(0)));
    assert.equal(isRunning(sleeper.pid ?? 0), false);
    assert.equal(existsSync(labFolder(name)), false);
  });
});
