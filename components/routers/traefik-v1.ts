import * as z from "zod";
import { text } from "../fields";
import { withoutAwait } from "../kubernetes/await";
import { gcd, hundredths, rounded } from "../traffic";
import { hostNames } from "./path";
import { type Backend, elsewhere, type Manifest, metadata, type Route, type Router } from "./router";

const WEIGHTS = "traefik.ingress.kubernetes.io/service-weights";
const PRIORITY = "traefik.ingress.kubernetes.io/priority";
/** The first Kubernetes without such Ingresses. */
const NEWER = "1.22";
/** Requests in a row without a canary from which people are told. */
const LONGEST_RUN = 1000;

const settings = z.strictObject({
  kubernetesVersion: text(/^\d+\.\d+$/, "a version of Kubernetes as MAJOR.MINOR")
    .optional()
    .describe("version of the cluster, MAJOR.MINOR below 1.22; needed"),
});
type Settings = z.output<typeof settings>;

/**
 * Traefik 1.7, as it was used in 2018: an Ingress whose annotation shares requests out between the Services of one path.
 * A variant at 0 is named there but has no path: a server of weight 0 would be taken for one of weight 1. When a Service is
 * missing, Traefik drops the whole Ingress; a second one of lower priority then leads the host to the primary.
 *
 * https://github.com/traefik/traefik/blob/v1.7.16/provider/kubernetes/weight_allocator.go and, for what it makes of the
 * weights, https://github.com/traefik/traefik/blob/v1.7.16/vendor/github.com/vulcand/oxy/roundrobin/rr.go
 */
export const traefikV1: Router<Settings> = {
  traits: {
    summary: "Traefik 1.7: an Ingress of extensions/v1beta1 with the annotation service-weights",
    resolution: "0.01 %, less 0.001 % for each pod at most",
    match: [],
    mirror: false,
    wildcards: false,
    paths: [],
    strip: false,
    protocols: ["http"],
    headers: false,
    webSockets: "as long as both sides keep it",
    internal: false,
    canaryHost: true,
    missingCanary: "the primary's answer; while its pods refuse connections, 502 for the canary's share",
    timeToEmpty: "2 s, Traefik's throttle; then requests in flight alone",
    touches: ["Ingress"],
    needs: "Traefik 1.7, Kubernetes below 1.22",
    routed: false,
    testedOn: "its shape alone, and Traefik 1.7.16's own parser",
    setUps: [
      "a Traefik that is there already (`traefik.install: false`): `traefik.ingressClass` is its provider's class",
      "requests that take long to come in: Traefik 1.7 sets no limit",
    ],
  },
  settings,
  routes: ["extensions/Ingress"],
  traefikProvider: "kubernetes",
  weights: ({ split }) => split.variants.map(({ weight }) => hundredths(weight)),

  problems: (route) => [...elsewhere(route, "an Ingress splits between Services"), ...versionProblems(route)],
  warnings: (route) => [...clusterWarnings(route), ...runWarnings(route)],

  manifests(route) {
    const { backends, split, tlsSecret } = route;
    const [primary] = backends;
    const hosts = hostNames(route);
    const taking = backends.filter((_, i) => (split.variants[i]?.weight ?? 0) > 0);
    const tls = tlsSecret === undefined ? {} : { tls: [{ hosts, secretName: tlsSecret }] };
    return [
      ingress(route, route.app, hosts, taking, { [WEIGHTS]: serviceWeights(route) }, tls),
      // Without `tls`: Traefik drops an Ingress whose Secret is missing, too.
      ingress(route, `${route.app}-fallback`, hosts, [primary], { [PRIORITY]: "1" }),
      ...backends.flatMap((backend) =>
        backend.host === undefined
          ? []
          : [ingress(route, `${backend.service}-host`, [backend.host], [backend], {})],
      ),
    ];
  },

  readWeights(manifests) {
    const lines = manifests.flatMap(({ metadata }) => metadata.annotations?.[WEIGHTS]?.match(/^.+$/gm) ?? []);
    return Object.fromEntries(
      lines.map((line) => {
        const [service = "", percent = ""] = line.split(": ");
        return [service, hundredths(Number.parseFloat(percent))];
      }),
    );
  },
};

/** A line for each variant: `SERVICE: PERCENT`. */
function serviceWeights({ backends, split }: Route): string {
  return backends
    .map(({ service }, i) => `${service}: ${percentText(split.variants[i]?.weight ?? 0)}\n`)
    .join("");
}

/**
 * Traefik multiplies by 100,000 and cuts off what is behind the point, which makes 4.099 % of 4.1 %. It drops an Ingress
 * whose weights come to less than 100 %, so such a weight gets digits that it cuts off instead.
 */
function percentText(weight: number): string {
  const percent = rounded(weight);
  const read = Math.trunc(Math.trunc(percent * 100_000) / 100);
  return read === Math.round(percent * 1000) ? `${percent}%` : `${percent.toFixed(2)}01%`;
}

function ingress(
  route: Route,
  name: string,
  hosts: readonly string[],
  backends: readonly Backend[],
  annotations: Record<string, string>,
  tls: object = {},
): Manifest {
  const paths = backends.map(({ service: serviceName, port: servicePort }) => ({
    path: "/",
    backend: { serviceName, servicePort },
  }));
  return {
    apiVersion: "extensions/v1beta1",
    kind: "Ingress",
    metadata: metadata(route, name, {
      ...withoutAwait,
      "kubernetes.io/ingress.class": route.ingressClass,
      ...annotations,
    }),
    spec: { rules: hosts.map((host) => ({ host, http: { paths } })), ...tls },
  };
}

/** https://kubernetes.io/docs/reference/using-api/deprecation-guide/#ingress-v122 */
function versionProblems({ settings: { kubernetesVersion } }: Route<Settings>): string[] {
  const reason = "Kubernetes 1.22 has no Ingress of extensions/v1beta1 anymore";
  if (kubernetesVersion === undefined) {
    return [`together with routers.traefik-v1.kubernetesVersion, the cluster's, below ${NEWER}: ${reason}`];
  }
  return minorOf(kubernetesVersion) < minorOf(NEWER)
    ? []
    : [`Kubernetes below ${NEWER}, not ${kubernetesVersion}: ${reason}`];
}

const minorOf = (version: string): number => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major * 1000 + minor;
};

/** What such an old cluster does not take of the other objects that the program makes. */
function clusterWarnings({ app, settings: { kubernetesVersion = "" } }: Route<Settings>): string[] {
  return [
    `${app}: Kubernetes ${kubernetesVersion} refuses the sleep of pods, which is of 1.30: set preStopSeconds to 0; and with ` +
      "kubernetes:enableServerSideApply every field that it does not know: set that to false",
    ...(minorOf(kubernetesVersion) < minorOf("1.21")
      ? [`${app}: Kubernetes ${kubernetesVersion} has no PodDisruptionBudget of policy/v1, which is of 1.21`]
      : []),
  ];
}

/** Canaries that Traefik comes to late, each time that it starts counting anew. */
function runWarnings({ app, backends, split }: Route): string[] {
  const variants = backends.flatMap(({ variant, replicas: pods }, i) => {
    const weight = split.variants[i]?.weight ?? 0;
    // A whole number for each pod, and 1 if that is 0.
    return weight > 0 && pods > 0 ? [{ variant, pods, each: Math.floor((weight * 1000) / pods) || 1 }] : [];
  });
  const step = variants.map(({ each }) => each).reduce(gcd, 0);
  return variants.flatMap(({ variant, each }) => {
    const heavier = variants.filter((other) => other.each > each);
    const run = heavier.reduce((sum, other) => sum + (other.pods * (other.each - each)) / step, 0);
    if (variant === "primary" || run <= LONGEST_RUN) return [];
    const shares = variants.map((other) => `${other.pods} of ${other.variant} at ${other.each}`).join(", ");
    return [
      `${app}: after each change of routes or pods ${variant} gets nothing of the first ${run} requests: ` +
        `Traefik 1.7 takes pods in turns, the heaviest first, here ${shares}`,
    ];
  });
}
