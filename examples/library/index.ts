import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Config } from "@pulumi/pulumi";
import { CanaryApp, canaryRoutes, TraefikEdge } from "canary-traffic/components";

const config = new Config();
const namespaces = ["shop", "traefik"].map((name) => new Namespace(name, { metadata: { name } }));

// Whatever else the program declares.
const prices = new ConfigMap(
  "prices",
  { metadata: { name: "prices", namespace: "shop" }, data: { currency: "EUR" } },
  { dependsOn: namespaces },
);

const edge = new TraefikEdge("traefik", { namespace: "traefik" }, { dependsOn: namespaces });

const shop = new CanaryApp(
  "shop",
  {
    namespace: "shop",
    port: 3000,
    env: { PRICES: "prices" },
    primary: { image: "registry.example.com/shop:1.4.0" },
    canaries: [{ name: "canary", image: "registry.example.com/shop:1.5.0" }],
  },
  { dependsOn: [prices] },
);
const routes = canaryRoutes(shop, {
  host: "shop.example.com",
  weights: { canary: config.getNumber("canaryWeight") ?? 0 },
  dependsOn: [edge],
});

// By these, canary preview says in its first line what users get.
export const hosts = { shop: "shop.example.com" };
export const routers = { shop: "traefik" };
export const weights = { shop: routes.weights };
