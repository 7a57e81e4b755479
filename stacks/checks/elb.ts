import { canariesOf } from "../apps";
import type { Problem } from "../problems";
import type { Parsed, ParsedApp } from "../schema";

/** Longest name of a classic load balancer in AWS; Pulumi appends a hyphen and seven characters to ours. */
const LONGEST_ELB_NAME = 32 - 8;

/** Problems of the settings on platform `elb`. */
export function elbProblems(parsed: Parsed): Problem[] {
  if (parsed.aws === undefined) return [{ key: "aws", allowed: "the AWS settings, on platform elb" }];
  const { fleetSize, maxSize, publicSubnetIds } = parsed.aws;
  const problems: Problem[] = [];
  if (maxSize !== undefined && maxSize <= fleetSize) {
    problems.push({
      key: "aws.maxSize",
      value: maxSize,
      allowed: `more than aws.fleetSize, which is ${fleetSize}`,
    });
  }
  if (new Set(publicSubnetIds).size < publicSubnetIds.length) {
    problems.push({ key: "aws.publicSubnetIds", value: publicSubnetIds, allowed: "each subnet once" });
  }
  for (const [name, app] of Object.entries(parsed.apps)) {
    if (Object.keys(app.canaries).length > 0) problems.push(...unused(name, app));
    const longest = [name, ...canariesOf(parsed, name, app).map((canary) => `${name}-${canary.name}`)]
      .sort((a, b) => a.length - b.length)
      .at(-1);
    if (longest !== undefined && longest.length > LONGEST_ELB_NAME) {
      const allowed = `at most ${LONGEST_ELB_NAME} characters as a load balancer's name, ${longest} has ${longest.length}`;
      problems.push({ key: `apps.${name}`, value: longest, allowed });
    }
  }
  return problems;
}

/** Settings of the variant `canary`, which an app with canaries of other names does not have on this platform. */
function unused(name: string, app: ParsedApp): Problem[] {
  return (["canaryWeight", "canaryHost"] as const)
    .filter((key) => app[key] !== undefined)
    .map((key) => ({ key: `apps.${name}.${key}`, value: app[key], allowed: "not together with canaries" }));
}
