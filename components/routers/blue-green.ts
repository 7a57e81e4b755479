import * as z from "zod";
import { variantName } from "../traffic";
import { FRONT_TRAITS, frontOf, frontRoutes, insideProblems, service, takenNames } from "./front";
import { type Backend, elsewhere, type Route, type Router, upTo } from "./router";

const settings = z.strictObject({});
type Settings = z.output<typeof settings>;

/**
 * One variant at a time: the front Service selects the pods of the one at 100 %, and the preview Service those of the idle
 * one, for tests. Both colours run all the time, so going back is the same switch.
 */
export const blueGreen: Router<Settings> = {
  traits: {
    summary: "a switch: the front Service selects the variant at 100 %, the preview Service the idle one",
    resolution: "0 or 100 %",
    match: [],
    mirror: false,
    wildcards: true,
    paths: ["prefix", "exact"],
    strip: true,
    protocols: ["http", "h2c", "grpc"],
    ...FRONT_TRAITS,
    webSockets: "as long as both sides keep it",
    internal: true,
    canaryHost: true,
    missingCanary: "the primary's answer (503 while its last pods end); without a host none",
    timeToEmpty: "2 s, Traefik's throttle; within the cluster, connections that clients keep",
    touches: ["Service"],
    needs: "Kubernetes; Traefik 3.0 with a host",
    routed: true,
    testedOn: "Traefik 3.7.5 on Kubernetes 1.35, under load",
    setUps: ["with a host: as router traefik"],
  },
  settings,
  routes: ["traefik.io/*"],
  traefikProvider: "crd",
  weights: upTo(100),

  problems(route) {
    const between = route.split.variants.every(({ weight }) => weight < 100);
    return [
      ...elsewhere(route, "a Service has pods"),
      ...insideProblems(route),
      ...takenNames(route, ["front", "preview"]),
      ...(liveOf(route).replicas === 0
        ? [`with pods of ${liveOf(route).variant}, which takes all requests`]
        : []),
      ...(between ? ["a split that gives one variant 100 %: it switches, at 0 or 100"] : []),
    ];
  },

  warnings(route) {
    const [primary] = route.backends;
    const live = liveOf(route);
    if (live.replicas >= primary.replicas) return [];
    return [
      `${route.app}: ${live.variant} takes all requests with ${live.replicas} pods, where the primary has ${primary.replicas}`,
    ];
  },

  manifests(route) {
    const { app, backends } = route;
    const live = liveOf(route);
    const idle = backends.find((backend) => backend !== live);
    return [
      service(route, frontOf(app), live.selector),
      ...(idle === undefined ? [] : [service(route, previewOf(app), idle.selector)]),
      ...frontRoutes(route, backends[0]),
    ];
  },

  readWeights(manifests) {
    const weights = manifests.flatMap(({ kind, metadata, spec }): [string, number][] => {
      if (kind === "Deployment") return [[metadata.name, 0]];
      if (kind !== "Service") return [];
      const { [APP_LABEL]: app = "", variant = "" } =
        (spec as { selector?: Record<string, string> }).selector ?? {};
      const selected = variantName(app, variant);
      if (metadata.name === previewOf(app)) return [[selected, 0]];
      return metadata.name === frontOf(app) ? [[selected, 100]] : [];
    });
    return Object.fromEntries(weights.sort(([, a], [, b]) => a - b));
  },
};

/** The label by which a variant's selector names the app; `variant` names the variant. */
const APP_LABEL = "app.kubernetes.io/name";

const previewOf = (app: string): string => `${app}-preview`;

/** The one that takes all requests. */
function liveOf({ split, backends }: Route): Backend {
  const live = split.variants.findIndex(({ weight }) => weight === 100);
  return backends[live] ?? backends[0];
}
