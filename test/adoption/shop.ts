/** A shop as somebody may run it in a cluster. */
import type { Manifest } from "../../components/routers";

export const HOST = "shop.example.com";

export const object = (
  apiVersion: string,
  kind: string,
  name: string,
  spec: object,
  annotations = {},
): Manifest => ({ apiVersion, kind, metadata: { name, namespace: "web", annotations }, spec }) as Manifest;

export const path = (service: string, at = "/") => ({
  path: at,
  pathType: "Prefix",
  backend: { service: { name: service, port: { name: "web" } } },
});
export const ingress = (name: string, paths: object[], annotations: object = {}, host = HOST): Manifest =>
  object(
    "networking.k8s.io/v1",
    "Ingress",
    name,
    {
      ingressClassName: "nginx",
      tls: [{ hosts: [HOST], secretName: "shop-tls" }],
      rules: [{ host, http: { paths } }],
    },
    annotations,
  );
export const service = (name: string, pods: string): Manifest =>
  object("v1", "Service", name, {
    selector: { run: pods },
    ports: [{ name: "web", port: 80, targetPort: "http" }],
  });
export const deployment = (name: string, image: string, replicas: number): Manifest =>
  object("apps/v1", "Deployment", name, {
    replicas,
    selector: { matchLabels: { run: name } },
    template: {
      metadata: { labels: { run: name } },
      spec: {
        containers: [
          {
            name: "shop",
            image,
            ports: [{ name: "http", containerPort: 9090 }],
            readinessProbe: { httpGet: { path: "/ready", port: "http" } },
          },
        ],
      },
    },
  });

export const NGINX = "nginx.ingress.kubernetes.io";
export const canaryIngress = ingress("shop-canary", [path("web-next")], {
  [`${NGINX}/canary`]: "true",
  [`${NGINX}/canary-weight`]: "25",
  [`${NGINX}/canary-weight-total`]: "1000",
});

/** A shop as somebody may run it: an Ingress of the app's name, and a Service and pods of other names. */
export const shop: readonly Manifest[] = [
  ingress("shop", [path("web")]),
  service("web", "web-1"),
  deployment("web-1", "registry.example.com/shop:1.0.0", 4),
  canaryIngress,
  service("web-next", "web-2"),
  deployment("web-2", "registry.example.com/shop:1.1.0", 2),
  ingress("another", [path("another")], {}, "another.example.com"),
];
