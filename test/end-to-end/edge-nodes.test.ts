import assert from "node:assert/strict";
import { AppsV1Api } from "@kubernetes/client-node";
import type { KubernetesObject } from "../../lab/cluster";
import { origins, untilTraefikReady } from "./edges";
import { lab } from "./hooks";

const HOST = "myapp.example.com";
const TRAEFIK = { name: "traefik", namespace: "traefik" };

describe("Traefik", () => {
  before(() => untilTraefikReady(lab()));

  it("runs on the edge nodes and nowhere else", async () => {
    const edges = (await lab().edgeNodes()).map(({ metadata }) => metadata?.name);
    assert.ok(edges.length > 0);
    const pods = await lab().pods("app.kubernetes.io/name=traefik", TRAEFIK.namespace);
    assert.deepEqual(pods.map(({ spec }) => spec?.nodeName).sort(), edges.sort());
  });

  it("answers for both variants at each edge node", async () => {
    for (const origin of await origins(lab())) {
      const seen = new Set<unknown>();
      await lab().until(`both variants answer at ${origin}`, async () => {
        const { status, headers } = await lab().get(origin, { host: HOST });
        if (status === 200) seen.add(headers["x-variant"]);
        return seen.has("canary") && seen.has("primary");
      });
    }
  });

  it("may read what it needs by the role of its own ServiceAccount, and would route nothing without", async function () {
    if (lab().attached) this.skip();
    const { spec } = await lab().cluster.api(AppsV1Api).readNamespacedDaemonSet(TRAEFIK);
    const { serviceAccountName = "", containers = [] } = spec?.template.spec ?? {};
    assert.notEqual(serviceAccountName, "");
    const accounts = { own: serviceAccountName, default: "default" };
    const pods = Object.entries(accounts).map(([name, account]) =>
      plainTraefik(`account-${name}`, account, containers[0]?.image ?? ""),
    );
    await lab().apply(pods);
    await lab().until("the one with the role routes", async () => (await status("account-own")) === 200);
    await lab().until("the other one answers", async () => (await status("account-default")) !== undefined);
    assert.equal(await status("account-default"), 404);
    for (const pod of pods) await lab().cluster.delete(pod);
  });
});

/** A Traefik on the pod network that serves what those on the edge nodes serve, as a ServiceAccount. */
function plainTraefik(name: string, serviceAccountName: string, image: string): KubernetesObject {
  const args = [
    "--entryPoints.web.address=:8000",
    "--providers.kubernetesCRD.ingressClass=traefik-external",
    "--providers.kubernetesCRD.disableClusterScopeResources=true",
  ];
  const containers = [{ name: "traefik", image, args }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: TRAEFIK.namespace, labels: { name } },
    spec: { serviceAccountName, terminationGracePeriodSeconds: 1, containers },
  };
}

/** What such a Traefik answers; undefined while it answers nothing. */
async function status(name: string): Promise<number | undefined> {
  const [pod] = await lab().pods(`name=${name}`, TRAEFIK.namespace);
  const origin = `http://${pod?.status?.podIP}:8000`;
  const answered = await lab()
    .get(origin, { host: HOST })
    .catch(() => undefined);
  return answered?.status;
}
