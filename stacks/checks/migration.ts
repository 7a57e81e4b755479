import { type EdgeFrontName, edgeFronts } from "../../components/aws/fronts";
import { platforms } from "../platforms";
import type { Problem } from "../problems";
import type { OwnFleet, Parsed } from "../schema";

/** Problems of what fleets and edge nodes have in common in AWS. */
export function networkProblems({ aws, apps }: Parsed): Problem[] {
  if (aws === undefined) return [];
  const { zoneName } = aws;
  const problems = [
    ...repeated("aws.publicSubnetIds", aws.publicSubnetIds, "subnet"),
    ...repeated("aws.instanceSubnetIds", aws.instanceSubnetIds, "subnet"),
    ...Object.entries({ aws, ...ownOf(apps) }).flatMap(([key, { instanceSecurityGroupIds: ids }]) =>
      repeated(`${key}.instanceSecurityGroupIds`, ids, "security group"),
    ),
  ];
  if (zoneName === undefined) return problems;
  const hosts = Object.entries(apps).flatMap(([name, { host, hosts: others, canaryHost, canaries }]) => [
    { key: `apps.${name}.host`, value: host },
    ...others.map((other, i) => ({ key: `apps.${name}.hosts[${i}]`, value: other })),
    { key: `apps.${name}.canaryHost`, value: canaryHost },
    ...Object.entries(canaries).map(([canary, { host }]) => ({
      key: `apps.${name}.canaries.${canary}.host`,
      value: host,
    })),
  ]);
  const outside = hosts.filter(({ value }) => value !== undefined && !`.${value}`.endsWith(`.${zoneName}`));
  const allowed = `${zoneName}, which is aws.zoneName, or a name below it`;
  return [...problems, ...outside.map((problem) => ({ ...problem, allowed }))];
}

/** What apps have in place of `aws`, by where it stands. */
const ownOf = (apps: Parsed["apps"]): Record<string, OwnFleet> =>
  Object.fromEntries(
    Object.entries(apps).flatMap(([name, { aws }]) => (aws === undefined ? [] : [[`apps.${name}.aws`, aws]])),
  );

/** A list that names something twice. */
const repeated = (key: string, ids: readonly string[] = [], what: string): Problem[] =>
  new Set(ids).size === ids.length ? [] : [{ key, value: ids, allowed: `each ${what} once` }];

/** Problems of the edge nodes, if the platform has them. */
export function edgeProblems({ aws, platform }: Parsed): Problem[] {
  if (aws === undefined) return [];
  const { edge } = aws;
  if (edge === undefined)
    return [{ key: "aws.edge", allowed: `the edge nodes, with aws on platform ${platform}` }];
  const { minSize, maxSize, loadBalancer, groups } = edge;
  const problems: Problem[] = [];
  if (groups === "zones" && aws.instanceSubnetIds?.length === 1)
    problems.push({
      key: "aws.instanceSubnetIds",
      value: aws.instanceSubnetIds,
      allowed: "two subnet ids or more, as each group of edge nodes has every other one",
    });
  if (maxSize !== undefined && maxSize < minSize) {
    const allowed = `at least aws.edge.minSize, which is ${minSize}`;
    problems.push({ key: "aws.edge.maxSize", value: maxSize, allowed });
  }
  if (!platforms[platform].hasFleets && aws.idleTimeout !== undefined && !takesIdleTimeout(loadBalancer)) {
    const takers = (Object.keys(edgeFronts) as EdgeFrontName[]).filter(takesIdleTimeout);
    const allowed = `with aws.edge.loadBalancer ${takers.join(" or ")} only, not ${loadBalancer}`;
    problems.push({ key: "aws.idleTimeout", value: aws.idleTimeout, allowed });
  }
  return problems;
}

const takesIdleTimeout = (name: EdgeFrontName): boolean => edgeFronts[name].takes.includes("idleTimeout");

/** What keeps the sides of a migration from having the same canaries: without `canaries` a fleet has one, named `canary`. */
export function migrationProblems({ apps }: Parsed): Problem[] {
  return Object.entries(apps)
    .filter(
      ([, { canaryImage, canaries }]) => canaryImage === undefined && Object.keys(canaries).length === 0,
    )
    .map(([name]) => ({
      key: `apps.${name}.canaryImage`,
      allowed: "an image, on platform migration, as the app's fleets have a canary",
    }));
}
