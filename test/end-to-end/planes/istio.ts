import type { KubernetesObject } from "../../../lab/cluster";
import { envoyPart, istioPart } from "../../../lab/parts";
import type { From } from "../app";
import { programsOf } from "../built";
import { type Bootstrap, Controlled } from "./envoy";
import { type DataPlane, drawn } from "./plane";

/** Where its Envoy is: an address of a node that nobody else has. */
const ADDRESS = "10.78.9.2";
/** On all addresses, as Istio has its gateways listen: no port that Traefik has. */
const PORT = 18_080;
const XDS_PORT = 15_010;
const NAMESPACE = "istio-system";
const LABELS = { istio: "ingressgateway" };

/**
 * What only Istio's own build of Envoy has is switched off: metadata exchange, its ALPN filter, and, by a mesh without a
 * provider of metrics, its statistics. Webhooks and mutual TLS, whose certificates an agent in the pod would get, have no part in what is routed.
 */
const ENVIRONMENT = {
  PILOT_ENABLE_METADATA_EXCHANGE: "false",
  PILOT_ENABLE_ALPN_FILTER: "false",
  INJECTION_WEBHOOK_CONFIG_NAME: "",
  VALIDATION_WEBHOOK_CONFIG_NAME: "",
  ENABLE_CA_SERVER: "false",
  PILOT_ENABLE_GATEWAY_API: "false",
  POD_NAME: "istiod",
  POD_NAMESPACE: NAMESPACE,
};
const MESH = "defaultProviders: {}\nenablePrometheusMerge: false\nenableAutoMtls: false\n";

/** Pilot, and an Envoy that it takes for a pod's. */
const byIstio = (title: string, proxy: Proxy, running: From): DataPlane => ({
  title,
  router: "istio",
  settings: [],
  tier: "full",
  parts: [istioPart, envoyPart],
  spread: drawn,
  promised: { missing: "503", portless: "503", empty: "503", refusing: "503", hanging: "nothing" },
  async start(lab) {
    const programs = await programsOf([istioPart, envoyPart]);
    const plane = new Controlled(lab);
    await lab.apply(gatewayObjects);
    const pilot = [programs.program("pilot-discovery"), "discovery", "--kubeconfig", lab.kubeconfig];
    const options = [
      ...["--meshConfig", plane.file("mesh.yaml", MESH), "--namespace", NAMESPACE],
      ...["--grpcAddr", `127.0.0.1:${XDS_PORT}`, "--httpAddr", "127.0.0.1:15080"],
      ...["--monitoringAddr", "127.0.0.1:15014", "--httpsAddr", "", "--secureGRPCAddr", ""],
      ...["--ctrlz_address", "127.0.0.1"],
    ];
    plane.run("pilot", [...pilot, ...options], ENVIRONMENT);
    await plane.envoy(programs, bootstrapOf(proxy), ADDRESS);
    return { ...running, settled: () => plane.quiet(), stop: () => plane.stop() };
  },
});

/** What Envoy says to Pilot of itself. */
interface Proxy {
  readonly kind: "router" | "sidecar";
  readonly name: string;
  readonly metadata: object;
}

export const istio = byIstio(
  "Envoy, by Istio as an ingress gateway",
  { kind: "router", name: "istio-ingressgateway", metadata: { LABELS } },
  { origins: async () => [`http://${ADDRESS}:${PORT}`] },
);

/** Its client asks it as an HTTP proxy of its own, as nothing leads connections there. */
export const sidecar = byIstio(
  "Envoy, by Istio as a client's sidecar",
  { kind: "sidecar", name: "client", metadata: { LABELS: { app: "client" }, HTTP_PROXY_PORT: `${PORT}` } },
  { origins: async () => [`http://127.0.0.1:${PORT}`], inside: true },
);

/** By the Service Pilot knows the port that the gateway's port 80 is. */
const gatewayObjects: readonly KubernetesObject[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "istio-ingressgateway", namespace: NAMESPACE },
    spec: { selector: LABELS, ports: [{ name: "http2", port: 80, targetPort: PORT }] },
  },
  {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: NAMESPACE },
    spec: { mtls: { mode: "DISABLE" } },
  },
];

const xds = { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" };

const bootstrapOf = ({ kind, name, metadata }: Proxy): Bootstrap => ({
  node: {
    id: `${kind}~${ADDRESS}~${name}.${NAMESPACE}~${NAMESPACE}.svc.cluster.local`,
    cluster: name,
    metadata: {
      NAMESPACE,
      INSTANCE_IPS: ADDRESS,
      CLUSTER_ID: "Kubernetes",
      ISTIO_VERSION: "1.31.0",
      ...metadata,
    },
  },
  dynamic_resources: {
    lds_config: xds,
    cds_config: xds,
    ads_config: {
      api_type: "GRPC",
      transport_api_version: "V3",
      set_node_on_first_message_only: true,
      grpc_services: [{ envoy_grpc: { cluster_name: "pilot" } }],
    },
  },
  static_resources: {
    clusters: [
      {
        name: "pilot",
        type: "STATIC",
        connect_timeout: "1s",
        typed_extension_protocol_options: {
          "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            explicit_http_config: { http2_protocol_options: {} },
          },
        },
        load_assignment: {
          cluster_name: "pilot",
          endpoints: [
            {
              lb_endpoints: [
                {
                  endpoint: {
                    address: { socket_address: { address: "127.0.0.1", port_value: XDS_PORT } },
                  },
                },
              ],
            },
          ],
        },
      },
    ],
  },
});
