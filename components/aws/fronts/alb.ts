import { refusedIf } from "../../fields";
import { awsTypes } from "../types";
import type { FrontKind } from "./front";
import { listening, listeningMetrics } from "./listening";
import { REQUESTS, requestQueries, sum } from "./metrics";

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
  longestName: (name) => name,
  apiType: "application",
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
