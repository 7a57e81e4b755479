import { contour } from "./contour";
import { istio, sidecar } from "./istio";
import type { DataPlane } from "./plane";
import { envoy, haproxy, nginx } from "./proxy";
import { traefik, traefikByGateway, traefikByNginx } from "./traefik";

/** Every data plane that routes real requests here, by the end of its test file's name: `plane-contour.test.ts`. */
export const planes = {
  contour,
  istio,
  "istio-sidecar": sidecar,
  "proxy-envoy": envoy,
  "proxy-haproxy": haproxy,
  "proxy-nginx": nginx,
  traefik,
  "traefik-gateway": traefikByGateway,
  "traefik-nginx": traefikByNginx,
} as const satisfies Record<string, DataPlane>;
