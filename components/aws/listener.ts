import type { ListenerArgs } from "@pulumi/aws/lb/listener";
import type { lb } from "@pulumi/aws/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { effectiveWeights, integerWeights, rounded, type TrafficSplit } from "../traffic";
import type { NominalWeight } from "./nominal-weights";

/** Largest weight of a target group (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html). */
const HEAVIEST = 999;

/** Target groups that one listener takes (`MaxItems` of resourceListener in terraform-provider-aws v6.58.0). */
export const MOST_TARGET_GROUPS = 5;

/** TLS 1.3 and 1.2 (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html). */
const SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/** What a listener's weights come to, by variant: percent of an ALB's requests, or of an NLB's connections. */
export function listenerWeights(split: TrafficSplit): Record<string, NominalWeight> {
  const effective = effectiveWeights(integerWeights(split, HEAVIEST));
  return Object.fromEntries(
    split.variants.map(({ name, weight }, i) => [
      name,
      { asked: weight, effective: rounded(effective[i] ?? 0) },
    ]),
  );
}

/**
 * The variants' target groups, in the order of `split.variants`, each with its weight. All are checked that a listener names
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html), so one of weight 0, too,
 * though AWS does not say that of weight 0 in so many words.
 */
export function weightedGroups(
  split: TrafficSplit,
  arns: readonly pulumi.Input<string>[],
): lb.ListenerDefaultActionForwardTargetGroup[] {
  const weights = integerWeights(split, HEAVIEST);
  return arns.map((arn, i) => ({ arn, weight: weights[i] ?? 0 }));
}

/** The certificate of a listener, and the TLS versions that clients may speak. */
export function tlsArgs(
  certificateArn: pulumi.Input<string> | undefined,
): Pick<ListenerArgs, "certificateArn" | "sslPolicy"> {
  return { certificateArn, sslPolicy: SSL_POLICY };
}
