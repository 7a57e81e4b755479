import { awsTypes } from "../../components/aws/types";
import { isObject, type Properties, UNKNOWN, type Value } from "../../offline/values";
import { type AddressRange, isWorld, rangeOf } from "../address-ranges";
import { type GraphResource, labelOf } from "../graph";
import type { ResourceRule } from "../rule";

/** Ports that load balancers and edge nodes serve users on. */
const ENTRY_PORTS = [80, 443];

/**
 * Rules of all groups count together: the world may come in pieces, `0.0.0.0/1` and `128.0.0.0/1`, and which group a rule is for may
 * not be known yet. Of prefix lists those of the stack are read, and for the same reason all of them.
 */
export const publicPortsRule: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "Security groups let the whole world in on ports 80 and 443 only",
  check: ({ resources }) => {
    const lists = resources.flatMap(prefixes);
    const opened = resources.flatMap((resource) =>
      ingress(resource)
        .map((rule) => openingOf(resource, rule, lists))
        .filter(({ rule, ranges }) => ranges.length > 0 && !isEntry(rule)),
    );
    const world = publicOnes(opened);
    return opened
      .filter((one) => world.has(one))
      .map(({ resource, rule }) => ({
        urn: resource.urn,
        message: `${labelOf(resource)} lets the whole world in on ${portsOf(rule)}${inPieces(rule)}; allowed: tcp ports ${ENTRY_PORTS.join(" and ")}`,
      }));
  },
};

/** A rule for what comes in. */
interface Opening {
  readonly resource: GraphResource;
  readonly rule: Properties;
  readonly ranges: readonly AddressRange[];
  readonly protocol: string;
  readonly first: number;
  readonly last: number;
}

const MOST_PORT = 65_535;
const ALL_PROTOCOLS = "-1";

function openingOf(resource: GraphResource, rule: Properties, lists: readonly AddressRange[]): Opening {
  const protocol = String(protocolOf(rule)).toLowerCase();
  const all = protocol === ALL_PROTOCOLS;
  const port = (value: Value | undefined, otherwise: number): number =>
    all || typeof value === "boolean" || !Number.isFinite(Number(value ?? Number.NaN))
      ? otherwise
      : Number(value);
  const usesLists = [rule.prefixListId, rule.prefixListIds]
    .flat()
    .some((id) => id !== undefined && id !== null);
  return {
    resource,
    rule,
    ranges: [...rangesOf(rule), ...(usesLists ? lists : [])],
    protocol: PROTOCOL_NUMBERS[protocol] ?? protocol,
    first: port(rule.fromPort, 0),
    last: port(rule.toPort, MOST_PORT),
  };
}

const PROTOCOL_NUMBERS: Readonly<Record<string, string>> = { 6: "tcp", 17: "udp", 1: "icmp", 58: "icmpv6" };

/** Those that let the world in, alone or with others, on a port that they share. */
function publicOnes(openings: readonly Opening[]): Set<Opening> {
  const found = new Set<Opening>();
  for (const protocol of new Set(openings.map((one) => one.protocol))) {
    const alike = openings.filter((one) => one.protocol === protocol || one.protocol === ALL_PROTOCOLS);
    for (const start of new Set(alike.map(({ first }) => first))) {
      const there = alike.filter(({ first, last }) => first <= start && start <= last);
      const alone = there.filter(({ ranges }) => isWorld(ranges));
      const pieces = there.filter((one) => !alone.includes(one));
      for (const one of alone) found.add(one);
      if (isWorld(pieces.flatMap(({ ranges }) => ranges))) for (const one of pieces) found.add(one);
    }
  }
  return found;
}

/** The rules for what comes in, in each of the ways that AWS's provider takes them. */
function ingress({ type, props }: GraphResource): Properties[] {
  if (type === awsTypes.ingressRule) return [props];
  if (type === "aws:ec2/securityGroupRule:SecurityGroupRule") return props.type === "ingress" ? [props] : [];
  if (!GROUPS.includes(type) || !Array.isArray(props.ingress)) return [];
  return props.ingress.filter((rule) => isObject(rule));
}

const GROUPS = [awsTypes.securityGroup, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"];

/** What a prefix list of the stack holds. */
function prefixes({ type, props }: GraphResource): AddressRange[] {
  if (type === "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry")
    return rangesOf({ cidrIpv4: props.cidr ?? null });
  if (type !== "aws:ec2/managedPrefixList:ManagedPrefixList" || !Array.isArray(props.entries)) return [];
  return props.entries.flatMap((entry) =>
    isObject(entry) ? rangesOf({ cidrIpv4: entry.cidr ?? null }) : [],
  );
}

const rangesOf = ({ cidrIpv4, cidrIpv6, cidrBlocks, ipv6CidrBlocks }: Properties): AddressRange[] =>
  [cidrIpv4, cidrIpv6, cidrBlocks, ipv6CidrBlocks].flat().flatMap((text) => rangeOf(String(text)) ?? []);

const protocolOf = ({ ipProtocol, protocol }: Properties): Value | undefined => ipProtocol ?? protocol;

/** Whether the ports are one that users enter by; one that is not known yet counts as such. */
function isEntry(rule: Properties): boolean {
  const entry = (port: Value | undefined): boolean => port === UNKNOWN || ENTRY_PORTS.includes(Number(port));
  const one = rule.fromPort === rule.toPort && entry(rule.fromPort);
  return one && ["tcp", "6", UNKNOWN].includes(String(protocolOf(rule)).toLowerCase());
}

function portsOf(rule: Properties): string {
  const { fromPort, toPort } = rule;
  if (String(protocolOf(rule)) === ALL_PROTOCOLS || fromPort === undefined) return "all ports";
  return `${protocolOf(rule)} ${fromPort === toPort ? `port ${fromPort}` : `ports ${fromPort} to ${toPort}`}`;
}

const inPieces = (rule: Properties): string =>
  isWorld(rangesOf(rule)) ? "" : ", in pieces with other rules";
