/** The cluster's DNS, of a lab that is started with KUBECONFIG: names of Services lead to their addresses. */
import { CoreV1Api, KubeConfig, makeInformer, type V1Service } from "@kubernetes/client-node";
import { DNS_ADDRESS } from "../network";
import { CLUSTER_DOMAIN, serveDns } from "./dns";

const REWATCH_MS = 500;

async function main(): Promise<void> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const core = config.makeApiClient(CoreV1Api);
  const services = makeInformer(config, "/api/v1/services", () => core.listServiceForAllNamespaces());
  // The API server may be away for a while.
  services.on("error", () => setTimeout(() => services.start(), REWATCH_MS));
  void services.start();
  await serveDns(DNS_ADDRESS, (name) => {
    const [service, namespace, ...domain] = name.split(".");
    if (domain.join(".") !== `svc.${CLUSTER_DOMAIN}`) return undefined;
    const found = services.get(service ?? "", namespace);
    return found && addressOf(found);
  });
}

/** A Service's own address; none for a headless one. */
function addressOf({ spec }: V1Service): string | undefined {
  return spec?.clusterIP === "None" ? undefined : spec?.clusterIP;
}

void main();
