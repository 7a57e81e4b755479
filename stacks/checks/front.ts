import { edgeFronts, type FrontKind, type FrontName, fronts } from "../../components/aws/fronts";
import { REQUESTS_PER_TARGET } from "../../components/aws/target-tracking";
import { formatWeight, hundredths } from "../../components/traffic";
import { canariesOf } from "../apps";
import { fleetKey, mergedFleet } from "../fleets";
import { formatProblem, type Problem } from "../problems";
import type { AwsSettings, Parsed, ParsedApp } from "../schema";
import { healthProblems } from "./health";

/** The kinds of load balancers that a stack has: the one that serves first. */
export const frontsOf = ({ loadBalancer, formerLoadBalancer }: AwsSettings): FrontName[] => [
  loadBalancer,
  ...(formerLoadBalancer === undefined ? [] : [formerLoadBalancer]),
];

/**
 * Problems of the settings of load balancers, and of what they ask of the apps.
 *
 * @param apps those whose fleets the program makes
 */
export function frontProblems(parsed: Parsed, aws: AwsSettings, apps: Parsed["apps"]): Problem[] {
  const kinds = frontsOf(aws).map((name) => fronts[name]);
  const [serving] = kinds;
  const takers = [...kinds, ...(aws.edge === undefined ? [] : [edgeFronts[aws.edge.loadBalancer]])];
  const problems = misplaced(
    "aws",
    aws,
    aws.loadBalancer,
    ({ takes }) => takes,
    takers.flatMap(({ takes }) => takes),
  );
  if (aws.formerLoadBalancer === aws.loadBalancer) {
    const allowed = "another kind than aws.loadBalancer";
    problems.push({ key: "aws.formerLoadBalancer", value: aws.formerLoadBalancer, allowed });
  }
  if (aws.redirectToHttps && aws.certificateArn === undefined) {
    problems.push({
      key: "aws.redirectToHttps",
      value: true,
      allowed: "together with aws.certificateArn only",
    });
  }
  // A kind that does not serve sizes no group.
  const sizedBy = [fronts[aws.loadBalancer].sizedBy];
  const sized = (key: string, of: Partial<AwsSettings>) =>
    misplaced(key, of, aws.loadBalancer, (kind) => [kind.sizedBy], sizedBy);
  problems.push(...sized("aws", aws));
  for (const [name, { aws: own }] of Object.entries(apps))
    if (own !== undefined) problems.push(...sized(`apps.${name}.aws`, own));
  for (const [name, app] of Object.entries(apps)) {
    const fleet = mergedFleet(aws, app);
    for (const [key, value, allowed] of [...new Set(kinds)].flatMap((kind) => kind.problems(fleet)))
      problems.push({ key: fleetKey(name, app, key), value, allowed });
    problems.push(...trackingProblems(name, app, fleet));
    problems.push(...healthProblems((key) => fleetKey(name, app, `healthCheck.${key}`), fleet.healthCheck));
    if (serving?.byInstances === false) problems.push(...undersized(parsed, name, app, fleet));
  }
  return eachOnce(problems);
}

/** Apps that share a setting have one problem with it. */
const eachOnce = (problems: readonly Problem[]): Problem[] =>
  problems.filter(
    (problem, i) => problems.findIndex((other) => formatProblem(other) === formatProblem(problem)) === i,
  );

/**
 * Settings that none of the stack's kinds takes.
 *
 * @param at where they stand
 * @param taken those that a kind takes, of the ones in question
 * @param here those that the stack's kinds take
 */
function misplaced(
  at: string,
  settings: Partial<AwsSettings>,
  loadBalancer: FrontName,
  taken: (kind: FrontKind) => readonly (keyof AwsSettings)[],
  here: readonly (keyof AwsSettings)[],
): Problem[] {
  const names = Object.keys(fronts) as FrontName[];
  return [...new Set(names.flatMap((name) => taken(fronts[name])))]
    .filter((key) => settings[key] !== undefined && settings[key] !== false && !here.includes(key))
    .map((key) => {
      const takers = names.filter((name) => taken(fronts[name]).includes(key));
      const allowed = `with aws.loadBalancer ${takers.join(" or ")} only, not ${loadBalancer}`;
      return { key: `${at}.${key}`, value: settings[key], allowed };
    });
}

/** A measure that the load balancer in front does not have. */
function trackingProblems(name: string, app: ParsedApp, fleet: AwsSettings): Problem[] {
  const { loadBalancer, targetTracking: { predefinedMetricType: value } = {} } = fleet;
  if (value !== REQUESTS_PER_TARGET || fronts[loadBalancer].countsByTarget) return [];
  const counting = (Object.keys(fronts) as FrontName[]).filter((kind) => fronts[kind].countsByTarget);
  const allowed = `with aws.loadBalancer ${counting.join(" or ")} only, not ${loadBalancer}`;
  return [{ key: fleetKey(name, app, "targetTracking.predefinedMetricType"), value, allowed }];
}

/** Apps with more canaries than the stack's load balancers take. */
export function crowded(parsed: Parsed, aws: AwsSettings): Problem[] {
  const kinds = frontsOf(aws).map((name) => fronts[name]);
  return Object.entries(parsed.apps).flatMap(([name, app]) => {
    const canaries = canariesOf(parsed, name, app).length;
    const { bound } = kinds.find(({ bound }) => bound !== undefined && canaries > bound.canaries) ?? {};
    if (bound === undefined) return [];
    const allowed = `at most ${bound.canaries}, as ${bound.reason}`;
    return [{ key: `apps.${name}.canaries`, value: canaries, allowed }];
  });
}

/** An app's canaries with fewer instances than their share of the traffic needs: no weight changes their size. */
function undersized(
  parsed: Parsed,
  app: string,
  settings: ParsedApp,
  { fleetSize, canarySize }: AwsSettings,
): Problem[] {
  if (canarySize === undefined) return [];
  const key = fleetKey(app, settings, "canarySize");
  if (canarySize > fleetSize) {
    const allowed = `at most ${fleetKey(app, settings, "fleetSize")}, which is ${fleetSize}`;
    return [{ key, value: canarySize, allowed }];
  }
  return canariesOf(parsed, app, settings).flatMap(({ name, weight }): Problem[] => {
    const needed = Math.ceil((hundredths(weight) * fleetSize) / 10_000);
    if (canarySize >= needed) return [];
    const share = `${formatWeight(weight)} of what ${fleetSize} instances carry`;
    return [{ key, value: canarySize, allowed: `${needed} or more, as ${name} of ${app} takes ${share}` }];
  });
}
