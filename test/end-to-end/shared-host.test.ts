import { sharedHostOf } from "./planes/shared-host";
import { replicasByTraefik, traefik, traefikByGateway, traefikByNginx } from "./planes/traefik";

for (const plane of [traefik, traefikByNginx, traefikByGateway, replicasByTraefik])
  sharedHostOf({ ...plane, tier: "small", settings: [] });
