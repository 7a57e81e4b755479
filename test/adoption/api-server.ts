/** What answers as a Kubernetes API server does, of objects that a test gives it, and a kubeconfig for it. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Manifest } from "../../components/routers";

/** A kind that the server has, by `GROUP/VERSION`. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

const KINDS: readonly ServedKind[] = [
  { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "Node" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
];

const pluralOf = (kind: string): string => `${kind.toLowerCase()}${/s$/.test(kind) ? "es" : "s"}`;

export class ApiServer {
  readonly server: Server;
  /** Bodies of what was posted. */
  readonly posted: Record<string, unknown>[] = [];

  /** @param answerPost what a POST is answered with, by its body */
  constructor(
    private readonly objects: readonly Manifest[],
    private readonly kinds: readonly ServedKind[] = KINDS,
    answerPost: (body: Record<string, unknown>) => object = (body) => body,
  ) {
    this.server = createServer(async (request, response) => {
      let found: object | undefined;
      if (request.method === "POST") {
        const body = JSON.parse(await text(request));
        this.posted.push(body);
        found = answerPost(body);
      } else found = this.answer(request.url ?? "");
      response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(found ?? { kind: "Status", code: 404 }));
    }).listen(0, "127.0.0.1");
  }

  /** The text of a kubeconfig, whose current context is `one`. */
  async kubeconfig(): Promise<string> {
    if (!this.server.listening) await once(this.server, "listening");
    const { port } = this.server.address() as AddressInfo;
    const cluster = { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
    return JSON.stringify({
      "current-context": "one",
      clusters: [{ name: "one", cluster }],
      users: [{ name: "me", user: { token: "hunter2" } }],
      contexts: [{ name: "one", context: { cluster: "one", user: "me" } }],
    });
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private answer(url: string): object | undefined {
    if (url.startsWith("/version")) return { major: "1", minor: "35", gitVersion: "v1.35.4" };
    const [, group, version = "", plural, name] =
      /^\/(?:api|apis\/([^/]+))\/(v\w+)(?:\/namespaces\/[^/]+)?(?:\/(\w+)(?:\/([^/?]+))?)?/.exec(url) ?? [];
    const apiVersion = group === undefined ? version : `${group}/${version}`;
    if (plural === undefined) {
      const resources = this.kinds
        .filter((each) => each.apiVersion === apiVersion)
        .map(({ kind }) => ({ kind, name: pluralOf(kind), namespaced: kind !== "Node" }));
      return resources.length === 0 ? undefined : { resources };
    }
    const selector = new URLSearchParams(url.split("?")[1]).get("labelSelector");
    const items = this.objects.filter(
      (each) =>
        each.apiVersion === apiVersion &&
        pluralOf(each.kind) === plural &&
        (selector === null || selector in (each.metadata.labels ?? {})),
    );
    return name === undefined ? { items } : items.find(({ metadata }) => metadata.name === name);
  }
}
