import { refusedIf } from "../../fields";
import { awsTypes } from "../types";
import type { FrontKind } from "./front";
import { listening, listeningMetrics } from "./listening";

/** Ending of the name of the target group of a canary's own Network Load Balancer. */
export const OWN = "-own";

/** Network Load Balancers. Listeners share connections out by weight. */
export const nlb: FrontKind = {
  ...listening,
  label: "NLB listener",
  takes: [],
  countsByTarget: false,
  problems: ({ accessLogsBucket, certificateArn }) =>
    refusedIf(
      accessLogsBucket !== undefined && certificateArn === undefined,
      "accessLogsBucket",
      accessLogsBucket,
      "together with aws.certificateArn only, as an NLB logs TLS requests alone",
    ),
  shiftedTypes: [awsTypes.listener],
  longestName: (name, isHosted) => (isHosted ? `${name}${OWN}` : name),
  apiType: "network",
  /** https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html */
  metrics: {
    ...listeningMetrics("net"),
    namespace: "AWS/NetworkELB",
    queries: {
      "unhealthy-hosts": {
        measures: [
          { name: "HealthyHostCount", statistic: "Average" },
          { name: "UnHealthyHostCount", statistic: "Average" },
        ],
        value: (good, bad = 0) => (100 * bad) / (good + bad),
      },
    },
    usage: [
      { name: "NewFlowCount", statistic: "Sum" },
      { name: "ActiveFlowCount", statistic: "Maximum" },
    ],
  },
};
