import * as z from "zod";
import {
  amiId,
  environment,
  flag,
  host,
  image,
  integer,
  label,
  mapOf,
  path,
  quantity,
  router,
  seconds,
  weight,
} from "./fields";

/** One canary of an app: `apps.<name>.canaries.<name>`. */
export const canary = z.strictObject({
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
});

/** One app: `apps.<name>`. */
export const app = z.strictObject({
  /** Container image of the primary; needed on platform `kubernetes`. */
  image: image.optional(),
  /** Container image of the variant `canary`; without it the app has none on platform `kubernetes`. */
  canaryImage: image.optional(),
  /** Host name that users ask for. */
  host,
  /** Host name that leads to the variant `canary` alone, whatever its weight. */
  canaryHost: host.optional(),
  /** Port that the app listens on; default 8080. */
  port: integer(1, 65535).default(8080),
  /** Path that answers 200 when the app can serve; default `/`. */
  healthPath: path.default("/"),
  /** Pods of the primary; default 3. */
  replicas: integer(0, 5000).default(3),
  /** Pods of the variant `canary`; default 1. */
  canaryReplicas: integer(0, 5000).default(1),
  /** Namespace of all the app's objects; default the app's name. */
  namespace: label.optional(),
  /** Whether the program makes the namespace (true, the default) or finds it there. */
  createNamespace: flag.default(true),
  /** Percent of requests for the variant `canary`; default the stack's `canaryWeight`. */
  canaryWeight: weight.optional(),
  /** Seconds after which a request ends that a canary (platform `kubernetes`) does not begin to answer; default 30. */
  canaryTimeoutSeconds: integer(1, 3600, "seconds").default(30),
  /** What enforces the split; default the stack's `router`. */
  router: router.optional(),
  /** Further canaries, or all of them, by name. */
  canaries: mapOf(label, canary, "a map from names to canaries").default({}),
  /** Environment of every pod; secret values go to the stack's `secrets`. */
  env: environment.default({}),
  /** What each pod asks for and may use at most. */
  resources: z
    .strictObject({
      cpu: quantity.default("100m"),
      memory: quantity.default("128Mi"),
      memoryLimit: quantity.default("256Mi"),
    })
    .prefault({}),
  /** Seconds that a pod goes on serving after it was told to end, so that the router can forget it; default 10. */
  preStopSeconds: seconds(3600).default(10),
  /** Seconds after which a pod that was told to end is killed, `preStopSeconds` included; default 40. */
  terminationGraceSeconds: seconds(7200).default(40),
});
