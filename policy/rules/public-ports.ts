import { awsTypes } from "../../components/aws/types";
import { isObject, type Properties, UNKNOWN, type Value } from "../../offline/values";
import { type GraphResource, labelOf } from "../graph";
import type { ResourceRule } from "../rule";

/** Ports that load balancers and edge nodes serve users on. */
const ENTRY_PORTS = [80, 443];

export const publicPortsRule: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "Security groups let the whole world in on ports 80 and 443 only",
  check: ({ resources }) =>
    resources.flatMap((resource) =>
      ingress(resource)
        .filter((rule) => isPublic(rule) && !isEntry(rule))
        .map((rule) => ({
          urn: resource.urn,
          message: `${labelOf(resource)} lets the whole world in on ${portsOf(rule)}; allowed: tcp ports ${ENTRY_PORTS.join(" and ")}`,
        })),
    ),
};

/** The rules for what comes in, in each of the three ways that AWS's provider takes them. */
function ingress({ type, props }: GraphResource): Properties[] {
  if (type === awsTypes.ingressRule) return [props];
  if (type === "aws:ec2/securityGroupRule:SecurityGroupRule") return props.type === "ingress" ? [props] : [];
  if (type !== awsTypes.securityGroup || !Array.isArray(props.ingress)) return [];
  return props.ingress.filter((rule) => isObject(rule));
}

const isPublic = ({ cidrIpv4, cidrIpv6, cidrBlocks, ipv6CidrBlocks }: Properties): boolean =>
  [cidrIpv4, cidrIpv6, cidrBlocks, ipv6CidrBlocks].flat().some((range) => /\/0$/.test(String(range)));

const protocolOf = ({ ipProtocol, protocol }: Properties): Value | undefined => ipProtocol ?? protocol;

/** Whether the ports are one that users enter by; one that is not known yet counts as such. */
function isEntry(rule: Properties): boolean {
  const entry = (port: Value | undefined): boolean => port === UNKNOWN || ENTRY_PORTS.includes(Number(port));
  const one = rule.fromPort === rule.toPort && entry(rule.fromPort);
  return one && ["tcp", "6", UNKNOWN].includes(String(protocolOf(rule)));
}

function portsOf(rule: Properties): string {
  const { fromPort, toPort } = rule;
  if (String(protocolOf(rule)) === "-1" || fromPort === undefined) return "all ports";
  return `${protocolOf(rule)} ${fromPort === toPort ? `port ${fromPort}` : `ports ${fromPort} to ${toPort}`}`;
}
