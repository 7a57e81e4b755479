import { refusedIf } from "../../fields";
import { effectiveFleetWeights, instanceCounts } from "../../traffic";
import { type GroupSizes, planGroups } from "../group-plan";
import { awsTypes } from "../types";
import type { FrontKind } from "./front";
import { REQUESTS, requestQueries, sum } from "./metrics";

/** Classic load balancers. A variant's share of the requests is its share of the instances in service. */
export const classic: FrontKind = {
  label: "classic ELB",
  takes: ["idleTimeout"],
  sizedBy: "canaryMin",
  countsByTarget: false,
  problems: ({ healthCheck: { matcher } = {} }) =>
    refusedIf(
      matcher !== undefined,
      "healthCheck.matcher",
      matcher,
      "with aws.loadBalancer alb or nlb only, as a classic load balancer takes 200 alone",
    ),
  bound: undefined,
  byInstances: true,
  sizes: (split, bounds) =>
    planGroups(split, bounds).map(({ sizes }) => sizes) as [GroupSizes, ...GroupSizes[]],
  /**
   * The variants' shares of the instances in service, with the primary at `fleetSize`; once a scaling policy has grown that, the
   * canaries' shares are smaller. They are nominal: a classic load balancer sends a request of an HTTP listener to the
   * instance with the fewest outstanding ones, so a canary that answers faster, or fails faster, attracts more
   * (https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html).
   */
  effective: (split, bounds) => effectiveFleetWeights(instanceCounts(split, bounds)),
  byHand: ({ id, inputs, size, attached }) => {
    const { minSize, maxSize, desiredCapacity } = inputs;
    const least = desiredCapacity ?? minSize;
    const asked = texts(inputs.loadBalancers);
    const group = ["--auto-scaling-group-name", id];
    const moved = (word: string, names: readonly string[]) =>
      names.length === 0
        ? []
        : [{ words: ["autoscaling", `${word}-load-balancers`, ...group, "--load-balancer-names", ...names] }];
    const sizes = ["--min-size", minSize, "--max-size", maxSize];
    // A scaling policy may have given a group more.
    const wanted = desiredCapacity === undefined ? [] : ["--desired-capacity", desiredCapacity];
    return [
      ...moved(
        "detach",
        attached.filter((name) => !asked.includes(name)),
      ),
      {
        words: ["autoscaling", "update-auto-scaling-group", ...group, ...[...sizes, ...wanted].map(String)],
        ...(Number(least) > size && {
          wait: `until ${least} instances of group ${id} are in service at its load balancer`,
        }),
      },
      ...moved(
        "attach",
        asked.filter((name) => !attached.includes(name)),
      ),
    ];
  },
  balancerType: awsTypes.classicLoadBalancer,
  types: [awsTypes.classicLoadBalancer],
  shiftedTypes: [awsTypes.group],
  longestName: (name) => name,
  apiType: undefined,
  existing: {
    needs: ["groups", "loadBalancers"],
    takes: [],
    reads: ["fleetSize", "maxSize", "canaryMin"],
    isShared: false,
  },
  /** https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-cloudwatch-metrics.html */
  metrics: {
    namespace: "AWS/ELB",
    queries: requestQueries(
      ["HTTPCode_Backend_5XX", "HTTPCode_ELB_5XX"],
      (all, ...bad) => Math.min(all, sum(bad)),
      "HTTPCode_Backend_4XX",
      "Latency",
    ),
    isShared: true,
    // One load balancer serves all variants: it can't tell them apart.
    dimensions: ({ app, output }) => ({
      LoadBalancerName: output(awsTypes.classicLoadBalancer, app, "name"),
    }),
    usage: [REQUESTS],
    // AWS knows it by its name, and others by ARNs.
    dimensionOf: (id) => (id.startsWith("arn:") ? undefined : ["LoadBalancerName", id]),
  },
};

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
