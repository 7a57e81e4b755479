import { Agent, type IncomingMessage, type ServerResponse } from "node:http";
import { createProxyServer } from "http-proxy-3";
import type { Manifest } from "../components/routers";
import { type LoopbackServer, serveLoopback } from "./loopback";
import { WeightedChoice } from "./weighted";

/** One way to serve a host, in terms that all routers share. */
export interface HostRoute {
  readonly host: string;
  /** Of a host's routes that can be served, the one with the highest priority answers. */
  readonly priority: number;
  readonly services: readonly { readonly name: string; readonly weight: number }[];
}

/** Reads the routing objects of one router. */
export type Reader = (manifests: readonly Manifest[]) => HostRoute[];

/** A reverse proxy that does what a set of routing objects says. */
export interface DataPlane extends LoopbackServer {
  /**
   * Routes by these objects from the next request on, with every weighted choice started anew, as Traefik does when it
   * loads a configuration. Requests in flight end where they went.
   */
  update(manifests: readonly Manifest[]): void;
}

/** One request that was answered. */
export interface ProxyAnswer {
  /** The Service that it went to. */
  readonly service: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Number of the update by whose weights the Service was chosen, from 0 for the objects at the start. */
  readonly update: number;
}

interface Endpoint {
  readonly service: string;
  readonly url: URL;
}

/** A route whose Services all have an endpoint. */
interface ServableRoute {
  readonly host: string;
  readonly choice: WeightedChoice<Endpoint>;
}

/**
 * Starts a data plane.
 *
 * @param read what reads the objects of the router in use
 * @param endpoints where each Service's requests go, as of each update; a Service that isn't there does not exist or has
 *   no endpoints
 * @param onAnswer told of each request that was answered by a Service
 */
export async function startDataPlane(
  read: Reader,
  manifests: readonly Manifest[],
  endpoints: ReadonlyMap<string, URL>,
  onAnswer: (answer: ProxyAnswer) => void = () => {},
): Promise<DataPlane> {
  const agent = new Agent({ keepAlive: true });
  const proxy = createProxyServer({ agent });
  let routes = servableRoutes(read(manifests), endpoints);
  let updates = 0;

  const server = await serveLoopback((request, response) => {
    const route = routes.find(({ host }) => host === requestedHost(request));
    if (route === undefined) return refuse(response, 404, "page not found");
    const target = route.choice.next();
    if (target === undefined) return refuse(response, 503, "no available server");
    const { service, url } = target;
    const [begun, update] = [performance.now(), updates];
    response.once("finish", () => {
      onAnswer({ service, status: response.statusCode, milliseconds: performance.now() - begun, update });
    });
    proxy.web(request, response, { target: url }, () => refuse(response, 502, "Bad Gateway"));
  });

  return {
    url: server.url,
    update(manifests) {
      routes = servableRoutes(read(manifests), endpoints);
      updates++;
    },
    async close() {
      await server.close();
      agent.destroy();
    },
  };
}

/**
 * The routes that can be built, highest priority first. One with a Service that can't be reached is left out whole, even
 * where that Service's weight is 0, and the host's next one answers: Traefik does so too.
 */
function servableRoutes(routes: readonly HostRoute[], endpoints: ReadonlyMap<string, URL>): ServableRoute[] {
  return [...routes]
    .sort((a, b) => b.priority - a.priority)
    .flatMap(({ host, services }) => {
      const choices = services.flatMap(({ name, weight }) => {
        const url = endpoints.get(name);
        return url === undefined ? [] : [{ value: { service: name, url }, weight }];
      });
      return choices.length < services.length ? [] : [{ host, choice: new WeightedChoice(choices) }];
    });
}

function requestedHost(request: IncomingMessage): string {
  return (request.headers.host ?? "").toLowerCase().replace(/:\d+$/, "");
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { "content-type": "text/plain" }).end(`${status} ${reason}\n`);
}
