import { fronts } from "../../components/aws/fronts";
import { variantName } from "../../components/traffic";
import { type CanarySettings, canariesOf } from "../apps";
import { fleetKey, isExisting, mergedFleet } from "../fleets";
import { platforms } from "../platforms";
import type { Problem } from "../problems";
import type { AwsSettings, Parsed, ParsedApp } from "../schema";
import { existingProblems } from "./existing";
import { crowded, frontProblems, frontsOf } from "./front";

/** Longest name of a load balancer or target group in AWS; Pulumi appends a hyphen and seven characters to ours. */
const LONGEST_ELB_NAME = 32 - 8;

/**
 * Problems of the settings of fleets.
 *
 * @param raw what `parsed` was made of, without its defaults
 */
export function elbProblems(parsed: Parsed, raw: Readonly<Record<string, unknown>>): Problem[] {
  if (parsed.aws === undefined)
    return [{ key: "aws", allowed: `the AWS settings, on platform ${parsed.platform}` }];
  const { aws } = parsed;
  const apps = Object.entries(parsed.apps);
  const made = apps.filter(([, app]) => !isExisting(app));
  const problems = [
    ...(made.length > 0 ? frontProblems(parsed, aws, Object.fromEntries(made)) : []),
    ...crowded(parsed, aws),
    ...existingProblems(parsed, aws, raw),
  ];
  const small = apps.flatMap(([name, app]): Problem[] => {
    const { fleetSize, maxSize } = mergedFleet(aws, app);
    if (maxSize === undefined || maxSize >= fleetSize) return [];
    const allowed = `at least ${fleetKey(name, app, "fleetSize")}, which is ${fleetSize}`;
    return [{ key: fleetKey(name, app, "maxSize"), value: maxSize, allowed }];
  });
  problems.push(...new Map(small.map((problem) => [problem.key, problem])).values());
  if (made.some(([, app]) => mergedFleet(aws, app).amiId === undefined))
    problems.push({ key: "aws.amiId", allowed: `an image id, on platform ${parsed.platform}` });
  for (const [name, app] of apps) {
    if (app.host === undefined)
      problems.push({ key: `apps.${name}.host`, allowed: "a host name such as myapp.example.com" });
    if (!platforms[parsed.platform].hasCluster && Object.keys(app.canaries).length > 0)
      problems.push(...unused(name, app));
    if (isExisting(app)) continue;
    const longest = [
      name,
      ...canariesOf(parsed, name, app).flatMap((canary) => longestNames(aws, name, canary)),
    ]
      .sort((a, b) => a.length - b.length)
      .at(-1);
    if (longest !== undefined && longest.length > LONGEST_ELB_NAME) {
      const allowed = `at most ${LONGEST_ELB_NAME} characters as a load balancer's name, ${longest} has ${longest.length}`;
      problems.push({ key: `apps.${name}`, value: longest, allowed });
    }
  }
  return problems;
}

/** The longest names of a canary's load balancers and target groups. */
const longestNames = (aws: AwsSettings, app: string, { name, host }: CanarySettings): string[] =>
  frontsOf(aws).map((kind) => fronts[kind].longestName(variantName(app, name), host !== undefined));

/** Settings of the variant `canary`, which an app with canaries of other names does not have on this platform. */
function unused(name: string, app: ParsedApp): Problem[] {
  return (["canaryWeight", "canaryHost"] as const)
    .filter((key) => app[key] !== undefined)
    .map((key) => ({ key: `apps.${name}.${key}`, value: app[key], allowed: "not together with canaries" }));
}
