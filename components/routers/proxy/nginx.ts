import { escaped } from "../cookie";
import type { Match } from "../router";
import {
  CONNECT_SECONDS,
  CONNECTION_SECONDS,
  HEALTH_PATH,
  HEALTH_PORT,
  type Implementation,
  KEEP_ALIVE_SECONDS,
  PORT,
  PROXY_CONFIG_FOLDER,
  type ProxyPlan,
  SLOTS,
  type Upstream,
} from "./implementation";

const FILE = "nginx.conf";
const RESOLVER_FILE = "/tmp/resolver.conf";

/** Prints the pod's name servers as nginx wants them: it reads no resolv.conf. */
const resolver =
  `awk '$1 == "nameserver" { s = s " " ($2 ~ /:/ ? "[" $2 "]" : $2) } END { print "resolver" s " valid=5s;" }'` +
  ` /etc/resolv.conf > ${RESOLVER_FILE}`;

/**
 * nginx: `split_clients` by a hash of the request's id, or of the client's address, to a hundredth of a percent. The share is
 * met on average, not to the request, and neither proxies nor reloads matter. Services are looked up while requests come in
 * (a name in an upstream block would have to be there at the start). A canary that can't be reached leaves its request to the
 * primary; one that was reached and failed does not, as the request may have been carried out.
 *
 * https://nginx.org/en/docs/http/ngx_http_split_clients_module.html,
 * https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver
 */
export const nginxProxy: Implementation = {
  image: "nginx:1.28.3-alpine",
  largestWeight: SLOTS,
  file: FILE,
  command: ["sh", "-c", `${resolver} && exec nginx -c ${PROXY_CONFIG_FOLDER}/${FILE} -g 'daemon off;'`],

  problems: ({ matches }) =>
    matches
      .filter(({ kind, name }) => kind === "header" && name.includes("."))
      .map(({ name }) => `a header without a dot, which nginx can't read: not ${name}`),

  configuration(plan) {
    const [primary, ...canaries] = plan.upstreams;
    return `worker_processes 2;
pid /tmp/nginx.pid;
error_log stderr error;
events {
  worker_connections 4096;
}
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path /tmp/${kind};`).join("\n  ")}
  include ${RESOLVER_FILE};
  client_max_body_size 0;
  underscores_in_headers on;
  ignore_invalid_headers off;
  keepalive_timeout ${KEEP_ALIVE_SECONDS}s;
  keepalive_requests 100000;
  keepalive_time ${CONNECTION_SECONDS}s;
  proxy_http_version 1.1;
  proxy_buffering off;
  proxy_connect_timeout ${CONNECT_SECONDS}s;
  proxy_read_timeout 1h;
  proxy_send_timeout 1h;
  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $hop;
  proxy_set_header X-Forwarded-For $client;
${map("$http_upgrade", "$hop", { '""': "close" }, "upgrade")}
${map("$http_x_forwarded_for", "$client", { '""': "$remote_addr" }, "$http_x_forwarded_for")}
${map("$upstream_connect_time", "$reached", { '"~\\d"': "$upstream_status" }, '""')}
${draw(plan)}
${choice(plan)}
  server {
    listen ${HEALTH_PORT};
    location = ${HEALTH_PATH} {
      return 200;
    }
  }
  server {
    listen ${PORT};
    recursive_error_pages on;
    location / {
      try_files "" @$service;
    }
${[variantLocation(primary, plan), ...canaries.map((canary) => variantLocation(canary, plan, true))].join("\n")}
    location @unreached {
      if ($reached = 504) {
        return 504;
      }
      if ($reached) {
        return 502;
      }
      ${proxyPass(primary)}
    }
  }
}
`;
  },

  readWeights(configuration) {
    const services = [...configuration.matchAll(/location @(\S+) \{\n +set/g)].map(
      ([, service = ""]) => service,
    );
    const [, drawn = ""] = /split_clients \S+ \$drawn \{([^}]*)\}/.exec(configuration) ?? [];
    const shares = [...drawn.matchAll(/(\S+)% (\S+);/g)].map(([, percent, service = ""]) => ({
      service,
      share: Math.round(Number(percent) * (SLOTS / 100)),
    }));
    const rest = SLOTS - shares.reduce((sum, { share }) => sum + share, 0);
    return Object.fromEntries(
      services.map((service, i) => {
        const canary = shares.find((candidate) => candidate.service === service);
        return [service, i === 0 ? rest : (canary?.share ?? 0)];
      }),
    );
  },
};

function map(
  source: string,
  target: string,
  values: Readonly<Record<string, string>>,
  otherwise: string,
): string {
  const lines = Object.entries({ ...values, default: otherwise }).map(([from, to]) => `    ${from} ${to};\n`);
  return `  map ${source} ${target} {\n${lines.join("")}  }`;
}

/** What a request's id, or its client's address, draws: $drawn, the name of a Service. */
function draw({ upstreams, splitBy }: ProxyPlan): string {
  const [primary, ...canaries] = upstreams;
  const total = upstreams.reduce((sum, { weight }) => sum + weight, 0);
  const percent = (weight: number): number => Number(((weight / total) * 100).toFixed(2));
  const lines = canaries
    .filter(({ weight }) => weight > 0)
    .map(({ service, weight }) => `    ${percent(weight)}% ${service};\n`);
  const key = splitBy === "clients" ? "$client" : "$request_id";
  return `  split_clients ${key} $drawn {\n${lines.join("")}    * ${primary.service};\n  }`;
}

/** What decides before the draw: the first match that fits, then a cookie. Its name is $service. */
function choice({ upstreams, matches, sticky }: ProxyPlan): string {
  const serviceOf = (variant: string): string =>
    upstreams.find((upstream) => upstream.variant === variant)?.service ?? "";
  const chain = matches.map((match, i) =>
    map(
      sources[match.kind](match.name),
      i === 0 ? "$service" : `$choice_${i}`,
      { [pattern(match)]: serviceOf(match.variant) },
      `$choice_${i + 1}`,
    ),
  );
  const last = matches.length === 0 ? "$service" : `$choice_${matches.length}`;
  if (sticky === undefined) return [...chain, map('""', last, {}, "$drawn")].join("\n");
  const taking = upstreams.filter(({ weight }) => weight > 0);
  const { cookie: name, seconds } = sticky;
  const kept = taking.map(({ variant, service }) => [
    pattern({ kind: "cookie", name, value: variant }),
    service,
  ]);
  const age = seconds > 0 ? `; Max-Age=${seconds}` : "";
  const cookies = taking.map(({ variant, service }) => [
    `":${service}"`,
    `"${name}=${variant}; Path=/; HttpOnly${age}"`,
  ]);
  return [
    ...chain,
    map("$http_cookie", "$kept", Object.fromEntries(kept), '""'),
    map("$kept", last, { '""': "$drawn" }, "$kept"),
    map('"$kept:$drawn"', "$new_cookie", Object.fromEntries(cookies), '""'),
  ].join("\n");
}

const sources: Record<Match["kind"], (name: string) => string> = {
  header: (name) => `$http_${name.toLowerCase().replaceAll("-", "_")}`,
  cookie: () => "$http_cookie",
  query: () => "$args",
};

/** Regular expressions, as nginx compares plain values without regard to case. */
function pattern({ kind, name, value }: Pick<Match, "kind" | "name" | "value">): string {
  const is = `${escaped(name)}=${escaped(value)}`;
  if (kind === "header") return `"~^${escaped(value)}$"`;
  return kind === "cookie" ? `"~(^|;\\s*)${is}\\s*(;|$)"` : `"~(^|&)${is}(&|$)"`;
}

function variantLocation(upstream: Upstream, { sticky }: ProxyPlan, mayBeMissing = false): string {
  const { service, timeoutSeconds } = upstream;
  const lines = [
    proxyPass(upstream),
    ...(timeoutSeconds === undefined ? [] : [`proxy_read_timeout ${timeoutSeconds}s;`]),
    ...(mayBeMissing ? ["error_page 502 504 = @unreached;"] : []),
    ...(sticky === undefined ? [] : ["add_header Set-Cookie $new_cookie always;"]),
  ];
  return `    location @${service} {\n${lines.map((line) => `      ${line}\n`).join("")}    }`;
}

/** By a variable, so that the name is looked up when it is needed, and a missing one keeps nothing else from starting. */
const proxyPass = ({ address, port }: Upstream): string =>
  `set $upstream ${address}:${port};\n      proxy_pass http://$upstream;`;
