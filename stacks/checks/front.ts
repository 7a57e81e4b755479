import { edgeFronts, type FrontKind, type FrontName, fronts } from "../../components/aws/fronts";
import { formatWeight, hundredths } from "../../components/traffic";
import { canariesOf } from "../apps";
import type { Problem } from "../problems";
import type { AwsSettings, Parsed } from "../schema";
import { healthProblems } from "./health";

/** The kinds of load balancers that a stack has: the one that serves first. */
export const frontsOf = ({ loadBalancer, formerLoadBalancer }: AwsSettings): FrontName[] => [
  loadBalancer,
  ...(formerLoadBalancer === undefined ? [] : [formerLoadBalancer]),
];

/** Problems of the settings of load balancers, and of what they ask of the apps. */
export function frontProblems(parsed: Parsed, aws: AwsSettings): Problem[] {
  const kinds = frontsOf(aws).map((name) => fronts[name]);
  const [serving] = kinds;
  const takers = [...kinds, ...(aws.edge === undefined ? [] : [edgeFronts[aws.edge.loadBalancer]])];
  const problems = [
    ...misplaced(
      aws,
      ({ takes }) => takes,
      takers.flatMap(({ takes }) => takes),
    ),
    // A kind that does not serve sizes no group.
    ...misplaced(aws, ({ sizedBy }) => [sizedBy], [fronts[aws.loadBalancer].sizedBy]),
  ];
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
  for (const [key, value, allowed] of [...new Set(kinds)].flatMap((kind) => kind.problems(aws)))
    problems.push({ key: `aws.${key}`, value, allowed });
  problems.push(...healthProblems("aws.healthCheck", aws.healthCheck), ...crowded(parsed, kinds));
  if (serving?.byInstances === false) problems.push(...undersized(parsed, aws));
  return problems;
}

/**
 * Settings that none of the stack's kinds takes.
 *
 * @param taken those that a kind takes, of the ones in question
 * @param here those that the stack's kinds take
 */
function misplaced(
  aws: AwsSettings,
  taken: (kind: FrontKind) => readonly (keyof AwsSettings)[],
  here: readonly (keyof AwsSettings)[],
): Problem[] {
  const names = Object.keys(fronts) as FrontName[];
  return [...new Set(names.flatMap((name) => taken(fronts[name])))]
    .filter((key) => aws[key] !== undefined && aws[key] !== false && !here.includes(key))
    .map((key) => {
      const takers = names.filter((name) => taken(fronts[name]).includes(key));
      const allowed = `with aws.loadBalancer ${takers.join(" or ")} only, not ${aws.loadBalancer}`;
      return { key: `aws.${key}`, value: aws[key], allowed };
    });
}

/** Apps with more canaries than the stack's load balancers take. */
function crowded(parsed: Parsed, kinds: readonly FrontKind[]): Problem[] {
  return Object.entries(parsed.apps).flatMap(([name, app]) => {
    const canaries = canariesOf(parsed, name, app).length;
    const { bound } = kinds.find(({ bound }) => bound !== undefined && canaries > bound.canaries) ?? {};
    if (bound === undefined) return [];
    const allowed = `at most ${bound.canaries}, as ${bound.reason}`;
    return [{ key: `apps.${name}.canaries`, value: canaries, allowed }];
  });
}

/** Canaries with fewer instances than their share of the traffic needs: no weight changes their size. */
function undersized(parsed: Parsed, { fleetSize, canarySize }: AwsSettings): Problem[] {
  if (canarySize === undefined) return [];
  const key = "aws.canarySize";
  if (canarySize > fleetSize) {
    return [{ key, value: canarySize, allowed: `at most aws.fleetSize, which is ${fleetSize}` }];
  }
  return Object.entries(parsed.apps).flatMap(([app, settings]) =>
    canariesOf(parsed, app, settings).flatMap(({ name, weight }): Problem[] => {
      const needed = Math.ceil((hundredths(weight) * fleetSize) / 10_000);
      if (canarySize >= needed) return [];
      const share = `${formatWeight(weight)} of what ${fleetSize} instances carry`;
      return [{ key, value: canarySize, allowed: `${needed} or more, as ${name} of ${app} takes ${share}` }];
    }),
  );
}
