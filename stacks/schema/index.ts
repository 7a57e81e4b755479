/** The shape of the configuration, key by key: what each takes, its unit and its default. */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { app } from "./app";
import { aws } from "./aws";
import { environment, flag, label, mapOf, router, weight } from "./fields";
import { policies, type waiver } from "./policies";
import { traefik } from "./traefik";

export const schema = z.strictObject({
  /** What runs the apps. */
  platform: z.enum(["elb", "kubernetes"], { error: "one of elb, kubernetes" }),
  /** Percent of requests for the canary of every app without a weight of its own; default 0. */
  canaryWeight: weight.default(0),
  /** What enforces the split of every app without a router of its own; default traefik. */
  router: router.default("traefik"),
  /** The apps by name. */
  apps: mapOf(label, app, "a map from app names to their settings").refine(
    (apps) => Object.keys(apps).length > 0,
    "one app or more",
  ),
  /** Needed on platform `elb`; empty counts as absent. */
  aws: z.preprocess((value) => (isDeepStrictEqual(value, {}) ? undefined : value), aws.optional()),
  /** The Traefik on the edge nodes, on platform `kubernetes`. */
  traefik: traefik.prefault({}),
  /** Whether Pulumi refuses to delete or replace what requests pass through; default false. */
  protect: flag.default(false),
  /** What a change may not do. */
  policies: policies.prefault({}),
  /** Secret environment: app -> variable -> value; set with `pulumi config set --secret --path`. */
  secrets: mapOf(label, environment, "a map from app names to variables").default({}),
});

export type Parsed = z.output<typeof schema>;
export type AwsSettings = z.output<typeof aws>;
export type TraefikSettings = z.output<typeof traefik>;
export type PolicySettings = z.output<typeof policies>;
export type Waiver = z.output<typeof waiver>;
export type ParsedApp = z.output<typeof app>;
