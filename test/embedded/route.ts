import { type Manifest, type Route, routers } from "../../components/routers";
import { TrafficSplit } from "../../components/traffic";

export const HOST = "myapp.example.com";

/** The objects of router traefik for `myapp` with these canaries, `canary` first and then `beta`. */
export function manifestsFor(...weights: readonly number[]): Manifest[] {
  const names = ["canary", "beta"].slice(0, weights.length);
  const namespace = "myapp";
  const route: Route = {
    app: "myapp",
    namespace,
    host: HOST,
    split: new TrafficSplit(names.map((name, i) => ({ name, weight: weights[i] ?? 0 }))),
    backends: [
      { service: "myapp", namespace, port: 80 },
      ...names.map((name) => ({ service: `myapp-${name}`, namespace, port: 80, host: `${name}.${HOST}` })),
    ],
    ingressClass: "traefik-external",
    labels: {},
  };
  return routers.traefik.manifests(route);
}
