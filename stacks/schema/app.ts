import * as z from "zod";
import {
  amiId,
  environment,
  flag,
  host,
  hostPattern,
  image,
  integer,
  label,
  list,
  mapOf,
  nodeLabels,
  objectName,
  path,
  quantity,
  routePath,
  seconds,
  text,
  weight,
} from "../../components/fields";
import { POD_DEFAULTS, POD_RESOURCES, REPLICAS } from "../../components/kubernetes/defaults";
import { pathKinds, protocols } from "../../components/routers";
import { debug } from "./debug";
import { existing } from "./existing";
import { ownFleet } from "./fleet";
import { router, routerSettings } from "./router";
import { headerChanges, matchSettings, mirror, splitBy, sticky, token } from "./routing";

const file = text(/^[^\s/].*$/, "a file such as k8s/myapp.yaml, from the project's folder");
const args = list(z.string({ error: "a text" }), 1, "a list of texts");

/** How the cluster chooses the number of pods: `apps.<name>.autoscaling`. */
const autoscaling = z.strictObject({
  /** Pods of the primary at least, in place of `replicas`. */
  min: integer(1, 5000),
  /** Pods of the primary at most. */
  max: integer(1, 5000),
  /** Percent of the requested cpu that pods are to use on average; default 70. */
  cpuPercent: integer(1, 1000, "percent").default(70),
  /** Whether canaries scale too, from 1 to their own number of pods; not with `minReadyCapacity`; default false. */
  canaries: flag.default(false),
});

/** A canary at weight 0 for each branch, for requests whose header names it: `apps.<name>.branches`. */
const branches = z.strictObject({
  /** Name of the header; default x-branch. */
  header: token.default("x-branch"),
  /** Container image by branch; the branch's name is the header's value and the variant's name. */
  images: mapOf(label, image, "a map from branches to container images"),
});

/** One canary of an app: `apps.<name>.canaries.<name>`. */
export const canarySettings = z.strictObject({
  /** Container image; needed on platform `kubernetes`. */
  image: image.optional(),
  /** Machine image (platform `elb`); default `aws.canaryAmiId`. */
  amiId: amiId.optional(),
  /** Percent of the app's requests. */
  weight,
  /** Pods; default 1. */
  replicas: integer(0, 5000).default(1),
  /** Host name that leads to this canary alone. */
  host: host.optional(),
  /** Namespace of the canary's objects; default the app's. Most routers refuse another one. */
  namespace: label.optional(),
  /** Service that leads to this canary alone and that somebody else makes; in place of `image`, beside the app's `service`. */
  service: objectName("Service").optional(),
  /** File with a Deployment of its own, beside the app's `manifest`. */
  manifest: file.optional(),
  /** Arguments of the container; default the app's. */
  args: args.optional(),
  /** RuntimeClass of the pods, such as kata; default the cluster's default runtime. */
  runtimeClass: objectName("RuntimeClass").optional(),
});

/** One app: `apps.<name>`. */
export const app = z.strictObject({
  /** What the app's fleets have in place of the same keys of `aws`, key by key: images, sizes, health checks and the like. With `amiId` it does not take `aws.canaryAmiId`, with `fleetSize` neither `aws.maxSize` nor `aws.canarySize`. */
  aws: ownFleet.optional(),
  /** On platform `elb`, the fleet if others make it (Terraform, another stack, the console): the program then has what carries the weights, and no more. */
  existing: existing.optional(),
  /** Container image of the primary; needed on platform `kubernetes`. */
  image: image.optional(),
  /** Container image of the variant `canary`; without it the app has none on platform `kubernetes`. */
  canaryImage: image.optional(),
  /**
   * Service that leads to the primary and that somebody else makes (Helm, Argo CD, another stack): the program then owns the
   * app's routes alone. In place of `image`, and of all that shapes pods.
   */
  service: objectName("Service").optional(),
  /** Service that leads to the variant `canary`, beside `service`. */
  canaryService: objectName("Service").optional(),
  /**
   * File, or folder of files, with the team's own objects, a Deployment and a Service among them, from the project's folder: they are declared as they
   * are, with a copy for each canary. In place of `image` and of what shapes pods.
   */
  manifest: file.optional(),
  /** File with a Deployment of its own for the variant `canary`, beside `manifest`. */
  canaryManifest: file.optional(),
  /** Container of the manifest's pods whose image is the app's; needed if nothing else tells it from sidecars. */
  container: label.optional(),
  /**
   * Port of the Services that requests come to, if others or a manifest make them; default 80, of a manifest its only one or the
   * one named http.
   */
  servicePort: integer(1, 65535).optional(),
  /** Host name that users ask for. */
  host: host.optional(),
  /** Further host names; `*.example.com` stands for all names with one label more, and a name in full goes before it; default none. */
  hosts: list(hostPattern, 0, "a list of host names").default([]),
  /** Path of its hosts that is the app's; default all. */
  path: routePath.optional(),
  /** Whether the app has all below `path` (prefix, the default), or that path alone (exact). */
  pathType: z.enum(pathKinds, { error: `one of ${pathKinds.join(", ")}` }).default("prefix"),
  /** Whether the app is asked without `path`; default false. */
  stripPath: flag.default(false),
  /** Host name that leads to the variant `canary` alone, whatever its weight. */
  canaryHost: host.optional(),
  /** Port that the app listens on; default 8080. */
  port: integer(1, 65535).default(POD_DEFAULTS.port),
  /** What it speaks there: `h2c` is HTTP/2 without TLS; with `grpc` pods are asked by gRPC's own health service; no router verifies the certificate of `https`; default http. */
  protocol: z.enum(protocols, { error: `one of ${protocols.join(", ")}` }).default("http"),
  /** Seconds that a request may take, as the router counts them. With routers traefik and proxy it is the canaries' `canaryTimeoutSeconds`, too; default the router's own. */
  requestTimeoutSeconds: integer(1, 86_400, "seconds").optional(),
  /** Bytes of the largest request body; a request with a larger one is answered with 413. Default the router's own. */
  maxBodyBytes: integer(1, 2 ** 40, "bytes").optional(),
  /** Changes of the headers that the app gets, and of those that its users get. */
  requestHeaders: headerChanges.optional(),
  responseHeaders: headerChanges.optional(),
  /** Path that answers 200 when the app can serve; default `/`. */
  healthPath: path.default(POD_DEFAULTS.healthPath),
  /** Pods of the primary; default 3. */
  replicas: integer(0, 5000).default(REPLICAS.primary),
  /** Pods of the variant `canary`. While the last one ends, Traefik answers 503 for its share: with 2 a node can be drained unnoticed; default 1. */
  canaryReplicas: integer(0, 5000).default(REPLICAS.canary),
  /** Namespace of all the app's objects; default the app's name. */
  namespace: label.optional(),
  /** Whether the program makes the namespace (true, the default) or finds it there. */
  createNamespace: flag.default(true),
  /** Percent of requests for the variant `canary`; default the stack's `canaryWeight`. */
  canaryWeight: weight.optional(),
  /**
   * Seconds after which a request ends that a canary (platform `kubernetes`) does not begin to answer; default 30 with
   * routers that can limit them, else the router's own.
   */
  canaryTimeoutSeconds: integer(1, 3600, "seconds").optional(),
  /** What enforces the split; default the stack's `router`. */
  router: router.optional(),
  /** Routers whose objects stay beside those of `router`, while the app moves from one to the other. */
  alsoRoutedBy: z.array(router, { error: "a list of routers" }).default([]),
  /** Settings of the app's own router, in place of the stack's. */
  routers: routerSettings.prefault({}),
  /** Requests that go to a canary whatever its weight, the first that fits: each has one of `header`, `cookie` and `query`; default none. */
  match: matchSettings,
  /** Keeps a user at the variant that answered first; `sticky: {}` will do; default no. */
  sticky: sticky.optional(),
  /** Sends a canary a copy of requests and drops its answers. */
  mirror: mirror.optional(),
  /** Whether the primary answers in place of a canary that fails; default false. */
  shield: flag.default(false),
  /** Whether a weight is a share of requests (the default) or of clients. */
  split: splitBy,
  /** Canaries for testers, one for each branch. */
  branches: branches.optional(),
  /** A canary with debugging tools, under a sandboxed runtime. */
  debug: debug.optional(),
  /** Lets the cluster choose how many pods there are. */
  autoscaling: autoscaling.optional(),
  /** Pods that all of the app's traffic takes. Refused are a weight for which a canary has too few, also in a rollout's plan, and a primary with fewer than all; default not checked. */
  minReadyCapacity: integer(1, 5000, "pods").optional(),
  /** Arguments of the container; default the image's own. */
  args: args.optional(),
  /** Further canaries, or all of them, by name. */
  canaries: mapOf(label, canarySettings, "a map from names to canaries").default({}),
  /** TLS Secret in the app's namespace with the certificate of its hosts; default Traefik's default certificate. */
  tlsSecret: objectName("Secret").optional(),
  /** Environment of every pod; secret values go to the stack's `secrets`. */
  env: environment.default(POD_DEFAULTS.env),
  /** Whether a pod is told its name and namespace, by the variables MY_POD_NAME and MY_POD_NAMESPACE, and its labels, by the file /etc/labels/labels, which follows them; default false. */
  downwardApi: flag.default(POD_DEFAULTS.downwardApi),
  /** What each pod asks for and may use at most. */
  resources: z
    .strictObject({
      /** CPU that a pod asks for; default 100m. */
      cpu: quantity.default(POD_RESOURCES.cpu),
      /** Memory that it asks for; default 128Mi. */
      memory: quantity.default(POD_RESOURCES.memory),
      /** Memory that it may use at most; default 256Mi. */
      memoryLimit: quantity.default(POD_RESOURCES.memoryLimit),
    })
    .prefault({}),
  /** Whether pods are refused that run as root, and have no capability at all; default false. */
  runAsNonRoot: flag.default(POD_DEFAULTS.runAsNonRoot),
  /** Whether pods take requests of `traefik.edgeAddresses` and of their own namespace alone; default false. */
  networkPolicy: flag.default(false),
  /** Secrets in the app's namespace by which images are pulled; default none. */
  imagePullSecrets: list(objectName("Secret"), 0, "a list of Secrets' names").default([]),
  /** ServiceAccount of the pods, whose token for the cluster's API they don't get; default the namespace's own. */
  serviceAccountName: objectName("ServiceAccount").optional(),
  /** Labels of the nodes that pods may run on; default any node. */
  nodeSelector: nodeLabels.default(POD_DEFAULTS.nodeSelector),
  /** Seconds that a pod may take to start before it is started anew; default 120. */
  startupSeconds: integer(1, 600, "seconds").default(POD_DEFAULTS.startupSeconds),
  /** Seconds that a pod goes on serving after it was told to end, so that the router can forget it; default 10. */
  preStopSeconds: seconds(3600).default(POD_DEFAULTS.preStopSeconds),
  /** Seconds after which a pod that was told to end is killed, `preStopSeconds` included; default 40. */
  terminationGraceSeconds: seconds(7200).default(POD_DEFAULTS.terminationGraceSeconds),
});
