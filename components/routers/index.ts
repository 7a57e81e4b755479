import { albIngress } from "./alb-ingress";
import { apisix } from "./apisix";
import { blueGreen } from "./blue-green";
import { contour } from "./contour";
import { gateway } from "./gateway";
import { istio } from "./istio";
import { nginx } from "./nginx";
import { openshift } from "./openshift";
import { proxy } from "./proxy";
import { replicas } from "./replicas";
import type { Router } from "./router";
import { traefik } from "./traefik";
import { traefikV1 } from "./traefik-v1";

const registry = {
  traefik,
  "traefik-v1": traefikV1,
  nginx,
  gateway,
  istio,
  openshift,
  "alb-ingress": albIngress,
  contour,
  apisix,
  replicas,
  "blue-green": blueGreen,
  proxy,
} as const satisfies Record<string, Router>;

export type RouterName = keyof typeof registry;

/** Every router by the name that the setting `router` takes. */
export const routers: Readonly<Record<RouterName, Router>> = registry;

export const routerNames = (): RouterName[] => Object.keys(routers) as RouterName[];

export * from "./router";
