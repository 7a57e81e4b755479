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
      taken: (app) => untilTaken(lab, app),
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

/** Waits until the proxies of the last configuration are there; others may have requests to answer. */
export async function untilTaken(lab: Lab, app: App): Promise<void> {
  await lab.until(
    "the proxies are of the last configuration",
    async () => {
      const { metadata, status } = await lab.cluster.api(AppsV1Api).readNamespacedDeployment({
        name: nameOf(app),
        namespace: app.name,
      });
      const { observedGeneration, updatedReplicas, readyReplicas, replicas } = status ?? {};
      return (
        observedGeneration === metadata?.generation &&
        [updatedReplicas, readyReplicas, replicas].every((count) => count === 2)
      );
    },
    180,
  );
}

/** Waits until they alone are left, as all others have ended. */
export async function untilRolled(lab: Lab, app: App): Promise<void> {
  await untilTaken(lab, app);
  const pods = () => lab.pods(`app.kubernetes.io/name=${nameOf(app)}`, app.name);
  await lab.until("the proxies of before have ended", async () => (await pods()).length === 2, 180);
}

const nameOf = ({ name }: App): string => `${name}-proxy`;
