/** Fleets that others make: what an app is reached by, and what follows from its names. */
import { variantName } from "../traffic";
import type { BalancerOutputs } from "./fronts/metrics";
import { awsTypes } from "./types";

/** What others made, by ARN or name. Which of it an app has follows from its kind of load balancer. */
export interface Existing {
  /** Listeners of one ALB or NLB. */
  readonly listenerArns?: readonly string[] | undefined;
  /** Target groups by variant, `primary` among them. */
  readonly targetGroupArns?: Readonly<Record<string, string>> | undefined;
  /** Priority of the rule on each of an ALB's listeners, 1 to 50000; default the next free one. */
  readonly priority?: number | undefined;
  /** Names of Auto Scaling groups by variant, `primary` among them. */
  readonly groups?: Readonly<Record<string, string>> | undefined;
  /** Names of classic load balancers by variant: the app's, as `primary`'s, and those that lead to one canary alone. */
  readonly loadBalancers?: Readonly<Record<string, string>> | undefined;
}

export type ExistingKey = keyof Existing;

/** The ARN of a listener's load balancer. */
export const balancerOfListener = (listenerArn: string): string =>
  listenerArn.replace(":listener/", ":loadbalancer/").replace(/\/[^/]+$/, "");

/** Where what an ARN names is: its partition, service, region and account. */
export const placeInArn = (arn: string): string => arn.split(":").slice(1, 5).join(":");

/** What is left of a listener's ARN once the load balancer is known. */
export const listenerId = (listenerArn: string): string => listenerArn.split("/").at(-1) ?? "";

/** The name in the ARN of a load balancer or target group. */
export const nameInArn = (arn: string): string => arn.split("/").at(-2) ?? "";

/** What leads to a variant, for people; undefined if the fleet has nothing of it. */
export function existingName(
  { targetGroupArns = {}, groups = {} }: Existing,
  variant: string,
): string | undefined {
  const [arn, group] = [targetGroupArns[variant], groups[variant]];
  if (arn !== undefined) return `target group ${nameInArn(arn)}`;
  return group && `group ${group}`;
}

/** What CloudWatch knows a load balancer or target group by. */
const arnSuffix = (arn: string): string => arn.replace(/^.*:(loadbalancer\/)?/, "");

/**
 * What the resources of such a fleet are called in AWS, in place of the outputs of those that the program makes.
 *
 * @throws TypeError if the fleet has none of that type and variant
 */
export function existingOutput(app: string, variant: string, existing: Existing): BalancerOutputs["output"] {
  const { listenerArns: [listener] = [], targetGroupArns = {}, loadBalancers = {} } = existing;
  const known: Readonly<Record<string, string | undefined>> = {
    [`${awsTypes.targetGroup} ${variantName(app, variant)} arnSuffix`]:
      targetGroupArns[variant] && arnSuffix(targetGroupArns[variant]),
    [`${awsTypes.loadBalancer} ${app} arnSuffix`]: listener && arnSuffix(balancerOfListener(listener)),
    [`${awsTypes.classicLoadBalancer} ${app} name`]: loadBalancers.primary,
  };
  return (type, name, key) => {
    const value = known[`${type} ${name} ${key}`];
    if (value === undefined) throw new TypeError(`no ${key} of ${type} ${name}`);
    return value;
  };
}
