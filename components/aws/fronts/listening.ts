/** What kinds with listeners and target groups have in common. */
import { effectiveWeights, integerWeights, variantName } from "../../traffic";
import { planFixedGroups } from "../group-plan";
import { awsTypes } from "../types";
import type { FrontKind } from "./front";
import type { BalancerMetrics } from "./metrics";

/** Largest weight of a target group (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html). */
export const HEAVIEST = 999;

/** Target groups that one listener takes (`MaxItems` of resourceListener in terraform-provider-aws v6.58.0). */
const MOST_TARGET_GROUPS = 5;

/** No weight changes the size of a group. */
export const listening = {
  sizedBy: "canarySize",
  bound: {
    canaries: MOST_TARGET_GROUPS - 1,
    reason: `a listener takes ${MOST_TARGET_GROUPS} target groups`,
  },
  byInstances: false,
  sizes: (split, bounds) => planFixedGroups(split.canaries.length, bounds),
  effective: (split) => effectiveWeights(integerWeights(split, HEAVIEST)),
  byHand: ({ id, inputs }) => [
    {
      words: [
        ...["elbv2", "modify-listener", "--listener-arn", id],
        ...["--default-actions", actionsOf(inputs.defaultActions)],
      ],
    },
  ],
  existing: { needs: ["listenerArns", "targetGroupArns"], takes: [], reads: [], isShared: false },
  balancerType: awsTypes.loadBalancer,
  types: [awsTypes.loadBalancer, awsTypes.targetGroup, awsTypes.listener],
} as const satisfies Partial<FrontKind>;

interface Forward {
  readonly targetGroups: readonly { readonly arn: string; readonly weight: number }[];
  readonly stickiness?: { readonly enabled: boolean; readonly duration: number };
}

/** The actions of a listener, or of a rule, as AWS's API has them, in JSON. */
export function actionsOf(given: unknown): string {
  const actions = given as readonly { readonly forward: Forward }[];
  return JSON.stringify(
    actions.map(({ forward: { targetGroups, stickiness } }) => ({
      Type: "forward",
      ForwardConfig: {
        TargetGroups: targetGroups.map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight })),
        ...(stickiness && {
          TargetGroupStickinessConfig: {
            Enabled: stickiness.enabled,
            DurationSeconds: stickiness.duration,
          },
        }),
      },
    })),
  );
}

/** @param part what the ARN of a load balancer of the kind has before its name */
export const listeningMetrics = (
  part: "app" | "net",
): Pick<BalancerMetrics, "isShared" | "dimensions" | "dimensionOf"> => ({
  isShared: false,
  dimensions: ({ app, variant, output }) => ({
    TargetGroup: output(awsTypes.targetGroup, variantName(app, variant), "arnSuffix"),
    LoadBalancer: output(awsTypes.loadBalancer, app, "arnSuffix"),
  }),
  dimensionOf(id) {
    const suffix = new RegExp(`:loadbalancer/(${part}/.+)$`).exec(id)?.[1];
    return suffix === undefined ? undefined : ["LoadBalancer", suffix];
  },
});
