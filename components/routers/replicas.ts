import * as z from "zod";
import { apportion, effectiveWeights, formatWeight, gcd, hundredths, integerWeights } from "../traffic";
import { FRONT_TRAITS, frontOf, frontRoutes, insideProblems, service, takenNames } from "./front";
import { elsewhere, type Route, type Router } from "./router";

const settings = z.strictObject({});
type Settings = z.output<typeof settings>;

/** Points between asked and effective weight from which people are told. */
const LARGEST_ERROR = 1;
/** The default of `canaryReplicas` and of a canary's `replicas`, which is as good as not set. */
const UNSET_REPLICAS = 1;

/**
 * One Service over all pods: a variant's share is that of its pods. The app's `replicas` is their total, and a canary's own
 * number has no meaning. A variant at 0 has no pods. A Service spreads connections evenly (kube-proxy at random), and Traefik
 * requests in turn. Old pods end while new ones still start, and Traefik
 * sends those that end nothing more: shift in steps that the remaining pods can bear. An autoscaler would move the split.
 */
export const replicas: Router<Settings> = {
  traits: {
    summary: "one Service over primary and canary pods: `replicas` is the total that the split divides",
    resolution: "pods: 27 % needs 100, and no less than one pod",
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
    missingCanary: "the primary's answer",
    timeToEmpty: "preStopSeconds, until the canary's last pod ends",
    touches: ["Deployment"],
    needs: "Kubernetes; Traefik 3.0 with a host",
    routed: true,
    testedOn: "Traefik 3.7.5 on Kubernetes 1.35, exact shares",
    setUps: ["with a host: as router traefik"],
  },
  settings,
  routes: ["traefik.io/*"],
  traefikProvider: "crd",
  weights: pods,
  replicas: pods,

  problems(route) {
    const { backends, split } = route;
    const [{ replicas: total }, ...canaries] = backends;
    const taking = split.variants.filter(({ weight }) => weight > 0).length;
    return [
      ...elsewhere(route, "a Service has pods"),
      ...insideProblems(route),
      ...takenNames(route, ["front"]),
      ...(total < taking ? [`replicas of at least ${taking}, a pod for each variant, not ${total}`] : []),
      ...canaries
        .filter((canary) => canary.replicas !== UNSET_REPLICAS)
        .map(
          ({ variant, replicas: own }) =>
            `no number of pods for ${variant} (${own}): it gets its share of the ${total} that replicas asks for`,
        ),
    ];
  },

  warnings(route) {
    const { app, split, backends } = route;
    const [{ replicas: total }] = backends;
    const effective = effectiveWeights(pods(route));
    const inexact = split.variants.flatMap(({ name, weight }, i) => {
      const share = effective[i] ?? 0;
      if (Math.abs(share - weight) <= LARGEST_ERROR) return [];
      const got = `${name} gets ${formatWeight(share)}, not ${formatWeight(weight)}, of ${total} pods`;
      return [`${app}: ${got}; replicas: ${exactTotal(route)} would be exact`];
    });
    const alone = split.canaries.filter(({ weight }) => weight === 100);
    return [
      ...inexact,
      ...alone.map(
        ({ name }) =>
          `${app}: all pods are ${name}'s: come and go by way of a split between, as old pods end while new ones still start`,
      ),
    ];
  },

  manifests(route) {
    return [service(route, frontOf(route.app), commonLabels(route)), ...frontRoutes(route)];
  },

  readWeights(manifests) {
    const deployments = manifests.filter(({ kind }) => kind === "Deployment");
    return Object.fromEntries(
      deployments.map(({ metadata, spec }) => [metadata.name, (spec as { replicas: number }).replicas]),
    );
  },
};

/** The total divided by largest remainder; a variant with a weight never gets 0. */
function pods({ split, backends }: Route): number[] {
  const shares = split.variants.map(({ weight }) => hundredths(weight));
  return apportion(shares, backends[0].replicas);
}

/** The smallest number of pods that makes the split as asked. */
function exactTotal({ split }: Route): number {
  const parts = integerWeights(split);
  return parts.reduce((sum, part) => sum + part, 0) / parts.reduce(gcd);
}

/** Labels that the pods of every variant have. */
function commonLabels({ backends }: Route): Record<string, string> {
  const [primary] = backends;
  const common = Object.entries(primary.selector).filter(([label, value]) =>
    backends.every(({ selector }) => selector[label] === value),
  );
  return Object.fromEntries(common);
}
