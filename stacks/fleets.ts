/** The settings of each app's fleets: those of `aws`, with the app's own in their place. */
import { FLEET_DEFAULTS, mostInstances } from "../components/aws/defaults";
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

/** The settings of an app's fleets, with all that has a default. */
export type Fleet = SharedFleet &
  Required<Pick<AwsSettings, "amiId" | "maxSize" | "canaryAmiId" | "canaryMin" | "idleTimeout">>;

export function fleetOf({ aws }: { readonly aws: SharedFleet }, app: WithOwn): Fleet {
  const fleet = mergedFleet(aws, app);
  const { amiId } = fleet;
  if (amiId === undefined) throw new TypeError("no machine image");
  return {
    ...fleet,
    amiId,
    maxSize: fleet.maxSize ?? mostInstances(fleet.fleetSize),
    canaryAmiId: fleet.canaryAmiId ?? amiId,
    canaryMin: fleet.canaryMin ?? FLEET_DEFAULTS.canaryMin,
    idleTimeout: fleet.idleTimeout ?? FLEET_DEFAULTS.idleTimeout,
  };
}

/** Where a setting of an app's fleets stands: below `apps.NAME.aws`, if the app has it there, or below `aws`. */
export function fleetKey(name: string, { aws: own = {} }: WithOwn, key: string): string {
  const found = key.split(".").reduce<unknown>((at, step) => (isMap(at) ? at[step] : undefined), own);
  return found === undefined ? `aws.${key}` : `apps.${name}.aws.${key}`;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
