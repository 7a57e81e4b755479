import * as z from "zod";
import {
  cidr,
  flag,
  image,
  label,
  list,
  numeric,
  objectName,
  quantity,
  seconds,
  text,
} from "../../components/fields";
import { TRAEFIK_DEFAULTS, TRAEFIK_RESOURCES } from "../../components/kubernetes/defaults";
import { amountOf } from "../../components/kubernetes/quantity";
import { traefikVersions } from "../../components/kubernetes/traefik-config";
import { traefikProviders } from "../../components/routers";

/** What each Traefik asks for and may use at most. */
const resources = z
  .strictObject({
    /** CPU that it asks for; default 100m. */
    cpu: quantity.default(TRAEFIK_RESOURCES.cpu),
    /** Memory that it asks for; default 150Mi. */
    memory: quantity.default(TRAEFIK_RESOURCES.memory),
    /** CPU that it may use at most; default 200m. */
    cpuLimit: quantity.default(TRAEFIK_RESOURCES.cpuLimit),
    /** Memory that it may use at most; default 300Mi. */
    memoryLimit: quantity.default(TRAEFIK_RESOURCES.memoryLimit),
  })
  .superRefine((values, context) => {
    for (const [asked, limit] of [["cpu", "cpuLimit"] as const, ["memory", "memoryLimit"] as const]) {
      if ((amountOf(values[asked]) ?? 0) <= (amountOf(values[limit]) ?? 0)) continue;
      const message = `at most traefik.resources.${limit}, which is ${values[limit]}`;
      context.addIssue({ code: "custom", path: [asked], message });
    }
  });

/** The Traefik on the edge nodes: `traefik`. */
export const traefikSettings = z.strictObject({
  /** Whether the program runs Traefik. If false, one is there already, and `ingressClass` and `edgeAddresses` are the only other keys; default true. */
  install: flag.default(true),
  /** v3 (the default), or v1: Traefik 1.7, for Kubernetes before 1.22 and router `traefik-v1` alone. */
  version: z.enum(traefikVersions, { error: `one of ${traefikVersions.join(", ")}` }).default("v3"),
  /** Default traefik:v3.7.5, or traefik:v1.7.16-alpine. */
  image: image.optional(),
  /** Default traefik. */
  namespace: label.default("traefik"),
  /** Whether the program makes the namespace (true, the default) or finds it there. */
  createNamespace: flag.default(true),
  /** Whether the program installs Traefik's custom resource definitions (true, the default) or finds them there. */
  installCrds: flag.default(TRAEFIK_DEFAULTS.installCrds),
  /** Version of the published chart `traefik-crds`; default 1.18.0, that of Traefik 3.7. */
  crdsChartVersion: text(/^\d+\.\d+\.\d+$/, "a chart version such as 1.18.0").default(
    TRAEFIK_DEFAULTS.crdsChartVersion,
  ),
  /** Kinds of objects that it reads, of crd, ingressNginx and gateway; default crd and what the apps' routers need. */
  providers: list(
    z.enum(traefikProviders, { error: `one of ${traefikProviders.join(", ")}` }),
    1,
    "a list of providers",
  ).optional(),
  /** Name of the IngressClass whose routes it serves. With `install: false` it is needed: the class that your Traefik's CRD provider is set to, `traefik` if it is set to none; default traefik-external. */
  ingressClass: label.default(TRAEFIK_DEFAULTS.ingressClass),
  /**
   * Whether it serves routes in all namespaces (true, the default), for which it may read every Secret of the cluster, or
   * those in its own and the apps' namespaces alone.
   */
  clusterWide: flag.default(true),
  /** Whether port 80 answers with a redirect to https; default false. */
  redirectToHttps: flag.default(TRAEFIK_DEFAULTS.redirectToHttps),
  /** TLS Secret in Traefik's namespace with the certificate of hosts that have no other; default a self-signed one. */
  defaultCertificateSecret: objectName("Secret").optional(),
  /** Whether every request is written to the standard output, as JSON; default false. */
  accessLog: flag.default(false),
  /** Upper bounds of the latency histogram in seconds; default 0.1, 0.3, 1.2, 5. */
  metricsBuckets: list(
    z.preprocess(numeric, z.number({ error: "a number of seconds" }).positive("a number of seconds above 0")),
    1,
    "one number of seconds or more",
  ).default([...TRAEFIK_DEFAULTS.metricsBuckets]),
  /** Address ranges of the load balancer in front, whose forwarded headers are trusted; default none. */
  trustedIps: list(cidr, 0, "a list of address ranges").default([]),
  /** Address ranges of the edge nodes, whose network Traefik is on: what `networkPolicy` of apps lets in; default none. */
  edgeAddresses: list(cidr, 0, "a list of address ranges").default([]),
  /** What each Traefik asks for and may use at most. */
  resources: resources.prefault({}),
  /** PriorityClass of the pods; default the cluster's own. */
  priorityClassName: objectName("PriorityClass").optional(),
  /**
   * Seconds in which a request has to have come in, with its body and with what a client streams; 0: no limit; default
   * Traefik's own, 60.
   */
  bodySeconds: seconds(86_400).optional(),
  /** Seconds that a stopping Traefik still takes connections, longer than a load balancer needs to notice; default 30. */
  acceptGraceSeconds: seconds(50).default(TRAEFIK_DEFAULTS.acceptGraceSeconds),
  /** Seconds that it then gives requests in flight; with `acceptGraceSeconds` below 60; default 20. */
  graceSeconds: seconds(50).default(TRAEFIK_DEFAULTS.graceSeconds),
});
