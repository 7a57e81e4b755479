/** The users of a migration on Kubernetes, whom DNS takes there from AWS: `dns.kubernetesWeight`. */

import { PERSON } from "../../analysis/person";
import {
  type AnalysisPlan,
  isMove,
  type MetricPlan,
  onKubernetes,
  type Target,
  targetKey,
  type Weights,
} from "../../analysis/plan";
import type { Counting } from "../../analysis/source";
import { configured, sourceKind } from "../../analysis/sources";
import { gathered } from "../../base/gathered";
import { UserError } from "../../base/user-error";
import { ALIAS_TTL, SIDE_LABELS, type Side } from "../../components/aws/dns";
import { fronts } from "../../components/aws/fronts";
import { awsTypes } from "../../components/aws/types";
import { outputsOf, type ResourceState } from "../../offline/state";
import { type Properties, valueAt } from "../../offline/values";
import { isShared, platformsWith } from "../../stacks/platforms";
import { hasCluster, hasFleets, type MigrationSettings, type Settings } from "../../stacks/settings";
import type { Account } from "../../status/account";
import { StatusError } from "../../status/errors";
import { analysisOf } from "../plan/analysis-plan";
import { policyStep } from "../plan/policy-steps";
import type { TargetKind } from "./kind";

/** The number that both sides' records are made of, as errors name it. */
const KEY = "dns.kubernetesWeight";

export const move: TargetKind = {
  subject: SIDE_LABELS.kubernetes,
  filedAs: KEY,
  grain: 100,
  has: (targets) => targets.some(isMove),
  filed: (settings) =>
    isInMigration(settings) ? weightOf(settings.apps, settings.dns.kubernetesWeight) : {},
  refusals: (_settings, weights) =>
    Object.values(weights).every(Number.isInteger) ? [] : [`${KEY} takes whole percentages`],
  expected: (_settings, weights) =>
    Object.fromEntries(
      Object.entries(weights).map(([key, weight]) => [key, { least: weight, most: weight }]),
    ),
  policyStep(settings, targets) {
    const points = Math.floor(policyStep(settings, targets));
    if (points >= 1) return points;
    throw new UserError(
      `policies.maxStep is ${settings.policies.maxStep}: allowed: 1 or more, as ${KEY} takes whole percentages`,
    );
  },
  isByHalf: () => false,
  analysis: (settings) => pairing(settings).plan,
  nothingJudges: "rollout.analysis.metrics has none that both sides count: nothing would judge Kubernetes",
  unjudged: (settings) => pairing(settings).left,
  applied: async ({ state }, targets) => {
    const asked = valueAt(outputsOf(state), "dns.kubernetes.asked");
    if (typeof asked !== "number") return {};
    const hosts = [...recordsByHost(state).values()].map(weightsBySide);
    const share = hosts[0]?.kubernetes;
    const isSaid = hosts.every(({ elb, kubernetes }) => kubernetes === share && elb === 100 - (share ?? 0));
    // An update that was cut off may have changed all of them, and told nobody.
    return sameFor(targets, share !== undefined && isSaid ? share : asked);
  },
  observed: async ({ state }, targets, { account }) => {
    if (account === undefined) throw new StatusError("no AWS account tells the records");
    const shares = await Promise.all(
      [...recordsByHost(state)].map(([host, records]) => liveShare(host, records, account)),
    );
    if (shares.length === 0) throw new StatusError("the state has no records of both sides");
    return sameFor(targets, shares.reduce((sum, share) => sum + share, 0) / shares.length);
  },
  routing: () => isSideRecord,
  isShift:
    () =>
    ({ op, old, fresh, detailedDiff }) =>
      op === "update" &&
      old !== undefined &&
      fresh !== undefined &&
      isSideRecord(fresh) &&
      Object.keys(detailedDiff).every((path) => path === "weightedRoutingPolicies[0].weight"),
  backBy: () => " --move",
  timesToEmpty: (settings) => [stillThere(settings)],
  next: (stack) =>
    `AWS is the fallback now; once it had no users for days, canary check -s ${stack} --live tells whether it may go, as docs/migration.md says`,
};

/** Whether DNS shares users out between two sides of the stack. */
export const isInMigration = (settings: Settings): settings is MigrationSettings =>
  hasFleets(settings) && hasCluster(settings);

/** The users of all apps, whom one number takes to Kubernetes. @throws UserError if the stack is no migration */
export function chooseMove(settings: Settings): [Target, ...Target[]] {
  const [first, ...others] = settings.apps.map(({ name }) => onKubernetes(name));
  if (first !== undefined && isInMigration(settings)) return [first, ...others];
  throw new UserError(
    `--move: ${KEY} moves nobody on platform ${settings.platform}; allowed: platform ${platformsWith(isShared).join(", ")}`,
  );
}

/** Seconds that a shift takes to come to users: the longest for which an answer may be kept. */
export const answersKept = ({ aws, apps }: MigrationSettings): number =>
  Math.max(aws.dnsTtl, apps.some(({ host }) => host === aws.zoneName) ? ALIAS_TTL : 0);

function stillThere(settings: Settings): string {
  if (!isInMigration(settings)) return "";
  return (
    `DNS answers are kept for ${answersKept(settings)} s, the TTL: until then users still come to Kubernetes, ` +
    "those whose resolvers keep answers for longer, and those with open connections, after that, too"
  );
}

const weightOf = (apps: Settings["apps"], weight: number): Weights =>
  Object.fromEntries(apps.map(({ name }) => [targetKey(onKubernetes(name)), weight]));

const sameFor = (targets: readonly Target[], weight: number): Weights =>
  Object.fromEntries(targets.map((target) => [targetKey(target), weight]));

/** What counts the same on both sides; undefined if the settings have no source for a side. */
export function countedOnBoth(
  settings: Settings,
  query: string,
): Pick<MetricPlan, "source" | "against"> | undefined {
  if (!isInMigration(settings)) return undefined;
  const counting: Counting = {
    fleets: {
      loadBalancer: { name: settings.aws.loadBalancer, metrics: fronts[settings.aws.loadBalancer].metrics },
    },
    hasCluster: true,
  };
  const on = (side: Side): string | undefined =>
    configured(settings.rollout.sources).find(
      ({ kind }) => kind.side === side && kind.counts?.(query, counting) === true,
    )?.name;
  const [source, against] = [on("kubernetes"), on("elb")];
  return source === undefined || against === undefined ? undefined : { source, against };
}

/** The metrics that count the same on both sides, each by the sources of both; and those that don't. */
function pairing(settings: Settings): { readonly plan: AnalysisPlan; readonly left: string[] } {
  const plan = analysisOf(settings);
  const left: string[] = [];
  const sideOfMetric = ({ source }: MetricPlan): Side | undefined => sourceKind(source)?.side;
  const ofKubernetes = plan.metrics.filter((metric) => sideOfMetric(metric) === "kubernetes");
  const metrics = plan.metrics.flatMap((metric): MetricPlan[] => {
    if (metric.source === PERSON) return [metric];
    const sides = countedOnBoth(settings, metric.query);
    if (sides === undefined || sideOfMetric(metric) === undefined) {
      left.push(
        `metric ${metric.name} does not judge the move: ${metric.query} of ${metric.source} is not counted on both sides, ` +
          "as the built-in queries of rollout.sources.prometheus and rollout.sources.cloudwatch are",
      );
      return [];
    }
    const isOther =
      sideOfMetric(metric) === "elb" && ofKubernetes.some(({ query }) => query === metric.query);
    return isOther ? [] : [{ ...metric, ...sides }];
  });
  return { plan: { ...plan, metrics }, left };
}

/** A weighted record of one side's. */
const isSideRecord = ({ type, inputs }: Pick<ResourceState, "type" | "inputs">): boolean =>
  type === awsTypes.record && sideOf(inputs) !== undefined && weightIn(inputs) !== undefined;

const sideOf = ({ setIdentifier }: Properties): Side | undefined =>
  (Object.keys(SIDE_LABELS) as Side[]).find((side) => side === setIdentifier);

function weightIn(inputs: Properties): number | undefined {
  const weight = valueAt(inputs, "weightedRoutingPolicies[0].weight");
  return typeof weight === "number" ? weight : undefined;
}

const recordsByHost = (state: readonly ResourceState[]): Map<string, ResourceState[]> =>
  gathered(state.filter(isSideRecord), ({ inputs }) => String(inputs.name));

const weightsBySide = (records: readonly ResourceState[]): Partial<Record<Side, number>> =>
  Object.fromEntries(records.map(({ inputs }) => [sideOf(inputs), weightIn(inputs)]));

/** Percent for Kubernetes. All zero means equal: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html */
function shareOf({ elb = 0, kubernetes = 0 }: Partial<Record<Side, number>>): number {
  return elb + kubernetes === 0 ? 50 : (100 * kubernetes) / (elb + kubernetes);
}

/** What Route 53 answers by now. @throws StatusError if it does not have both sides */
async function liveShare(host: string, records: readonly ResourceState[], account: Account): Promise<number> {
  const zone = String(records[0]?.inputs.zoneId);
  const live = await account.records(zone, host);
  const weights = (Object.keys(SIDE_LABELS) as Side[]).map((side) => {
    const weight = live.find(({ SetIdentifier }) => SetIdentifier === side)?.Weight;
    if (weight === undefined)
      throw new StatusError(`DNS ${host}: zone ${zone} has no weighted record ${side}`);
    return [side, weight] as const;
  });
  return shareOf(Object.fromEntries(weights));
}
