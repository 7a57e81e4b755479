import { spawnSync } from "node:child_process";
import { AppsV1Api } from "@kubernetes/client-node";
import type { Lab } from "../../../lab/client";
import { envoyPart } from "../../../lab/parts";
import type { App } from "../app";
import { programsOf } from "../built";
import { origins, untilSettled } from "../edges";
import { type DataPlane, drawn } from "./plane";

/** An app's own proxies, behind the stack's Traefiks. */
const byProxy = (
  program: "haproxy" | "nginx" | "envoy",
  differs: Partial<DataPlane> & Pick<DataPlane, "title">,
): DataPlane => ({
  router: "proxy",
  settings: [`routers.proxy.implementation=${program}`],
  tier: "full",
  parts: [],
  ...(program !== "envoy" && spawnSync(program, ["-v"]).status !== 0 && { lacking: `${program} on PATH` }),
  spread: drawn,
  promised: {
    missing: "primary",
    portless: "primary",
    empty: "primary",
    refusing: "primary",
    hanging: "nothing",
  },
  async start(lab) {
    if (program === "envoy") await programsOf([envoyPart]);
    return {
      origins: () => origins(lab),
      async settled(app) {
        await untilRolled(lab, app);
        await untilSettled(lab);
      },
      async stop() {},
    };
  },
  ...differs,
});

export const haproxy = byProxy("haproxy", {
  title: "HAProxy, by router proxy",
  // Each of two counts, behind two Traefiks.
  spread: () => 4,
});
export const nginx = byProxy("nginx", {
  title: "nginx, by router proxy",
  settings: ["routers.proxy.implementation=nginx", "canaryTimeoutSeconds=1"],
  promised: {
    missing: "primary",
    portless: "primary",
    empty: "primary",
    refusing: "primary",
    hanging: "504",
  },
});
export const envoy = byProxy("envoy", { title: "Envoy, by router proxy", parts: [envoyPart] });

/** Waits until the proxies of the last configuration alone are left, and all others have ended. */
export async function untilRolled(lab: Lab, app: App): Promise<void> {
  const apps = lab.cluster.api(AppsV1Api);
  const name = `${app.name}-proxy`;
  await lab.until(
    "the proxies are rolled",
    async () => {
      const { metadata, status } = await apps.readNamespacedDeployment({ name, namespace: app.name });
      const { observedGeneration, updatedReplicas, readyReplicas, replicas } = status ?? {};
      const pods = await lab.pods(`app.kubernetes.io/name=${name}`, app.name);
      return (
        observedGeneration === metadata?.generation &&
        [updatedReplicas, readyReplicas, replicas, pods.length].every((count) => count === 2)
      );
    },
    180,
  );
}
