import * as z from "zod";
import { cidr, flag, image, label, list, numeric, seconds, text } from "./fields";

/** The Traefik on the edge nodes: `traefik`. */
export const traefik = z.strictObject({
  /** Whether the program runs Traefik (true, the default) or finds one there. */
  install: flag.default(true),
  /** Default traefik:v3.7.5. */
  image: image.default("traefik:v3.7.5"),
  /** Default traefik. */
  namespace: label.default("traefik"),
  /** Whether the program makes the namespace (true, the default) or finds it there. */
  createNamespace: flag.default(true),
  /** Whether the program installs Traefik's custom resource definitions (true, the default) or finds them there. */
  installCrds: flag.default(true),
  /** Version of the published chart `traefik-crds`; default 1.18.0, that of Traefik 3.7. */
  crdsChartVersion: text(/^\d+\.\d+\.\d+$/, "a chart version such as 1.18.0").default("1.18.0"),
  /** Name of the IngressClass whose routes it serves; default traefik-external. */
  ingressClass: label.default("traefik-external"),
  /** Whether port 80 answers with a redirect to https; default false. */
  redirectToHttps: flag.default(false),
  /** Upper bounds of the latency histogram in seconds; default 0.1, 0.3, 1.2, 5. */
  metricsBuckets: list(
    z.preprocess(numeric, z.number({ error: "a number of seconds" }).positive("a number of seconds above 0")),
    1,
    "one number of seconds or more",
  ).default([0.1, 0.3, 1.2, 5]),
  /** Address ranges of the load balancer in front, whose forwarded headers are trusted; default none. */
  trustedIps: list(cidr, 0, "a list of address ranges").default([]),
  /** Seconds that a stopping Traefik still takes connections, longer than a load balancer needs to notice; default 30. */
  acceptGraceSeconds: seconds(50).default(30),
  /** Seconds that it then gives requests in flight; with `acceptGraceSeconds` below 60; default 20. */
  graceSeconds: seconds(50).default(20),
});
