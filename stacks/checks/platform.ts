import { isDeepStrictEqual } from "node:util";
import {
  isClusterAlone,
  isFleetsAlone,
  isShared,
  type Platform,
  type PlatformName,
  platformsWith,
} from "../platforms";
import type { Problem } from "../problems";
import { type Parsed, schema } from "../schema";

/** The platforms that read a setting, by their sides. */
type Readers = (platform: Platform) => boolean;

const all: Readers = () => true;
const withFleets: Readers = ({ hasFleets }) => hasFleets;
const withCluster: Readers = ({ hasCluster }) => hasCluster;

/** Readers of settings; by default platforms with a cluster, below `aws` those with fleets. `*` is any name. */
const READERS: Readonly<Record<string, Readers>> = {
  platform: all,
  canaryWeight: all,
  protect: all,
  "aws.vpcId": all,
  "aws.publicSubnetIds": all,
  "aws.instanceSubnetIds": all,
  "aws.internal": all,
  "aws.tags": all,
  "aws.zoneId": all,
  "aws.zoneName": all,
  "aws.dnsTtl": all,
  "aws.idleTimeout": all,
  "aws.drainingTimeout": all,
  "aws.edge": withCluster,
  dns: isShared,
  rollout: all,
  adopt: all,
  patches: all,
  "policies.rules": all,
  "policies.maxStep": all,
  "policies.drainTtls": all,
  "policies.productionStacks": all,
  "policies.waivers": all,
  "apps.*.aws": withFleets,
  // In a migration its hosts' records are the program's, and their load balancers.
  "apps.*.existing": isFleetsAlone,
  "apps.*.host": all,
  "apps.*.hosts": all,
  "apps.*.canaryHost": all,
  "apps.*.port": all,
  "apps.*.healthPath": all,
  "apps.*.canaryWeight": all,
  "apps.*.canaries.*.weight": all,
  "apps.*.canaries.*.host": all,
  "apps.*.canaries.*.amiId": withFleets,
  // What the fleets' load balancers of a migration would not know.
  "apps.*.path": isClusterAlone,
  "apps.*.pathType": isClusterAlone,
  "apps.*.stripPath": isClusterAlone,
  "apps.*.protocol": isClusterAlone,
  "apps.*.requestTimeoutSeconds": isClusterAlone,
  "apps.*.maxBodyBytes": isClusterAlone,
  "apps.*.requestHeaders": isClusterAlone,
  "apps.*.responseHeaders": isClusterAlone,
  // Canaries that the fleets of a migration would have too.
  "apps.*.branches": isClusterAlone,
  "apps.*.debug": isClusterAlone,
};

/** What Pulumi.yaml declares as default, which nobody can tell from what a stack sets. */
const DECLARED: Readonly<Record<string, unknown>> = { router: schema.shape.router.parse(undefined) };

/** Platforms that read a setting, given by its key with `*` for names. */
export const readersOf = (kind: string): PlatformName[] => platformsWith(readers(kind));

/** A key below one that has readers has the same. */
function readers(kind: string): Readers {
  const found = READERS[kind];
  if (found !== undefined) return found;
  const above = kind.slice(0, Math.max(0, kind.lastIndexOf(".")));
  if (above === "aws") return withFleets;
  return above === "" || above === "apps" ? withCluster : readers(above);
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
