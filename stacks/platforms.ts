/** What the apps of a stack can run on. */

/** The sides of one platform. */
export interface Platform {
  /** Whether it has Auto Scaling groups behind AWS's load balancers. */
  readonly hasFleets: boolean;
  /** Whether it has pods in a Kubernetes cluster. */
  readonly hasCluster: boolean;
}

const registry = {
  elb: { hasFleets: true, hasCluster: false },
  kubernetes: { hasFleets: false, hasCluster: true },
  /** Has both sides, while users move from one to the other. */
  migration: { hasFleets: true, hasCluster: true },
} as const satisfies Record<string, Platform>;

export type PlatformName = keyof typeof registry;

/** The sides of one platform, for types. */
export type SidesOf<Name extends PlatformName> = (typeof registry)[Name];

/** Every platform by the name that the setting `platform` takes. */
export const platforms: Readonly<Record<PlatformName, Platform>> = registry;

/** The platform of a stack that names none. */
export const DEFAULT_PLATFORM: PlatformName = "kubernetes";

/** Whether DNS shares users out between two sides. */
export const isShared = ({ hasFleets, hasCluster }: Platform): boolean => hasFleets && hasCluster;

export const isClusterAlone = ({ hasFleets, hasCluster }: Platform): boolean => hasCluster && !hasFleets;

export const isFleetsAlone = ({ hasFleets, hasCluster }: Platform): boolean => hasFleets && !hasCluster;

/** Names of the platforms of which something holds. */
export const platformsWith = (holds: (platform: Platform) => boolean): PlatformName[] =>
  (Object.keys(platforms) as PlatformName[]).filter((name) => holds(platforms[name]));
