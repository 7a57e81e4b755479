import { balancerOfListener, type Existing, placeInArn } from "../../components/aws/existing";
import { type FrontKind, type FrontName, fronts } from "../../components/aws/fronts";
import { canariesOf } from "../apps";
import { hasAllExisting } from "../fleets";
import { isFleetsAlone, platforms } from "../platforms";
import type { Problem } from "../problems";
import type { AwsSettings, Parsed, ParsedApp } from "../schema";

type Raw = Readonly<Record<string, unknown>>;

/** Settings of `aws` that every stack's fleets read. */
const ALWAYS = ["loadBalancer", "protectFleets"];

/** Settings of an app and of its canaries that only a fleet of the program's could follow. */
const OF_MADE = ["port", "healthPath", "canaryHost"];
const OF_MADE_CANARIES = ["amiId", "host"];

/**
 * Problems of fleets that others make.
 *
 * @param raw what `parsed` was made of, without its defaults
 */
export function existingProblems(parsed: Parsed, aws: AwsSettings, raw: Raw): Problem[] {
  if (!isFleetsAlone(platforms[parsed.platform])) return [];
  const kind = fronts[aws.loadBalancer];
  const apps = Object.entries(parsed.apps).flatMap(([name, { existing }]) =>
    existing === undefined ? [] : [{ name, existing }],
  );
  return [
    ...(hasAllExisting(parsed.apps) ? unread("aws", mapAt(raw, "aws"), [...ALWAYS, ...reads(kind)]) : []),
    ...apps.flatMap(({ name, existing }) => [
      ...madeOnly(name, mapAt(raw, "apps", name), kind),
      ...missing(name, existing, aws.loadBalancer),
      ...variants(parsed, name, existing, kind),
      ...listeners(name, existing, aws.loadBalancer),
      ...targetGroups(name, existing),
      ...hosts(name, parsed.apps[name], kind),
    ]),
    ...shared(apps, kind),
  ];
}

const reads = ({ existing }: FrontKind): readonly string[] => existing.reads;

const refusal = "no such key for a fleet that others make: they set it";

const unread = (path: string, given: Raw, read: readonly string[]): Problem[] =>
  Object.entries(given)
    .filter(([key]) => !read.includes(key))
    .map(([key, value]) => ({ key: `${path}.${key}`, value, allowed: refusal }));

/** What an app says of a fleet that the program does not make. */
function madeOnly(name: string, app: Raw, kind: FrontKind): Problem[] {
  const path = `apps.${name}`;
  const of = (at: string, given: Raw, keys: readonly string[]): Problem[] =>
    keys
      .filter((key) => given[key] !== undefined)
      .map((key) => ({ key: `${at}.${key}`, value: given[key], allowed: refusal }));
  return [
    ...of(path, app, OF_MADE),
    ...unread(`${path}.aws`, mapAt(app, "aws"), reads(kind)),
    ...Object.keys(mapAt(app, "canaries")).flatMap((canary) =>
      of(`${path}.canaries.${canary}`, mapAt(app, "canaries", canary), OF_MADE_CANARIES),
    ),
  ];
}

/** Keys that the kind of load balancer needs, and those that it does not take. */
function missing(name: string, existing: Existing, loadBalancer: FrontName): Problem[] {
  const { needs, takes } = fronts[loadBalancer].existing;
  const path = `apps.${name}.existing`;
  const lacking = needs
    .filter((key) => existing[key] === undefined)
    .map((key) => ({
      key: `${path}.${key}`,
      allowed: `${NEEDED[key]}, with aws.loadBalancer ${loadBalancer}`,
    }));
  const foreign = (Object.keys(existing) as (keyof Existing)[])
    .filter((key) => existing[key] !== undefined && ![...needs, ...takes].includes(key))
    .map((key) => ({
      key: `${path}.${key}`,
      value: existing[key],
      allowed: `with aws.loadBalancer ${takers(key).join(" or ")} only, not ${loadBalancer}`,
    }));
  return [...lacking, ...foreign];
}

const NEEDED: Readonly<Record<keyof Existing, string>> = {
  listenerArns: "a list of listeners' ARNs",
  targetGroupArns: "a target group's ARN for each variant",
  priority: "a priority",
  groups: "a group's name for each variant",
  loadBalancers: "the name of the app's load balancer, as primary",
};

const takers = (key: keyof Existing): FrontName[] =>
  (Object.keys(fronts) as FrontName[]).filter((name) => {
    const { needs, takes } = fronts[name].existing;
    return [...needs, ...takes].includes(key);
  });

/** Maps by variant that lack one, or have one that the app does not have. */
function variants(
  parsed: Parsed,
  name: string,
  existing: Existing,
  { existing: { needs } }: FrontKind,
): Problem[] {
  const app = parsed.apps[name];
  if (app === undefined) return [];
  const known = ["primary", ...canariesOf(parsed, name, app).map((canary) => canary.name)];
  const maps = (["targetGroupArns", "groups", "loadBalancers"] as const).filter((key) => needs.includes(key));
  return maps.flatMap((key): Problem[] => {
    const given = existing[key];
    if (given === undefined) return [];
    const path = `apps.${name}.existing.${key}`;
    // A canary need not have a load balancer of its own.
    const needed = key === "loadBalancers" ? ["primary"] : known;
    return [
      ...needed
        .filter((variant) => given[variant] === undefined)
        .map((variant) => ({ key: `${path}.${variant}`, allowed: `that of variant ${variant} of ${name}` })),
      ...Object.entries(given)
        .filter(([variant]) => !known.includes(variant))
        .map(([variant, value]) => ({
          key: `${path}.${variant}`,
          value,
          allowed: `a variant of the app's as key: ${known.join(", ")}`,
        })),
    ];
  });
}

/** Listeners of another kind, or of two load balancers. */
function listeners(name: string, { listenerArns = [] }: Existing, loadBalancer: FrontName): Problem[] {
  const { needs } = fronts[loadBalancer].existing;
  if (!needs.includes("listenerArns")) return [];
  const [first] = listenerArns.map(balancerOfListener);
  return listenerArns.flatMap((arn, i): Problem[] => {
    const problem = { key: `apps.${name}.existing.listenerArns[${i}]`, value: arn };
    const balancer = balancerOfListener(arn);
    if (fronts[loadBalancer].metrics.dimensionOf(balancer) === undefined)
      return [{ ...problem, allowed: `a listener of what aws.loadBalancer says, ${loadBalancer}` }];
    return balancer === first
      ? []
      : [{ ...problem, allowed: "one of the first one's load balancer, as a target group belongs to one" }];
  });
}

/** Target groups that no listener of the app's can lead to. */
function targetGroups(name: string, { listenerArns = [], targetGroupArns = {} }: Existing): Problem[] {
  const [listener] = listenerArns;
  if (listener === undefined) return [];
  return Object.entries(targetGroupArns)
    .filter(([, arn]) => placeInArn(arn) !== placeInArn(listener))
    .map(([variant, value]) => ({
      key: `apps.${name}.existing.targetGroupArns.${variant}`,
      value,
      allowed: "one of the listeners' region and account",
    }));
}

function hosts(name: string, app: ParsedApp | undefined, { existing: { hosts } }: FrontKind): Problem[] {
  const count = app === undefined ? 0 : 1 + app.hosts.length;
  if (hosts === undefined || count <= hosts.most) return [];
  const allowed = `at most ${hosts.most - 1} beside host, as ${hosts.reason}`;
  return [{ key: `apps.${name}.hosts`, value: app?.hosts, allowed }];
}

/** What two variants, or two apps, would split in two ways. */
function shared(
  apps: readonly { readonly name: string; readonly existing: Existing }[],
  kind: FrontKind,
): Problem[] {
  const owners = new Map<string, string>();
  return apps.flatMap(({ name, existing }) => {
    const path = `apps.${name}.existing`;
    const { listenerArns = [], targetGroupArns = {}, groups = {}, loadBalancers = {}, priority } = existing;
    const named = [
      ...Object.entries({ targetGroupArns, groups, loadBalancers }).flatMap(([key, map]) =>
        Object.entries(map).map(([variant, value]) => ({
          at: `${path}.${key}.${variant}`,
          value,
          is: `${key} ${value}`,
        })),
      ),
      ...listenerArns.map((value, i) => ({
        at: `${path}.listenerArns[${i}]`,
        value,
        // Apps with rules of their own share a listener.
        is: kind.existing.isShared ? `${name} ${value}` : value,
      })),
      ...(priority === undefined
        ? []
        : listenerArns.map((arn) => ({ at: `${path}.priority`, value: priority, is: `${priority} ${arn}` }))),
    ];
    return named.flatMap(({ at, value, is }): Problem[] => {
      const owner = owners.get(is);
      owners.set(is, owner ?? at);
      return owner === undefined ? [] : [{ key: at, value, allowed: `another one than ${owner}` }];
    });
  });
}

/** A map below another; empty if there is none. */
export function mapAt(raw: Raw, ...path: readonly string[]): Raw {
  const found = path.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, key) ? (at as Raw)[key] : undefined,
    raw,
  );
  return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Raw) : {};
}
