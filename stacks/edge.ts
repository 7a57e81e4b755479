import { EdgeNodes } from "../components/aws/edge-nodes";
import { variantName } from "../components/traffic";
import type { AppSettings } from "./apps";
import type { EdgeNodesSettings } from "./settings";

/** Declares the edge nodes, with a record for each host name of the apps. */
export function edgeNodes(
  apps: readonly AppSettings[],
  edge: EdgeNodesSettings,
  dnsWeight: number,
  protect: boolean,
): EdgeNodes {
  const hosts = apps.flatMap(({ name, host, canaries }) => [
    { name, host },
    ...canaries.map((canary) => ({ name: variantName(name, canary.name), host: canary.host })),
  ]);
  return new EdgeNodes("edge", {
    ...edge,
    dnsWeight,
    protect,
    hosts: hosts.flatMap(({ name, host }) => (host === undefined ? [] : [{ name, host }])),
  });
}
