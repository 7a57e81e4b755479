import { limitsOf } from "./planes/limits";
import { replicasByTraefik, traefik, traefikByGateway, traefikByNginx } from "./planes/traefik";

for (const plane of [traefik, traefikByNginx, traefikByGateway, replicasByTraefik])
  limitsOf({ ...plane, tier: "small" }, `limits-${plane.router}`);
