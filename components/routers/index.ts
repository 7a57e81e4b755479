import type { Router } from "./router";
import { traefik } from "./traefik";

/** Every router by the name that the setting `router` takes. */
export const routers = { traefik } as const satisfies Record<string, Router>;

export type RouterName = keyof typeof routers;

export const routerNames = Object.keys(routers) as [RouterName, ...RouterName[]];

export * from "./router";
