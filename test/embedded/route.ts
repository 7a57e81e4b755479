import { type Manifest, routers } from "../../components/routers";
import { routeTo } from "../components/routers/route";

export const HOST = "myapp.example.com";

/** The objects of router traefik for `myapp` with these canaries, `canary` first and then `canary2`. */
export function manifestsFor(...weights: readonly number[]): Manifest[] {
  const route = routeTo("traefik", weights, { host: HOST });
  const [primary, ...canaries] = route.backends;
  const hosted = canaries.map((backend) => ({ ...backend, host: `${backend.variant}.${HOST}` }));
  return routers.traefik.manifests({ ...route, backends: [primary, ...hosted] });
}
