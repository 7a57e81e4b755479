import type { LoadBalancerKind } from "../../components/aws/front";
import { MOST_TARGET_GROUPS } from "../../components/aws/listener";
import { formatWeight, hundredths } from "../../components/traffic";
import { canariesOf } from "../apps";
import type { Problem } from "../problems";
import type { AwsSettings, Parsed } from "../schema";

/** Settings that only some kinds of load balancer take. */
const TAKEN_BY: Partial<Record<keyof AwsSettings, readonly LoadBalancerKind[]>> = {
  idleTimeout: ["classic", "alb"],
  redirectToHttps: ["alb"],
  stickiness: ["alb"],
  slowStart: ["alb"],
};

/** Settings that only some kinds take, and only where they serve: they size groups. */
const SIZED_BY: Partial<Record<keyof AwsSettings, readonly LoadBalancerKind[]>> = {
  canaryMin: ["classic"],
  canarySize: ["alb", "nlb"],
};

/** Problems of the settings of load balancers, and of what they ask of the apps. */
export function frontProblems(parsed: Parsed, aws: AwsSettings): Problem[] {
  const kinds = [aws.loadBalancer, ...(aws.formerLoadBalancer === undefined ? [] : [aws.formerLoadBalancer])];
  const takers = [...kinds, ...(aws.edge === undefined ? [] : [aws.edge.loadBalancer])];
  const problems = [...misplaced(aws, TAKEN_BY, takers), ...misplaced(aws, SIZED_BY, [aws.loadBalancer])];
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
  if (aws.accessLogsBucket !== undefined && aws.certificateArn === undefined && kinds.includes("nlb")) {
    const allowed = "together with aws.certificateArn only, as an NLB logs TLS requests alone";
    problems.push({ key: "aws.accessLogsBucket", value: aws.accessLogsBucket, allowed });
  }
  if (kinds.some((kind) => kind !== "classic")) problems.push(...crowded(parsed));
  if (aws.loadBalancer !== "classic") problems.push(...undersized(parsed, aws));
  return problems;
}

function misplaced(aws: AwsSettings, takers: typeof TAKEN_BY, kinds: readonly LoadBalancerKind[]): Problem[] {
  return (Object.keys(takers) as (keyof AwsSettings)[])
    .filter((key) => aws[key] !== undefined && aws[key] !== false)
    .filter((key) => !kinds.some((kind) => takers[key]?.includes(kind)))
    .map((key) => ({
      key: `aws.${key}`,
      value: aws[key],
      allowed: `with aws.loadBalancer ${takers[key]?.join(" or ")} only, not ${aws.loadBalancer}`,
    }));
}

/** Apps with more variants than a listener takes. */
function crowded(parsed: Parsed): Problem[] {
  return Object.entries(parsed.apps).flatMap(([name, app]) => {
    const canaries = canariesOf(parsed, name, app).length;
    if (canaries < MOST_TARGET_GROUPS) return [];
    const allowed = `at most ${MOST_TARGET_GROUPS - 1}, as a listener takes ${MOST_TARGET_GROUPS} target groups`;
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
