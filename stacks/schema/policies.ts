import * as z from "zod";
import { day, flag, integer, list, text, weight } from "../../components/fields";
import { HOST_PATH } from "./debug";

/** Every rule; `policy/rules` has one file for each. */
export const ruleNames = [
  "canary-size",
  "max-step",
  "traffic-kept",
  "drained",
  "router-switch",
  "provider-kept",
  "primary-capacity",
  "weight-before-pods",
  "same-namespace",
  "public-ports",
  "privileged-pods",
  "probes-and-requests",
  "pinned-images",
  "protected",
  "image-with-weight",
  "primary-image",
  "host-kept",
  "route-changed",
  "across-half",
  "empty-target",
  "someone-there",
  "effective-weight",
  "expired-waivers",
] as const;

export type RuleName = (typeof ruleNames)[number];

/** How much a rule counts: `mandatory` fails the run, `advisory` is said, `off` is not run. */
export const severities = ["off", "advisory", "mandatory"] as const;

export type Severity = (typeof severities)[number];

const severity = z.enum(severities, { error: `one of ${severities.join(", ")}` });

export const waiver = z.strictObject({
  /** Name of the rule. */
  rule: z.enum(ruleNames, { error: `one of ${ruleNames.join(", ")}` }),
  /** The resource's name, or its URN, in which `*` stands for any text. */
  resource: text(/\S/, "a resource's name, or a pattern for its URN"),
  /** Why the rule may be broken. */
  reason: text(/\S/, "the reason why the rule may be broken"),
  /** Last day of the waiver. */
  until: day("the waiver's last day"),
});

/** What a change may not do: `policies`. */
export const policies = z.strictObject({
  /** Severity by rule; default each rule's own. */
  rules: z
    .strictObject(
      Object.fromEntries(
        ruleNames.map((name) => [name, severity.describe(`How much rule ${name} counts.`).optional()]),
      ) as Record<RuleName, z.ZodOptional<typeof severity>>,
    )
    .prefault({}),
  /** Percent of an app's users that may move to its canaries, or to Kubernetes, in one update; default 25. */
  maxStep: weight.default(25),
  /** TTLs that a load balancer must have been out of use for before it is deleted, for `drained`; default 10. */
  drainTtls: integer(1, 1000).default(10),
  /** Stacks whose resources must be protected; default prod, production. */
  productionStacks: list(z.string({ error: "a stack's name" }), 0, "a list of stack names").default([
    "prod",
    "production",
  ]),
  /** RuntimeClasses whose pods may be privileged, `*` for any text; default kata*, gvisor. */
  sandboxedRuntimeClasses: list(
    text(/^[a-z0-9*][-a-z0-9.*]*$/, "a RuntimeClass's name, * for any text"),
    1,
    "one RuntimeClass or more",
  ).default(["kata*", "gvisor"]),
  /** Folders on nodes that a debug canary's `sidecar.hostPath` may be, or be below; default /run/out, /var/lib/canary-traffic. */
  debugHostPaths: list(
    text(HOST_PATH, "a folder on the node such as /run/out, without steps that start with a dot"),
    1,
    "one folder or more",
  ).default(["/run/out", "/var/lib/canary-traffic"]),
  /** Whether the cluster itself is to refuse privileged pods, on platform `kubernetes`; default false. */
  admission: flag.default(false),
  /** What may break a rule for a while; default nothing. */
  waivers: list(waiver, 0, "a list of waivers").default([]),
});
