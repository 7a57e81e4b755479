/** What a stack's settings say of where to look, before they are whole. */

import { type FrontName, fronts } from "../components/aws/fronts";
import type { StackConfiguration } from "../offline/configuration";
import { ConfigurationError } from "../offline/errors";
import { isExisting } from "../stacks/fleets";
import { DEFAULT_PLATFORM, type Platform, platformsWith } from "../stacks/platforms";
import type { FleetPlace } from "./fleets";
import type { WantedApp } from "./found";

/** @throws ConfigurationError */
export function wantedInAws(configuration: StackConfiguration): FleetPlace & { apps: WantedApp[] } {
  const { stack } = configuration;
  checkPlatform(configuration, ({ hasFleets }) => hasFleets, "--from-aws");
  const declared = Object.values(read(configuration, "apps"));
  if (declared.length > 0 && declared.every(isOthers))
    throw new ConfigurationError(`stack ${stack}: all apps have existing: others' fleets are not adopted`);
  const { zoneId, loadBalancer } = read(configuration, "aws");
  if (typeof zoneId !== "string")
    throw new ConfigurationError(
      `stack ${stack}: aws.zoneId is missing: set it to the hosted zone of the apps' hosts`,
    );
  const names = Object.keys(fronts) as FrontName[];
  const kind = names.find((each) => each === loadBalancer);
  if (loadBalancer !== undefined && kind === undefined)
    throw new ConfigurationError(
      `stack ${stack}: aws.loadBalancer is ${loadBalancer}; allowed: one of ${names.join(", ")}`,
    );
  return { apps: appsOf(configuration), zoneId, loadBalancer: kind };
}

/** Whether others make an app's fleet. */
const isOthers = (raw: unknown): boolean => isExisting(raw as { existing?: unknown });

/** @throws ConfigurationError */
export function wantedInCluster(configuration: StackConfiguration): WantedApp[] {
  checkPlatform(configuration, ({ hasCluster }) => hasCluster, "--from-cluster");
  return appsOf(configuration);
}

const read = ({ namespace, values }: StackConfiguration, key: string): Record<string, unknown> =>
  JSON.parse(values[`${namespace}:${key}`] ?? "{}");

function checkPlatform(
  { namespace, stack, values }: StackConfiguration,
  isAble: (platform: Platform) => boolean,
  flag: string,
): void {
  const platform = values[`${namespace}:platform`] ?? DEFAULT_PLATFORM;
  const able: readonly string[] = platformsWith(isAble);
  if (!able.includes(platform))
    throw new ConfigurationError(
      `stack ${stack}: platform is ${platform}; allowed: ${able.join(" or ")}, with ${flag}`,
    );
}

function appsOf(configuration: StackConfiguration): WantedApp[] {
  const { stack } = configuration;
  const own = Object.entries(read(configuration, "apps")).filter(([, raw]) => !isOthers(raw));
  const apps = own.map(([name, raw]): WantedApp => {
    const { host, canaryHost, canaries } = raw as {
      host?: string;
      canaryHost?: string;
      canaries?: Record<string, { host?: string }>;
    };
    if (typeof host !== "string")
      throw new ConfigurationError(`stack ${stack}: apps.${name}.host is missing: set it to a host name`);
    const named = Object.entries(canaries ?? {}).map(([name, { host }]) => ({ name, host }));
    return { name, host, canaries: named.length > 0 ? named : [{ name: "canary", host: canaryHost }] };
  });
  if (apps.length === 0)
    throw new ConfigurationError(
      `stack ${stack}: apps is missing: set it to the apps by name, each with its host`,
    );
  return apps;
}
