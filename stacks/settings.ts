/** The program's configuration, checked as a whole and with every default filled in. */
import { type AppSettings, appSettings } from "./apps";
import { clashes, contradictions } from "./checks";
import { type ExpiredDebug, withoutExpired } from "./debug";
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

export { SettingsError } from "./problems";

interface Common {
  readonly apps: readonly AppSettings[];
  /** Whether what requests pass through can't be deleted or replaced. */
  readonly protect: boolean;
  readonly policies: PolicySettings;
  /** What was there before, by the names of the resources that take it over. */
  readonly adopt: Readonly<Record<string, string>>;
  /** How `canary rollout` goes. */
  readonly rollout: RolloutSettings;
}

/** Settings that the fleets of platforms `elb` and `migration` have beside `Common`. */
interface Fleets {
  readonly aws: Omit<AwsSettings, "edge" | "protectFleets"> &
    Required<Pick<AwsSettings, "amiId" | "maxSize" | "canaryAmiId" | "canaryMin" | "idleTimeout">> & {
      readonly protect: boolean;
    };
}

/** Settings that platforms `kubernetes` and `migration` have beside `Common`. */
interface Cluster {
  readonly traefik: TraefikSettings;
  /** Names, per app, of the variables whose values are the stack's `secrets`. */
  readonly secretNames: Readonly<Record<string, readonly string[]>>;
  /** Debug canaries that are no longer there, though the settings still have them. */
  readonly expiredDebug: readonly ExpiredDebug[];
  /** The edge nodes, where they are the program's. */
  readonly edge?: EdgeNodesSettings;
}

/** The edge nodes, and what they take of the network's settings. */
export type EdgeNodesSettings = EdgeSettings &
  Pick<
    AwsSettings,
    "vpcId" | "publicSubnetIds" | "zoneId" | "zoneName" | "dnsTtl" | "idleTimeout" | "drainingTimeout"
  > & {
    readonly maxSize: number;
  };

export type FleetsSettings = Common & Fleets;
export type ClusterSettings = Common & Cluster;
export type ElbSettings = FleetsSettings & { readonly platform: "elb" };
export type KubernetesSettings = ClusterSettings & { readonly platform: "kubernetes" };
export type MigrationSettings = FleetsSettings &
  ClusterSettings & { readonly platform: "migration"; readonly dns: DnsSettings };

export type Settings = ElbSettings | KubernetesSettings | MigrationSettings;

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
  if (!result.success) throw new SettingsError(problemsOf(result.error, raw, schema));
  const { current: parsed, expired } = withoutExpired(result.data, today);
  const problems = contradictions(parsed, raw);
  if (problems.length > 0) throw new SettingsError(problems);

  const apps = Object.entries(parsed.apps).map(([name, app]) => appSettings(parsed, name, app));
  const { protect, policies, rollout, adopt } = parsed;
  const clashing = clashes(parsed, apps);
  if (clashing.length > 0) throw new SettingsError(clashing);

  const common = { apps, protect, policies, rollout, adopt };
  if (parsed.platform === "elb") return { platform: "elb", ...common, ...fleets(parsed) };
  if (parsed.platform === "kubernetes")
    return { platform: "kubernetes", ...common, ...cluster(parsed, expired) };
  return {
    platform: "migration",
    ...common,
    ...fleets(parsed),
    ...cluster(parsed, expired),
    dns: parsed.dns,
  };
}

function fleets({ aws, protect }: Parsed): Fleets {
  if (aws?.amiId === undefined) throw new TypeError("no settings of fleets");
  const { amiId, edge: _edge, protectFleets, ...shared } = aws;
  return {
    aws: {
      ...shared,
      amiId,
      protect: protectFleets ?? protect,
      maxSize: aws.maxSize ?? aws.fleetSize * 2,
      canaryAmiId: aws.canaryAmiId ?? amiId,
      canaryMin: aws.canaryMin ?? 0,
      idleTimeout: aws.idleTimeout ?? 60,
    },
  };
}

function cluster({ apps, aws, secrets, traefik }: Parsed, expiredDebug: readonly ExpiredDebug[]): Cluster {
  const secretNames = Object.fromEntries(
    Object.keys(apps).map((app) => [app, Object.keys(secrets[app] ?? {})]),
  );
  if (aws?.edge === undefined) return { traefik, secretNames, expiredDebug };
  const { vpcId, publicSubnetIds, zoneId, zoneName, dnsTtl, idleTimeout, drainingTimeout } = aws;
  const { minSize, maxSize = 2 * minSize } = aws.edge;
  const network = { vpcId, publicSubnetIds, zoneId, zoneName, dnsTtl, idleTimeout, drainingTimeout };
  return { traefik, secretNames, expiredDebug, edge: { ...aws.edge, ...network, maxSize } };
}
