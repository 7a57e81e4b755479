import { refusedIf } from "../../fields";
import { awsTypes } from "../types";
import type { FrontKind } from "./front";
import { actionsOf, listening, listeningMetrics } from "./listening";
import { REQUESTS, requestQueries, sum } from "./metrics";

/** Values of a rule's conditions (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html). */
const MOST_VALUES = 5;

/** Application Load Balancers. Listeners share requests out by weight. */
export const alb: FrontKind = {
  ...listening,
  label: "ALB listener",
  takes: ["idleTimeout", "redirectToHttps", "stickiness", "slowStart", "strictHttp"],
  countsByTarget: true,
  problems: ({ healthCheck: { matcher } = {} }) =>
    refusedIf(
      /5\d\d/.test(matcher ?? ""),
      "healthCheck.matcher",
      matcher,
      "codes from 200 to 499, by an ALB",
    ),
  types: [...listening.types, awsTypes.listenerRule],
  shiftedTypes: [awsTypes.listener, awsTypes.listenerRule],
  byHand: (shifted) =>
    "actions" in shifted.inputs
      ? [
          {
            words: [
              ...["elbv2", "modify-rule", "--rule-arn", shifted.id],
              ...["--actions", actionsOf(shifted.inputs.actions)],
            ],
          },
        ]
      : listening.byHand(shifted),
  longestName: (name) => name,
  apiType: "application",
  existing: {
    ...listening.existing,
    takes: ["priority"],
    reads: ["stickiness", "tags"],
    isShared: true,
    hosts: { most: MOST_VALUES, reason: `a rule takes ${MOST_VALUES} values` },
  },
  /**
   * Where a target hangs, resets or refuses, the load balancer itself answers with 502 or 504. It counts these for no target
   * group, but it does the requests, as a target was chosen: failed is what no target answered well.
   *
   * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
   */
  metrics: {
    ...listeningMetrics("app"),
    namespace: "AWS/ApplicationELB",
    queries: requestQueries(
      ["HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count"],
      (all, ...good) => Math.max(0, all - sum(good)),
      "HTTPCode_Target_4XX_Count",
      "TargetResponseTime",
    ),
    usage: [REQUESTS],
  },
};
