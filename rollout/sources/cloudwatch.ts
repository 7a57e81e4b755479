/** Metrics of AWS's load balancers by CloudWatch. A variant is known by its target group. */
import type { CloudWatchClient, Dimension, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { CloudWatchSettings } from "../../stacks/schema/rollout-sources";
import type { MetricPlan } from "../plan";
import { MetricError, type MetricSource, type Series, type Window } from "../ports";
import { type BalancerQuery, balancerQueries, PERIOD_SECONDS, REQUESTS } from "./balancer-queries";

/** What is asked, so that tests need no account. Credentials are found as every AWS tool finds them. */
export interface Clients {
  readonly cloudWatch: Pick<CloudWatchClient, "send">;
  readonly balancers: Pick<ElasticLoadBalancingV2Client, "send">;
}

/** What CloudWatch calls a variant by. */
interface Named {
  readonly kind: "alb" | "nlb" | "classic";
  readonly dimensions: Dimension[];
}

const PERIOD_MS = PERIOD_SECONDS * 1000;
const TARGET_GROUP = /^arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:(targetgroup\/\S+)$/;
const LOAD_BALANCER = /:loadbalancer\/((app|net)\/\S+)$/;

export const cloudWatch = (settings: CloudWatchSettings, clients = awsClients(settings)): MetricSource => ({
  async read(metric, window, signal) {
    try {
      const { cloudWatch, balancers } = await clients;
      const named = await nameOf(window.service, balancers, signal);
      return await values(metric, named, window, settings, cloudWatch, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof MetricError) throw error;
      // What AWS says may name accounts and roles; the name of the error says what is wrong.
      throw new MetricError(`CloudWatch in ${settings.region}: ${(error as Error).name}`);
    }
  },
});
