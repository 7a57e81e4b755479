import type { RouterName } from "../../../components/routers";
import { origins, untilSettled } from "../edges";
import { readEveryProvider } from "../providers";
import type { Tier } from "../tier";
import type { DataPlane, Outcome } from "./plane";

/** The stack's own Traefiks, one on each of two edge nodes: each keeps within one of the share. */
const byTraefik = (
  router: RouterName,
  tier: Tier,
  promised: Partial<DataPlane["promised"]> = {},
): DataPlane => ({
  title: `Traefik, by router ${router}`,
  router,
  settings: [],
  tier,
  parts: [],
  spread: () => 2,
  promised: {
    missing: "primary",
    portless: "primary",
    empty: "primary",
    refusing: "502",
    hanging: "nothing",
    ...promised,
  },
  async start(lab) {
    await readEveryProvider(lab);
    return {
      origins: () => origins(lab),
      settled: () => untilSettled(lab),
      async stop() {},
    };
  },
});

const late: Outcome = "504";

export const traefik: DataPlane = {
  ...byTraefik("traefik", "full", { hanging: late }),
  settings: ["canaryTimeoutSeconds=1"],
};
export const traefikByNginx = byTraefik("nginx", "small", { refusing: "primary" });
export const traefikByGateway = byTraefik("gateway", "small", {
  missing: "500",
  portless: "500",
  empty: "503",
});
/** A split of pods, which has suites of its own but for what all routers share. */
export const replicasByTraefik = byTraefik("replicas", "small");
