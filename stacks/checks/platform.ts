import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../problems";
import { type Parsed, schema } from "../schema";

type Platform = Parsed["platform"];

/** Platforms that read a setting beside `migration`, which reads all, where that is not `kubernetes` alone; `*` is any name. */
const PLATFORMS: Readonly<Record<string, readonly Platform[]>> = {
  platform: ["elb", "kubernetes"],
  canaryWeight: ["elb", "kubernetes"],
  protect: ["elb", "kubernetes"],
  "aws.*": ["elb"],
  "aws.vpcId": ["elb", "kubernetes"],
  "aws.publicSubnetIds": ["elb", "kubernetes"],
  "aws.zoneId": ["elb", "kubernetes"],
  "aws.zoneName": ["elb", "kubernetes"],
  "aws.dnsTtl": ["elb", "kubernetes"],
  "aws.idleTimeout": ["elb", "kubernetes"],
  "aws.drainingTimeout": ["elb", "kubernetes"],
  "aws.edge": ["kubernetes"],
  dns: [],
  rollout: ["elb", "kubernetes"],
  adopt: ["elb", "kubernetes"],
  "policies.rules": ["elb", "kubernetes"],
  "policies.maxStep": ["elb", "kubernetes"],
  "policies.drainTtls": ["elb", "kubernetes"],
  "policies.productionStacks": ["elb", "kubernetes"],
  "policies.waivers": ["elb", "kubernetes"],
  "apps.*.host": ["elb", "kubernetes"],
  "apps.*.canaryHost": ["elb", "kubernetes"],
  "apps.*.port": ["elb", "kubernetes"],
  "apps.*.healthPath": ["elb", "kubernetes"],
  "apps.*.canaryWeight": ["elb", "kubernetes"],
  "apps.*.canaries.*.weight": ["elb", "kubernetes"],
  "apps.*.canaries.*.host": ["elb", "kubernetes"],
  "apps.*.canaries.*.amiId": ["elb"],
};

/** Canaries on Kubernetes that the fleets of a migration would have too. */
const KUBERNETES_ALONE = ["apps.*.branches", "apps.*.debug"];

/** What Pulumi.yaml declares as default, which nobody can tell from what a stack sets. */
const DECLARED: Readonly<Record<string, unknown>> = { router: schema.shape.router.parse(undefined) };

/** Platforms that read a setting, given by its key with `*` for names. */
export function readersOf(kind: string): Platform[] {
  const beside = PLATFORMS[kind] ?? (kind.startsWith("aws.") ? PLATFORMS["aws.*"] : undefined);
  return [...(beside ?? ["kubernetes"]), ...(KUBERNETES_ALONE.includes(kind) ? [] : ["migration" as const])];
}

/** Settings that are there for nothing, as the chosen platform does not read them. */
export function platformProblems({ platform }: Parsed, raw: Record<string, unknown>): Problem[] {
  return settingsIn(raw).flatMap(({ key, kind, value }): Problem[] => {
    const platforms = readersOf(kind);
    if (platforms.includes(platform) || isUnset(key, value)) return [];
    return [{ key, value, allowed: `on platform ${platforms.join(", ")} only` }];
  });
}

const isUnset = (key: string, value: unknown): boolean =>
  value === undefined || isDeepStrictEqual(value, {}) || (key in DECLARED && value === DECLARED[key]);

interface Setting {
  readonly key: string;
  /** The key with `*` for names. */
  readonly kind: string;
  readonly value: unknown;
}

/** Maps that hold settings, or maps of them. */
const MAPS = ["apps", "apps.*", "apps.*.canaries", "apps.*.canaries.*", "aws", "policies"];

function settingsIn(map: unknown, key = "", kind = ""): Setting[] {
  return Object.entries((map ?? {}) as object).flatMap(([name, value]): Setting[] => {
    const named = kind === "apps" || kind === "apps.*.canaries" ? "*" : name;
    const below = { key: joined(key, name), kind: joined(kind, named), value };
    return MAPS.includes(below.kind) ? settingsIn(value, below.key, below.kind) : [below];
  });
}

const joined = (path: string, step: string): string => (path === "" ? step : `${path}.${step}`);
