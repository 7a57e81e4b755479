import { hasAllExisting } from "../fleets";
import type { Problem } from "../problems";
import { awsSettings } from "../schema/aws";
import { mapAt } from "./existing";

/** What fleets of the program's, and edge nodes, stand in. */
const NETWORK = ["vpcId", "publicSubnetIds", "zoneId"] as const;

/**
 * What is missing of the network, if anything is to be made in it.
 *
 * @param raw settings before any check
 */
export function networkMissing(raw: Readonly<Record<string, unknown>>): Problem[] {
  const aws = mapAt(raw, "aws");
  const names = Object.keys(mapAt(raw, "apps"));
  const apps = Object.fromEntries(names.map((name) => [name, mapAt(raw, "apps", name)]));
  const isForNothing = aws.edge === undefined && names.length > 0 && hasAllExisting(apps);
  if (Object.keys(aws).length === 0 || isForNothing) return [];
  return NETWORK.filter((key) => aws[key] === undefined).map((key) => {
    const [issue] = awsSettings.shape[key].unwrap().safeParse(undefined).error?.issues ?? [];
    return { key: `aws.${key}`, allowed: issue?.message ?? "" };
  });
}
