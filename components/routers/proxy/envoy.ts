import { escaped } from "../cookie";
import type { Match } from "../router";
import {
  CONNECT_SECONDS,
  CONNECTION_SECONDS,
  HEALTH_PATH,
  HEALTH_PORT,
  type Implementation,
  PORT,
  PROXY_CONFIG_FOLDER,
  type ProxyPlan,
  type Upstream,
  unlimited,
} from "./implementation";

const FILE = "envoy.json";
const LARGEST = 2 ** 32 - 1;
const TYPE = "type.googleapis.com/envoy";
const MANAGER = `${TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`;

interface WeightedCluster {
  readonly name: string;
  readonly weight: number;
}

interface Configuration {
  readonly static_resources: {
    readonly listeners: readonly {
      readonly filter_chains: readonly { readonly filters: readonly { readonly typed_config: Manager }[] }[];
    }[];
  };
}

interface Manager {
  readonly route_config: { readonly virtual_hosts: readonly { readonly routes: readonly RouteRule[] }[] };
}

interface RouteRule {
  readonly route?: { readonly weighted_clusters?: { readonly clusters: readonly WeightedCluster[] } };
}

/**
 * Envoy: weighted clusters, drawn at random for each request. A canary's cluster is an aggregate of its own endpoint and
 * the primary's, which takes over while the canary's refuses or has no address.
 *
 * https://www.envoyproxy.io/docs/envoy/v1.39.1/api-v3/config/route/v3/route_components.proto#config-route-v3-weightedcluster,
 * https://www.envoyproxy.io/docs/envoy/v1.39.1/intro/arch_overview/upstream/aggregate_cluster
 */
export const envoy: Implementation = {
  image: "envoyproxy/envoy:distroless-v1.39.1",
  largestWeight: 10_000,
  file: FILE,
  command: ["envoy", "-c", `${PROXY_CONFIG_FOLDER}/${FILE}`, "--concurrency", "2", "--disable-hot-restart"],

  problems: ({ sticky, splitBy, ...route }) => [
    ...unlimited({ sticky, splitBy, ...route }, "envoy"),
    ...(sticky === undefined
      ? []
      : ["no sticky: routers.proxy.implementation envoy keeps no cookie, haproxy and nginx do"]),
    ...(splitBy === "requests"
      ? []
      : ["split: requests: routers.proxy.implementation envoy tells no clients apart, haproxy and nginx do"]),
  ],

  configuration(plan) {
    const [primary, ...canaries] = plan.upstreams;
    return `${JSON.stringify(
      {
        static_resources: {
          listeners: [
            listener("app", PORT, [
              ...plan.matches.map((match) => ({
                match: { prefix: "/", ...condition(match) },
                route: { cluster: serviceOf(plan, match.variant), ...options },
              })),
              {
                match: { prefix: "/" },
                route: { weighted_clusters: { clusters: clusters(plan) }, ...options },
              },
            ]),
            listener("health", HEALTH_PORT, [
              { match: { path: HEALTH_PATH }, direct_response: { status: 200 } },
            ]),
          ],
          clusters: [
            cluster(primary.service, primary),
            ...canaries.flatMap((canary) => [
              aggregate(canary.service, [endpointOf(canary), primary.service]),
              { ...cluster(endpointOf(canary), canary), ...checked },
            ]),
          ],
        },
      },
      null,
      1,
    )}\n`;
  },

  readWeights(configuration) {
    const { static_resources } = JSON.parse(configuration) as Configuration;
    const routes = static_resources.listeners.flatMap(({ filter_chains }) =>
      filter_chains.flatMap(({ filters }) =>
        filters.flatMap(({ typed_config }) =>
          typed_config.route_config.virtual_hosts.flatMap((host) => host.routes),
        ),
      ),
    );
    const weighted = routes.flatMap(({ route }) => route?.weighted_clusters?.clusters ?? []);
    return Object.fromEntries(weighted.map(({ name, weight }) => [name, weight]));
  },
};

/** No limit to how long an answer takes, and another try if no connection was made: nothing was sent by then. */
const options = {
  timeout: "0s",
  retry_policy: {
    retry_on: "connect-failure",
    num_retries: 3,
    retry_host_predicate: [
      {
        name: "envoy.retry_host_predicates.previous_hosts",
        typed_config: { "@type": `${TYPE}.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate` },
      },
    ],
    retry_priority: {
      name: "envoy.retry_priorities.previous_priorities",
      typed_config: {
        "@type": `${TYPE}.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig`,
        update_frequency: 1,
      },
    },
  },
};

/** Whether there is somebody to take connections: what a pod says of itself is its Service's business. */
const checked = {
  health_checks: [
    {
      timeout: `${CONNECT_SECONDS}s`,
      interval: "1s",
      no_traffic_interval: "1s",
      unhealthy_threshold: 1,
      healthy_threshold: 1,
      tcp_health_check: {},
    },
  ],
  // Else Envoy would use endpoints that it knows to be down, as there are no others.
  common_lb_config: { healthy_panic_threshold: { value: 0 } },
};

/**
 * Envoy's own limits are 1,024 requests at a time and 3 tries again, beyond which it answers 503: too few for WebSockets, and for
 * all who meet a canary that refuses. The other programs have none.
 *
 * https://www.envoyproxy.io/docs/envoy/v1.39.1/api-v3/config/cluster/v3/circuit_breaker.proto
 */
const unbounded = {
  circuit_breakers: {
    thresholds: [
      {
        max_connections: LARGEST,
        max_pending_requests: LARGEST,
        max_requests: LARGEST,
        max_retries: LARGEST,
      },
    ],
  },
};

function listener(name: string, port: number, routes: readonly object[]) {
  return {
    name,
    address: address("0.0.0.0", port),
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: {
              "@type": MANAGER,
              stat_prefix: name,
              stream_idle_timeout: "3600s",
              common_http_protocol_options: { max_connection_duration: `${CONNECTION_SECONDS}s` },
              upgrade_configs: [{ upgrade_type: "websocket" }],
              route_config: { virtual_hosts: [{ name, domains: ["*"], routes }] },
              http_filters: [
                {
                  name: "envoy.filters.http.router",
                  typed_config: { "@type": `${TYPE}.extensions.filters.http.router.v3.Router` },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

const clusters = ({ upstreams }: ProxyPlan): WeightedCluster[] =>
  upstreams.map(({ service: name, weight }) => ({ name, weight }));

function cluster(name: string, { address: host, port }: Upstream) {
  const endpoint = { endpoint: { address: address(host, port) } };
  return {
    name,
    type: "STRICT_DNS",
    connect_timeout: `${CONNECT_SECONDS}s`,
    ...unbounded,
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
    // A connection for each request: a Service spreads connections.
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": `${TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions`,
        common_http_protocol_options: { max_requests_per_connection: 1 },
        explicit_http_config: { http_protocol_options: {} },
      },
    },
  };
}

function aggregate(name: string, members: readonly string[]) {
  return {
    name,
    lb_policy: "CLUSTER_PROVIDED",
    connect_timeout: `${CONNECT_SECONDS}s`,
    ...unbounded,
    cluster_type: {
      name: "envoy.clusters.aggregate",
      typed_config: { "@type": `${TYPE}.extensions.clusters.aggregate.v3.ClusterConfig`, clusters: members },
    },
  };
}

const address = (host: string, port: number) => ({ socket_address: { address: host, port_value: port } });

const endpointOf = ({ service }: Upstream): string => `${service}-endpoint`;

const serviceOf = ({ upstreams }: ProxyPlan, variant: string): string =>
  upstreams.find((upstream) => upstream.variant === variant)?.service ?? "";

function condition({ kind, name, value }: Match): object {
  const exact = { string_match: { exact: value } };
  if (kind === "header") return { headers: [{ name, ...exact }] };
  if (kind === "query") return { query_parameters: [{ name, ...exact }] };
  const regex = `(.*;\\s*)?${escaped(name)}=${escaped(value)}(\\s*;.*)?`;
  return { headers: [{ name: "cookie", string_match: { safe_regex: { regex } } }] };
}
