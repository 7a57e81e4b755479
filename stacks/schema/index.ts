/** The shape of the configuration, key by key: what each takes, its unit and its default. */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { environment, flag, keyOf, label, mapOf, numeric, text, weight } from "../../components/fields";
import { DEFAULT_PLATFORM, platforms } from "../platforms";
import { app } from "./app";
import { awsSettings } from "./aws";
import type { edge } from "./edge";
import type { ownFleet } from "./fleet";
import { patches } from "./patches";
import { policies, type waiver } from "./policies";
import { rollout } from "./rollout";
import { router, routerSettings } from "./router";
import { traefikSettings } from "./traefik";

const wholePercent = "a whole number from 0 to 100 (percent)";

/** How DNS shares requests out in a migration: `dns`. */
const dns = z.strictObject({
  /** Percent of DNS answers that name the Kubernetes side, whole; default 0. */
  kubernetesWeight: z
    .preprocess(numeric, z.int({ error: wholePercent }).min(0, wholePercent).max(100, wholePercent))
    .default(0),
});

export const schema = z.strictObject({
  /** What runs the apps: `elb`, Auto Scaling groups behind load balancers; `kubernetes`; or `migration`, both at once; default kubernetes. */
  platform: keyOf(platforms).default(DEFAULT_PLATFORM),
  /** Percent of requests for the canary of every app without a weight of its own; default 0. */
  canaryWeight: weight.default(0),
  /** What enforces the split of every app without a router of its own; default traefik. */
  router: router.default("traefik"),
  /** Settings of each router, by its name, on platform `kubernetes`. */
  routers: routerSettings.prefault({}),
  /** The apps by name. */
  apps: mapOf(label, app, "a map from app names to their settings").refine(
    (apps) => Object.keys(apps).length > 0,
    "one app or more",
  ),
  /** Needed on platforms `elb` and `migration`; empty counts as absent. */
  aws: z.preprocess((value) => (isDeepStrictEqual(value, {}) ? undefined : value), awsSettings.optional()),
  /** How DNS shares requests out, on platform `migration`. */
  dns: dns.prefault({}),
  /** The Traefik on the edge nodes, on platform `kubernetes`. */
  traefik: traefikSettings.prefault({}),
  /** Whether Pulumi refuses to delete or replace what requests pass through; default false. */
  protect: flag.default(false),
  /** What a change may not do. */
  policies: policies.prefault({}),
  /** How `canary rollout` goes. */
  rollout: rollout.prefault({}),
  /** Changes of what the program declares, for which there is no setting: each has a target, and `merge` or `json`; default none. */
  patches,
  /** What was there before: ids in the cloud or cluster by `NAME`, `KIND/NAME` or `TYPE/NAME` of a resource. */
  adopt: mapOf(z.string(), text(/^\S/, "an id"), "a map from resources' names to ids").default({}),
  /** Secret environment: app -> variable -> value; set with `pulumi config set --secret --path`. */
  secrets: mapOf(label, environment, "a map from app names to variables").default({}),
});

export type Parsed = z.output<typeof schema>;
export type AwsSettings = z.output<typeof awsSettings>;
export type OwnFleet = z.output<typeof ownFleet>;
export type DnsSettings = z.output<typeof dns>;
export type EdgeSettings = z.output<typeof edge>;
export type TraefikSettings = z.output<typeof traefikSettings>;
export type PolicySettings = z.output<typeof policies>;
export type { RolloutSettings } from "./rollout";
export type Waiver = z.output<typeof waiver>;
export type ParsedApp = z.output<typeof app>;
