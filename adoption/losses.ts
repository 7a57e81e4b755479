/** What follows where the first update changes something that AWS has. */
import { awsTypes } from "../components/aws/types";
import type { Fate, Lost } from "./fates";
import {
  accessLogFates,
  actionFates,
  additionalAttributeFates,
  balancerAttributeFates,
  balancerFates,
  listenerFates,
  ruleFates,
  targetGroupAttributeFates,
  targetGroupFates,
} from "./fates-of-balancers";
import { groupFates } from "./fates-of-groups";

type Table = Readonly<Record<string, Fate>>;

/** What follows of inputs that are declared, and may be of other values. */
const DECLARED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [awsTypes.launchTemplate]: {
    "blockDeviceMappings.deviceName":
      "an image whose root device has another name does not boot, or boots from an unencrypted volume of its own: set aws.rootBlockDevice.deviceName",
    imageId: "all instances are replaced",
    vpcSecurityGroupIds: "what only other groups let in is cut off",
  },
  [awsTypes.loadBalancer]: { securityGroups: "what only other groups let in is cut off" },
  [awsTypes.classicLoadBalancer]: { securityGroups: "what only other groups let in is cut off" },
  [awsTypes.targetGroup]: { "healthCheck.port": "instances that do not answer there are unhealthy" },
};

const TABLES: Readonly<Record<string, readonly Table[]>> = {
  [awsTypes.group]: [groupFates],
  [awsTypes.loadBalancer]: [balancerFates, balancerAttributeFates],
  [awsTypes.classicLoadBalancer]: [accessLogFates, additionalAttributeFates],
  [awsTypes.targetGroup]: [targetGroupFates, targetGroupAttributeFates],
  [awsTypes.listener]: [listenerFates, actionFates],
  [awsTypes.listenerRule]: [ruleFates, actionFates],
};

const isLost = (fate: Fate): fate is Lost => typeof fate === "object";

/**
 * What follows of a change, as a sentence without its end; undefined if the change says it all.
 *
 * @param path of the property that changes, such as `blockDeviceMappings[0].deviceName`
 */
export function followsOf(type: string, path: string): string | undefined {
  const at = path.replaceAll(/\[[^\]]*\]/g, "").replace(/^(defaultActions|actions)\./, "");
  const isAt = (input: string): boolean => at === input || at.startsWith(`${input}.`);
  if (isAt("tags")) return "bills, alarms and policies that go by tags miss them";
  const lost = (TABLES[type] ?? []).flatMap((table) => Object.values(table)).filter(isLost);
  const declared = Object.entries(DECLARED[type] ?? {}).find(([input]) => isAt(input));
  return lost.find(({ input }) => isAt(input))?.follows ?? declared?.[1];
}
