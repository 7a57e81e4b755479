/** IngressRoutes of the stack's Traefik. */
import { hostNames, isWildcard, rankOf } from "./path";
import { type HeaderChanges, type Manifest, metadata, type Route } from "./router";
import { middleware, schemeOf } from "./traefik-objects";

/** What an IngressRoute takes, and where it leads. */
interface Taken {
  /** Default the app's own. */
  readonly hosts?: readonly string[];
  /** What requests must be beside host and path. */
  readonly conditions?: readonly string[];
  /** Of an app's routes that can be built, Traefik asks the one with the highest first. */
  readonly priority: number;
  readonly target: object;
  /** Names of what requests pass on their way. */
  readonly middlewares?: readonly string[];
}

/** More than all priorities of one app: an app with a longer path is asked before those with a shorter one. */
const APART = 10_000_000;
/** Less than all priorities of apps with a host name in full. */
const OF_WILDCARDS = -(10 ** 12);

/** An IngressRoute on every entry point that Traefik opens by default. */
export function ingressRoute(route: Route, name: string, taken: Taken): Manifest {
  return manifest(route, name, { routes: rules(route, taken) });
}

/** One rule for host names in full, and one for wildcards, whose requests are asked for after all names in full. */
function rules(
  route: Route,
  { hosts = hostNames(route), conditions = [], priority, target, middlewares = [] }: Taken,
): object[] {
  const lead = rankOf(route.path) * APART;
  const groups = [
    { names: hosts.filter((host) => !isWildcard(host)), lead },
    { names: hosts.filter(isWildcard), lead: lead + OF_WILDCARDS },
  ];
  return groups
    .filter(({ names }) => names.length > 0)
    .map(({ names, lead }) => ({
      match: [...ruleOf(names, route), ...conditions].join(" && "),
      kind: "Rule",
      priority: priority + lead,
      services: [target],
      ...(middlewares.length > 0 && { middlewares: middlewares.map((name) => ({ name })) }),
    }));
}

/** https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/routing/rules-and-priority/ */
function ruleOf(hosts: readonly string[], { path }: Route): string[] {
  const names = hosts.map((host) =>
    isWildcard(host) ? `HostRegexp(\`^[^.]+${host.slice(1).replaceAll(".", "\\.")}$\`)` : `Host(\`${host}\`)`,
  );
  const [only = ""] = names;
  const ofHost = names.length === 1 ? only : `(${names.join(" || ")})`;
  if (path === undefined) return [ofHost];
  const { value, exact } = path;
  // A prefix of Traefik's is one of characters.
  const ofPath = exact ? `Path(\`${value}\`)` : `(Path(\`${value}\`) || PathPrefix(\`${value}/\`))`;
  return [ofHost, ofPath];
}

/**
 * What an app's requests pass on their way, whatever variant they go to: it limits their bodies, changes headers and takes the path away.
 *
 * @param base what their names start with
 */
export function passed(route: Route, base: string): Manifest[] {
  const { path, maxBodyBytes, requestHeaders, responseHeaders } = route;
  const headers = {
    ...(requestHeaders && { customRequestHeaders: changed(requestHeaders) }),
    ...(responseHeaders && { customResponseHeaders: changed(responseHeaders) }),
  };
  return [
    ...(maxBodyBytes === undefined
      ? []
      : [middleware(route, `${base}-body`, { buffering: { maxRequestBodyBytes: maxBodyBytes } })]),
    ...(Object.keys(headers).length === 0 ? [] : [middleware(route, `${base}-headers`, { headers })]),
    ...(path?.strip ? [middleware(route, `${base}-strip`, { stripPrefix: { prefixes: [path.value] } })] : []),
  ];
}

/** Traefik removes a header whose value is empty. */
const changed = ({ set, remove }: HeaderChanges): Record<string, string> => ({
  ...set,
  ...Object.fromEntries(remove.map((name) => [name, ""])),
});

export const namesOf = (objects: readonly Manifest[]): string[] =>
  objects.map(({ metadata }) => metadata.name);

/** What holds back streams is refused for pods that speak them. */
export function bufferProblems({ maxBodyBytes, backends }: Route): string[] {
  const [{ protocol }] = backends;
  return maxBodyBytes !== undefined && (protocol === "grpc" || protocol === "h2c")
    ? [
        `no maxBodyBytes together with protocol ${protocol}: Traefik would hold back each request and answer until its end`,
      ]
    : [];
}

/**
 * What makes Traefik serve the certificate of `tlsSecret` to all who ask for a name in it: one more IngressRoute to the
 * primary, of the lowest priority. With `tls` the host's other routes would leave port 80, and its redirect with them.
 */
export function certificateRoute(route: Route, name: string): Manifest[] {
  const [{ service, port, protocol }] = route.backends;
  if (route.tlsSecret === undefined) return [];
  return [
    manifest(route, name, {
      entryPoints: ["websecure"],
      routes: rules(route, { priority: 1, target: { name: service, port, ...schemeOf(protocol) } }),
      tls: { secretName: route.tlsSecret },
    }),
  ];
}

function manifest(route: Route, name: string, spec: object): Manifest {
  return {
    apiVersion: "traefik.io/v1alpha1",
    kind: "IngressRoute",
    // `spec.ingressClassName` would be ignored before Traefik 3.7, and the route with it.
    metadata: metadata(route, name, { "kubernetes.io/ingress.class": route.ingressClass }),
    spec,
  };
}
