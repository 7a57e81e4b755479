/** Who still uses the load balancers that an update deletes, by AWS and by the state. */

import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { ALIAS_TTL } from "../components/aws/dns";
import { awsTypes } from "../components/aws/types";
import type { Preview } from "../offline/preview";
import type { ResourceState } from "../offline/state";
import { departing } from "../policy/departures";
import type { Departure } from "../policy/graph";
import { previewGraph } from "../policy/preview";
import { sideOfResource } from "../policy/sides";
import { sameHost } from "./account";
import { type UsageAccount, usageMetrics } from "./requests";

/** The load balancers that a preview deletes, as the state has them. */
export function leaving(preview: Preview): ResourceState[] {
  const urns = departing(previewGraph(preview)).map(({ urn }) => urn);
  return preview.steps.flatMap(({ old }) => (old !== undefined && urns.includes(old.urn) ? [old] : []));
}

/**
 * @param preview of what is deployed, so that ids are those in AWS
 * @param drainTtls TTLs that a load balancer must have been out of use for
 * @throws StatusError if AWS can't be read
 */
export async function departures(
  preview: Preview,
  drainTtls: number,
  account: UsageAccount,
  now = Date.now(),
): Promise<Departure[]> {
  const records = preview.steps.flatMap(({ old }) => (old?.type === awsTypes.record ? [old] : []));
  const seen: Departure[] = [];
  for (const balancer of leaving(preview)) {
    const own = records.filter((record) => sideOfResource(record) === sideOfResource(balancer));
    const ttl = Math.max(ALIAS_TTL, ...own.map(({ inputs }) => Number(inputs.ttl ?? 0)));
    const seconds = drainTtls * ttl;
    seen.push({
      urn: balancer.urn,
      seconds,
      ttl,
      answers: await answersFor(balancer, own, account),
      settled: settledFor(own, now),
      requests: await requestsOf(balancer, new Date(now - seconds * 1000), account),
    });
  }
  return seen;
}

/** The host names whose records in Route 53 lead to a load balancer, with a weight or without weights. */
async function answersFor(
  { outputs }: ResourceState,
  records: readonly ResourceState[],
  account: UsageAccount,
): Promise<Departure["answers"]> {
  const hosts = new Map(records.map(({ inputs }) => [String(inputs.name), String(inputs.zoneId)]));
  const found: { host: string; weight: number }[] = [];
  for (const [host, zoneId] of hosts) {
    for (const record of await account.records(zoneId, host)) {
      const { Weight: weight = 1 } = record;
      if (weight > 0 && sameHost(leadsTo(record), String(outputs.dnsName))) found.push({ host, weight });
    }
  }
  return found;
}

/** The load balancer that a record leads to. */
export const leadsTo = ({ AliasTarget, ResourceRecords }: ResourceRecordSet): string =>
  (AliasTarget?.DNSName ?? ResourceRecords?.[0]?.Value ?? "").replace(/^dualstack\./, "");

/** Whole seconds since the latest change of a record. */
function settledFor(records: readonly ResourceState[], now: number): number | undefined {
  const times = records.map(({ modified }) => Date.parse(modified ?? ""));
  const latest = Math.max(...times);
  return records.length === 0 || Number.isNaN(latest) ? undefined : Math.floor((now - latest) / 1000);
}

async function requestsOf(
  { id = "", type }: ResourceState,
  since: Date,
  account: UsageAccount,
): Promise<number | undefined> {
  const ids =
    type === awsTypes.classicLoadBalancer
      ? (await account.classicLoadBalancers()).map(({ LoadBalancerName }) => LoadBalancerName)
      : (await account.loadBalancers()).map(({ LoadBalancerArn }) => LoadBalancerArn);
  if (!ids.includes(id)) return undefined;
  const totals = await Promise.all(usageMetrics(id).map((metric) => account.total(metric, since)));
  return totals.reduce((sum, total) => sum + total, 0);
}
