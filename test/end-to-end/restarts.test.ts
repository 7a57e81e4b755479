import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppsV1Api } from "@kubernetes/client-node";
import { Load } from "../../lab/load/load";
import { answers, counts, failures, total } from "../../lab/load/tally";
import { App } from "./app";
import { origins, untilSettled, untilTraefikReady } from "./edges";
import { lab } from "./hooks";
import { rated } from "./tier";

const HAS_HAPROXY = spawnSync("haproxy", ["-v"]).status === 0;
const BALANCER = "http://127.0.0.1:8000";

describe("under load", () => {
  let app: App;

  before(async () => {
    app = await App.deploy(lab(), "restarts", ["canaryWeight=25", "preStopSeconds=1"]);
  });

  after(() => app?.remove());

  describe(`behind a load balancer${HAS_HAPROXY ? "" : " (needs haproxy: apt-get install haproxy)"}`, () => {
    it("Traefiks that restart one after the other fail no request", async function () {
      if (!HAS_HAPROXY) this.skip();
      this.timeout("6m");
      const balancer = await startBalancer();
      const load = await Load.start(lab(), {
        origins: [BALANCER],
        host: app.host,
        rate: rated(500),
        seconds: 360,
      });
      await restartTraefiks();
      await load.more(500);
      const counted = counts(await load.stop());
      balancer.stop();
      assert.deepEqual(failures(counted), {});
    });
  });

  it("an API server that restarts amid a shift misroutes no request, and the shift goes on", async function () {
    if (lab().attached) this.skip();
    const targets = await origins(lab());
    await untilSettled(lab());
    const load = await Load.start(lab(), {
      origins: targets,
      host: app.host,
      by: "x-pod",
      rate: rated(1000),
    });
    const restarted = lab().restart("kube-apiserver");
    const shifted = lab().until("the weight is changed", () => app.shift(75).then(() => true));
    await Promise.all([restarted, shifted]);
    await lab().until("the new split is routed", async () => (await share(targets)) === 75);
    await lab().until("pods are listed", async () => (await app.pods()).length > 0);
    const counted = counts(await load.stop());
    assert.deepEqual(failures(counted), {});
    const pods = (await app.pods()).map(({ metadata }) => metadata?.name);
    for (const pod of Object.keys(answers(counted))) assert.ok(pods.includes(pod), pod);
  });

  /** Percent of requests that the canary gets now. */
  async function share(targets: readonly string[]): Promise<number> {
    const load = await Load.start(lab(), { origins: targets, host: app.host, requests: 400 });
    const counted = answers(counts(await load.report));
    return Math.round(((counted.canary ?? 0) / total(counted)) * 100);
  }
});

/** HAProxy before the edge nodes, as an application load balancer is: it asks each Traefik's ping whether to send requests. */
async function startBalancer(): Promise<{ stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "canary-balancer-"));
  const file = join(folder, "haproxy.cfg");
  const servers = (await lab().edgeAddresses()).map(
    (address, index) => `  server edge-${index + 1} ${address}:80 check port 8080`,
  );
  const configuration = [
    "defaults",
    "  mode http",
    "  timeout connect 5s",
    "  timeout client 60s",
    "  timeout server 60s",
    // What fails is to be seen.
    "  retries 0",
    "frontend web",
    "  bind 127.0.0.1:8000",
    "  default_backend edges",
    "backend edges",
    "  option httpchk GET /ping",
    "  default-server inter 2s fall 3 rise 2",
    ...servers,
    "",
  ];
  writeFileSync(file, configuration.join("\n"));
  const haproxy = lab().spawn(["haproxy", "-db", "-f", file], { stdio: "ignore" });
  await lab().until("the load balancer answers", async () => (await lab().get(BALANCER)).status !== 503);
  return {
    stop() {
      lab().signal(haproxy, "SIGKILL");
      rmSync(folder, { recursive: true });
    },
  };
}

/** What `kubectl rollout restart` does, until it is done. */
async function restartTraefiks(): Promise<void> {
  const apps = lab().cluster.api(AppsV1Api);
  const traefik = { name: "traefik", namespace: "traefik" };
  // Pods that are not yet taken as available are replaced all at once.
  await untilTraefikReady(lab());
  const daemonSet = await apps.readNamespacedDaemonSet(traefik);
  const { metadata } = daemonSet.spec?.template ?? {};
  if (metadata === undefined) throw new Error("DaemonSet traefik has no template");
  metadata.annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
  await apps.replaceNamespacedDaemonSet({ ...traefik, body: daemonSet });
  await untilTraefikReady(lab());
}
