import type { Match } from "../router";
import {
  CONNECT_SECONDS,
  DRAIN_SECONDS,
  HEALTH_PATH,
  HEALTH_PORT,
  type Implementation,
  KEEP_ALIVE_SECONDS,
  PORT,
  PROXY_CONFIG_FOLDER,
  type ProxyPlan,
  SLOTS,
  type Upstream,
  unlimited,
} from "./implementation";

const FILE = "haproxy.cfg";

/**
 * HAProxy: one server a variant, in turn by weight, which is exact to the request in each proxy. A server that refuses has
 * its requests sent to another one, and one without an address or endpoints is left out. Where clients are split, a hash of
 * their address is a slot out of ten thousand. Every request has a connection of its own, so that a Service spreads
 * requests and no connection is used that a pod is about to close.
 *
 * Directives: https://docs.haproxy.org/2.6/configuration.html, sections 4.2 and 5.2.
 */
export const haproxy: Implementation = {
  image: "haproxy:3.2.23-alpine",
  // "weight", section 5.2 there.
  largestWeight: 256,
  file: FILE,
  command: ["haproxy", "-db", "-f", `${PROXY_CONFIG_FOLDER}/${FILE}`],

  problems: (route) => unlimited(route, "haproxy"),

  configuration(plan) {
    const [primary] = plan.upstreams;
    const byClient = plan.splitBy === "clients";
    const alone = plan.upstreams.filter(
      ({ variant }) => byClient || plan.matches.some((match) => match.variant === variant),
    );
    const sections = [
      global,
      defaults,
      resolvers,
      health,
      [
        "frontend app",
        `bind :${PORT}`,
        ...plan.matches.map(
          (match) => `use_backend ${onlyTo(serviceOf(plan, match.variant))} if { ${condition(match)} }`,
        ),
        ...(byClient ? slots(plan) : []),
        `default_backend ${byClient ? onlyTo(primary.service) : "split"}`,
      ],
      ...(byClient ? [] : [split(plan)]),
      ...alone.map((upstream) => [
        `backend ${onlyTo(upstream.service)}`,
        server(upstream, "check"),
        ...(upstream === primary ? [] : [server(primary, "backup")]),
      ]),
    ];
    return sections
      .map(([head, ...lines]) => [head, ...lines.map((line) => `  ${line}`), ""].join("\n"))
      .join("\n");
  },

  readWeights(configuration) {
    const servers = [...configuration.matchAll(/^ {2}server (\S+) \S+ weight (\d+)( backup)?/gm)];
    if (servers.length === 0) return readSlots(configuration);
    return Object.fromEntries(servers.map(([, name, weight, backup]) => [name, backup ? 0 : Number(weight)]));
  },
};

const global = [
  "global",
  // Both would follow the node's size, not the pod's.
  "maxconn 4000",
  "nbthread 2",
  `hard-stop-after ${DRAIN_SECONDS}s`,
];

const defaults = [
  "defaults",
  "mode http",
  "balance roundrobin",
  `timeout connect ${CONNECT_SECONDS}s`,
  "timeout client 1h",
  "timeout server 1h",
  "timeout tunnel 1h",
  "timeout http-request 30s",
  `timeout http-keep-alive ${KEEP_ALIVE_SECONDS}s`,
  "option http-server-close",
  // A connection that a client keeps is told to close by an answer, not amid its next request.
  "option idle-close-on-response",
  "option forwardfor if-none",
  "option redispatch 1",
  "retries 3",
  "retry-on conn-failure",
  "default-server resolvers cluster init-addr last,libc,none inter 1s fall 1 rise 2",
];

const resolvers = ["resolvers cluster", "parse-resolv-conf", "hold valid 5s", "accepted_payload_size 8192"];

const health = ["frontend health", `bind :${HEALTH_PORT}`, `monitor-uri ${HEALTH_PATH}`];

function split({ upstreams, sticky }: ProxyPlan): string[] {
  const [primary, ...canaries] = upstreams;
  const age = sticky !== undefined && sticky.seconds > 0 ? ` attr Max-Age=${sticky.seconds}` : "";
  // A cookie of a variant at 0 is known to no server: its holder is counted anew.
  const kept = ({ variant, weight }: Upstream): string => (sticky && weight > 0 ? ` cookie ${variant}` : "");
  return [
    "backend split",
    ...(sticky ? [`cookie ${sticky.cookie} insert indirect nocache httponly${age}`] : []),
    primary.weight > 0
      ? server(primary, `weight ${primary.weight}${kept(primary)}`)
      : server(primary, "weight 100 backup"),
    ...canaries.map((canary) => server(canary, `weight ${canary.weight}${kept(canary)} check`)),
  ];
}

/** A client's slot decides: the first canary has those from 0 on, the next those after them. */
function slots({ upstreams }: ProxyPlan): string[] {
  const total = upstreams.reduce((sum, { weight }) => sum + weight, 0);
  const [, ...canaries] = upstreams;
  let taken = 0;
  return [
    "http-request set-var(txn.client) src",
    "http-request set-var(txn.client) req.fhdr(x-forwarded-for) if { req.fhdr(x-forwarded-for) -m found }",
    `http-request set-var(txn.slot) var(txn.client),xxh32,mod(${SLOTS})`,
    ...canaries.map(({ service, weight }) => {
      taken += weight;
      const bound = Math.round((taken / total) * SLOTS);
      return `use_backend ${onlyTo(service)} if { var(txn.slot) -m int lt ${bound} }`;
    }),
  ];
}

function readSlots(configuration: string): Record<string, number> {
  const bounds = [
    ...configuration.matchAll(/use_backend only-(\S+) if \{ var\(txn\.slot\) -m int lt (\d+) \}/g),
  ];
  const [, primary = ""] = /default_backend only-(\S+)/.exec(configuration) ?? [];
  let taken = 0;
  const canaries = bounds.map(([, service = "", bound]) => {
    const slots = Number(bound) - taken;
    taken += slots;
    return [service, slots] as const;
  });
  return { [primary]: SLOTS - taken, ...Object.fromEntries(canaries) };
}

const server = ({ service, address, port }: Upstream, options: string): string =>
  `server ${service} ${address}:${port} ${options}`;

const onlyTo = (service: string): string => `only-${service}`;

const serviceOf = ({ upstreams }: ProxyPlan, variant: string): string =>
  upstreams.find((upstream) => upstream.variant === variant)?.service ?? "";

const fetches: Record<Match["kind"], string> = { header: "req.fhdr", cookie: "req.cook", query: "url_param" };

const condition = ({ kind, name, value }: Match): string => `${fetches[kind]}(${name}) -m str ${value}`;
