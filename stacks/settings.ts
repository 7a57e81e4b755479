/** The program's configuration, checked as a whole and with every default filled in. */
import { mostInstances } from "../components/aws/defaults";
import { routers, type TraefikProvider, traefikProviders } from "../components/routers";
import { type AppSettings, appSettings, routersOf } from "./apps";
import { clashes, contradictions } from "./checks";
import { networkMissing } from "./checks/network";
import { type ExpiredDebug, withoutExpired } from "./debug";
import { type Network, networkOf, type SharedFleet } from "./fleets";
import { manifestPlans } from "./manifests";
import { isShared, type PlatformName, platforms, type SidesOf } from "./platforms";
import { problemsOf, prototypeKeys, SettingsError } from "./problems";
import {
  type AwsSettings,
  type DnsSettings,
  type EdgeSettings,
  type Parsed,
  type PolicySettings,
  type RolloutSettings,
  schema,
  type TraefikSettings,
} from "./schema";
import type { Patch } from "./schema/patches";

export { SettingsError } from "./problems";

interface Common {
  readonly apps: readonly AppSettings[];
  /** Whether what requests pass through can't be deleted or replaced. */
  readonly protect: boolean;
  readonly policies: PolicySettings;
  /** What was there before, by the names of the resources that take it over. */
  readonly adopt: Readonly<Record<string, string>>;
  /** Changes of what the program declares. */
  readonly patches: readonly Patch[];
  /** How `canary rollout` goes. */
  readonly rollout: RolloutSettings;
}

/** Settings that the fleets of platforms `elb` and `migration` have beside `Common`. */
interface Fleets {
  /** What all apps' fleets share; `fleetOf` has those of one app. */
  readonly aws: SharedFleet;
}

/** Settings that platforms `kubernetes` and `migration` have beside `Common`. */
interface Cluster {
  readonly traefik: TraefikSettings & Required<Pick<TraefikSettings, "providers">>;
  /** Kinds of routes that Traefik reads as the apps' routers need it, though nobody said so. */
  readonly impliedProviders: readonly TraefikProvider[];
  /** Names, per app, of the variables whose values are the stack's `secrets`. */
  readonly secretNames: Readonly<Record<string, readonly string[]>>;
  /** Debug canaries that are no longer there, though the settings still have them. */
  readonly expiredDebug: readonly ExpiredDebug[];
  /** The edge nodes, if they are the program's. */
  readonly edge?: EdgeNodesSettings;
}

/** The edge nodes, and what they take of the network's settings. */
export type EdgeNodesSettings = EdgeSettings &
  Pick<
    AwsSettings,
    "instanceSubnetIds" | "internal" | "tags" | "zoneName" | "dnsTtl" | "idleTimeout" | "drainingTimeout"
  > &
  Network & {
    readonly maxSize: number;
  };

/** Settings of a platform with both sides. */
interface Shared {
  /** How DNS shares users out between the sides. */
  readonly dns: DnsSettings;
}

export type FleetsSettings = Common & Fleets;
export type ClusterSettings = Common & Cluster;

/** The settings of one platform, by its sides. */
type SettingsOf<Name extends PlatformName> = Common & { readonly platform: Name } & (SidesOf<Name> extends {
    readonly hasFleets: true;
  }
    ? Fleets
    : unknown) &
  (SidesOf<Name> extends { readonly hasCluster: true } ? Cluster : unknown) &
  (SidesOf<Name> extends { readonly hasFleets: true; readonly hasCluster: true } ? Shared : unknown);

export type KubernetesSettings = SettingsOf<"kubernetes">;
export type MigrationSettings = SettingsOf<"migration">;

export type Settings = { [Name in PlatformName]: SettingsOf<Name> }[PlatformName];

export const hasFleets = (settings: Settings): settings is Extract<Settings, Fleets> =>
  platforms[settings.platform].hasFleets;

export const hasCluster = (settings: Settings): settings is Extract<Settings, Cluster> =>
  platforms[settings.platform].hasCluster;

/**
 * Reads a whole configuration.
 *
 * @param raw the stack's configuration without its namespace, as decoded from YAML or a command line
 * @param today ISO date, by which debug canaries end
 * @throws SettingsError with all problems at once
 */
export function parseSettings(
  raw: Record<string, unknown>,
  today = new Date().toISOString().slice(0, 10),
): Settings {
  const misnamed = prototypeKeys(raw);
  if (misnamed.length > 0) throw new SettingsError(misnamed);
  const result = schema.safeParse(raw);
  const lacking = networkMissing(raw);
  if (!result.success) throw new SettingsError([...problemsOf(result.error, raw, schema), ...lacking]);
  const { current: parsed, expired } = withoutExpired(result.data, today);
  const { plans, problems: ofManifests } = manifestPlans(parsed);
  const problems = [...lacking, ...contradictions(parsed, raw), ...ofManifests];
  if (problems.length > 0) throw new SettingsError(problems);
  const apps = Object.entries(parsed.apps).map(([name, app]) =>
    appSettings(parsed, name, app, plans.get(name)),
  );
  const { protect, policies, rollout, adopt, patches } = parsed;
  const clashing = clashes(parsed, apps);
  if (clashing.length > 0) throw new SettingsError(clashing);

  const { platform } = parsed;
  const sides = platforms[platform];
  return {
    platform,
    apps,
    protect,
    policies,
    rollout,
    adopt,
    patches,
    ...(sides.hasFleets && fleets(parsed)),
    ...(sides.hasCluster && cluster(parsed, apps, expired)),
    ...(isShared(sides) && { dns: parsed.dns }),
  } as Settings;
}

/** Environment variable of the program while an update takes canaries back. */
export const BACK_VARIABLE = "CANARY_GOES_BACK";

/** Keys below `rollout` that say what is deployed. */
const DEPLOYED = ["engine", "baseline"];

/**
 * Reads a whole configuration to go back by: how rollouts are judged and who is told is nothing that keeps users with a canary.
 *
 * @throws SettingsError if anything else is wrong
 */
export function parseToGoBack(raw: Record<string, unknown>): Settings {
  const { rollout, ...others } = raw;
  const entries = Object.entries(typeof rollout === "object" && rollout !== null ? rollout : {});
  const deployed = Object.fromEntries(entries.filter(([key]) => DEPLOYED.includes(key)));
  let first: unknown;
  for (const tried of [rollout, deployed, undefined]) {
    try {
      return parseSettings(tried === undefined ? others : { ...others, rollout: tried });
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

/** What a Traefik reads that nobody told: `crd` at all times, so that no route of its own ever loses it. */
function providersFor(apps: readonly AppSettings[]): TraefikProvider[] {
  const needed = apps.flatMap(routersOf).map((name) => routers[name].traefikProvider);
  return traefikProviders.filter((provider) => provider === "crd" || needed.includes(provider));
}

function fleets({ aws, protect }: Parsed): Fleets {
  if (aws === undefined) throw new TypeError("no settings of fleets");
  const { edge: _edge, protectFleets, ...shared } = aws;
  return { aws: { ...shared, protect: protectFleets ?? protect } };
}

function cluster(
  { apps, aws, secrets, traefik: given }: Parsed,
  routed: readonly AppSettings[],
  expiredDebug: readonly ExpiredDebug[],
): Cluster {
  const providers = given.providers ?? providersFor(routed);
  const read = {
    traefik: { ...given, providers },
    impliedProviders: given.providers === undefined ? providers : [],
  };
  const secretNames = Object.fromEntries(
    Object.keys(apps).map((app) => [app, Object.keys(secrets[app] ?? {})]),
  );
  if (aws?.edge === undefined) return { ...read, secretNames, expiredDebug };
  const { vpcId, publicSubnetIds, zoneId } = networkOf(aws);
  const { instanceSubnetIds, internal, tags, zoneName, dnsTtl, idleTimeout, drainingTimeout } = aws;
  const { minSize, maxSize = mostInstances(minSize) } = aws.edge;
  const dns = { zoneId, zoneName, dnsTtl };
  const subnets = { vpcId, publicSubnetIds, instanceSubnetIds };
  const network = { ...subnets, internal, tags, idleTimeout, drainingTimeout, ...dns };
  return { ...read, secretNames, expiredDebug, edge: { ...aws.edge, ...network, maxSize } };
}
