/**
 * What makes Services answer in a lab, which is started with KUBECONFIG: their addresses, as kube-proxy does, and their names,
 * as the cluster's DNS does.
 */
import {
  CoreV1Api,
  DiscoveryV1Api,
  type Informer,
  KubeConfig,
  type KubernetesObject,
  makeInformer,
  type V1EndpointSlice,
  type V1Service,
  type V1ServicePort,
} from "@kubernetes/client-node";
import { DNS_ADDRESS } from "../network";
import { CLUSTER_DOMAIN, serveDns } from "./dns";
import { type Endpoint, ServicePort } from "./service-port";

const REWATCH_MS = 500;

async function main(): Promise<void> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const core = config.makeApiClient(CoreV1Api);
  const discovery = config.makeApiClient(DiscoveryV1Api);
  const services = makeInformer(config, "/api/v1/services", () => core.listServiceForAllNamespaces());
  const slices = makeInformer(config, "/apis/discovery.k8s.io/v1/endpointslices", () =>
    discovery.listEndpointSliceForAllNamespaces(),
  );
  const ports = new Map<string, ServicePort>();

  function reconcile(): void {
    const wanted = new Map(
      services
        .list()
        .flatMap((service) => portsOf(service).map((port) => [keyOf(service, port), { service, port }])),
    );
    for (const [key, { service, port }] of wanted) {
      const open = ports.get(key) ?? new ServicePort(addressOf(service) ?? "", port.port);
      ports.set(key, open);
      open.update(endpointsOf(slices.list(), service, port));
    }
    for (const [key, port] of ports) {
      if (wanted.has(key)) continue;
      port.close();
      ports.delete(key);
    }
  }

  keepUp(services, reconcile);
  keepUp(slices, reconcile);
  await serveDns(DNS_ADDRESS, (name) => {
    const [service, namespace, ...domain] = name.split(".");
    if (domain.join(".") !== `svc.${CLUSTER_DOMAIN}`) return undefined;
    const found = services.get(service ?? "", namespace);
    return found && addressOf(found);
  });
}

/** Watches, and goes on after the API server was away. */
function keepUp<T extends KubernetesObject>(informer: Informer<T>, changed: () => void): void {
  informer.on("change", () => setImmediate(changed));
  informer.on("error", () => setTimeout(() => informer.start(), REWATCH_MS));
  void informer.start();
}

/** A Service's own address; none for a headless one. */
function addressOf({ spec }: V1Service): string | undefined {
  return spec?.clusterIP === "None" ? undefined : spec?.clusterIP;
}

/** The ports that pods stand behind. */
function portsOf(service: V1Service): V1ServicePort[] {
  const { selector, ports = [] } = service.spec ?? {};
  if (selector === undefined || addressOf(service) === undefined) return [];
  return ports.filter(({ protocol = "TCP" }) => protocol === "TCP");
}

const keyOf = (service: V1Service, { port }: V1ServicePort): string => `${addressOf(service)}:${port}`;

function endpointsOf(
  slices: readonly V1EndpointSlice[],
  service: V1Service,
  { name }: V1ServicePort,
): Endpoint[] {
  const { namespace, name: serviceName } = service.metadata ?? {};
  return slices
    .filter(({ metadata }) => metadata?.namespace === namespace)
    .filter(({ metadata }) => metadata?.labels?.["kubernetes.io/service-name"] === serviceName)
    .flatMap(({ ports, endpoints }) => {
      const port = ports?.find((candidate) => (candidate.name ?? "") === (name ?? ""))?.port;
      if (port === undefined) return [];
      const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready);
      return ready.flatMap(({ addresses }) => addresses.map((address) => ({ address, port })));
    });
}

void main();
