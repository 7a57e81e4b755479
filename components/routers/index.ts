import { albIngress } from "./alb-ingress";
import { apisix } from "./apisix";
import { blueGreen } from "./blue-green";
import { contour } from "./contour";
import { gateway } from "./gateway";
import { nginx } from "./nginx";
import { openshift } from "./openshift";
import { proxy } from "./proxy";
import { replicas } from "./replicas";
import type { Router } from "./router";
import { traefik } from "./traefik";

const registry = {
  traefik,
  nginx,
  gateway,
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

export const routerNames = Object.keys(registry) as [RouterName, ...RouterName[]];

export * from "./router";
