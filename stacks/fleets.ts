/** The settings of each app's fleets: those of `aws`, with the app's own in their place. */
import { FLEET_DEFAULTS, mostInstances } from "../components/aws/defaults";
import type { GroupBounds } from "../components/aws/group-plan";
import type { AwsSettings, OwnFleet } from "./schema";

/** An app's settings in place of those of `aws`, if it has any. */
interface WithOwn {
  readonly aws?: OwnFleet | undefined;
}

/** What of `aws` an app does not take that has the first of each itself: it goes with the stack's own alone. */
const GO_WITH = [
  ["amiId", ["canaryAmiId"]],
  ["fleetSize", ["maxSize", "canarySize"]],
] as const satisfies readonly (readonly [keyof OwnFleet, readonly (keyof OwnFleet)[]])[];

/** The settings of an app's fleets, as they were written: maps key by key, the app's before the stack's. */
export function mergedFleet<Aws extends Partial<AwsSettings>>(aws: Aws, { aws: own = {} }: WithOwn): Aws {
  const left = new Set<string>(
    GO_WITH.filter(([key]) => own[key] !== undefined).flatMap(([, others]) => others),
  );
  const shared = Object.entries(aws).filter(([key]) => !left.has(key));
  const merged = new Map<string, unknown>(shared);
  for (const [key, value] of Object.entries(own)) {
    if (value === undefined) continue;
    const before = merged.get(key);
    merged.set(key, isMap(before) && isMap(value) ? { ...before, ...value } : value);
  }
  return Object.fromEntries(merged) as Aws;
}

/** What all apps' fleets of a stack share. */
export type SharedFleet = Omit<AwsSettings, "edge" | "protectFleets"> & {
  /** Whether load balancers, groups and records are protected. */
  readonly protect: boolean;
};

/** What fleets of the program's, and edge nodes, stand in. */
export type Network = Required<Pick<AwsSettings, "vpcId" | "publicSubnetIds" | "zoneId">>;

/** The network, which `parseSettings` requires if anything is made in it. */
export function networkOf({ vpcId, publicSubnetIds, zoneId }: Partial<Network>): Network {
  if (vpcId === undefined || publicSubnetIds === undefined || zoneId === undefined)
    throw new TypeError("no network");
  return { vpcId, publicSubnetIds, zoneId };
}

/** The sizes of an app's fleets, whoever makes them. */
export function sizesOf({ aws }: { readonly aws: SharedFleet }, app: WithOwn): GroupBounds {
  const { fleetSize, maxSize, canaryMin } = mergedFleet(aws, app);
  return {
    fleetSize,
    maxSize: maxSize ?? mostInstances(fleetSize),
    canaryMin: canaryMin ?? FLEET_DEFAULTS.canaryMin,
  };
}

/** The settings of an app's fleets that the program makes, with all that has a default. */
export type Fleet = SharedFleet &
  Network &
  GroupBounds &
  Required<Pick<AwsSettings, "amiId" | "canaryAmiId" | "idleTimeout">>;

export function fleetOf(settings: { readonly aws: SharedFleet }, app: WithOwn): Fleet {
  const fleet = mergedFleet(settings.aws, app);
  const { amiId } = fleet;
  if (amiId === undefined) throw new TypeError("no machine image");
  return {
    ...fleet,
    ...networkOf(fleet),
    ...sizesOf(settings, app),
    amiId,
    canaryAmiId: fleet.canaryAmiId ?? amiId,
    idleTimeout: fleet.idleTimeout ?? FLEET_DEFAULTS.idleTimeout,
  };
}

/** Whether others make an app's fleet. */
export const isExisting = ({ existing }: { readonly existing?: unknown }): boolean => existing !== undefined;

/** Whether the program makes none of these apps' fleets. */
export const hasAllExisting = (apps: Readonly<Record<string, { readonly existing?: unknown }>>): boolean =>
  Object.values(apps).every(isExisting);

/** Where a setting of an app's fleets stands: below `apps.NAME.aws`, if the app has it there, or below `aws`. */
export function fleetKey(name: string, { aws: own = {} }: WithOwn, key: string): string {
  const found = key.split(".").reduce<unknown>((at, step) => (isMap(at) ? at[step] : undefined), own);
  return found === undefined ? `aws.${key}` : `apps.${name}.aws.${key}`;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
