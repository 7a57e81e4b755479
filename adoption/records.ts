/** DNS records: which load balancer a host is at, and whether the record can be taken over. */

import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { awsTypes } from "../components/aws/types";
import { sameHost } from "../status/account";
import { leadsTo } from "../status/departures";
import type { Findings } from "./found";
import { recordInputs } from "./inputs";

/** A host name and what is known of it. */
export interface Host {
  readonly variant: string;
  /** Logical name of its record. */
  readonly name: string;
  readonly host: string;
  readonly zoneId: string;
  /** The zone's own name. */
  readonly zoneName: string;
  readonly records: readonly ResourceRecordSet[];
}

interface Leading<Balancer> {
  readonly record: ResourceRecordSet;
  readonly balancer: Balancer;
}

/** The records that lead to a load balancer each; AAAA lead nobody the program's way. */
function leading<Balancer extends { DNSName?: string | undefined }>(
  { records }: Host,
  balancers: readonly Balancer[],
): Leading<Balancer>[] {
  return records
    .filter(({ Type = "" }) => ["A", "CNAME"].includes(Type))
    .flatMap((record) => {
      const balancer = balancers.find(({ DNSName = "" }) => sameHost(DNSName, leadsTo(record)));
      return balancer === undefined ? [] : [{ record, balancer }];
    });
}

/** Why no weighted record of the program's can be in a host's name, or not without harm; undefined if one can. */
export function obstacle(
  at: Host,
  balancers: readonly { DNSName?: string | undefined }[],
): string | undefined {
  const [first] = leading(at, balancers);
  const why = first && whyNot(at, first.record);
  return why && `Record/${at.name}: ${at.host} has ${addresses(at).map(said).join("; ")}: ${why}`;
}

function whyNot(at: Host, record: ResourceRecordSet): string | undefined {
  const beside = addresses(at).filter(
    (other) => other !== record && !isOfIpv6(at, record, other) && !isIdle(record, other),
  );
  if ([record, ...beside].some((each) => !["simple", "weighted"].includes(policyOf(each))))
    return "Route 53 takes no weighted record in a name of another routing policy";
  if (beside.some(({ Type }) => Type !== record.Type)) return "there can be no CNAME beside another record";
  const [other] = at.records.filter(({ Type = "" }) => !ADDRESSES.includes(Type));
  if (other !== undefined && !isApex(at) && record.Type !== "CNAME")
    return `there can be no CNAME beside its ${other.Type} record`;
  return beside.length > 0 ? "a weight of the program's would change their shares" : undefined;
}

/**
 * The load balancer that a host's record leads to; takes the record if the program can declare it.
 *
 * @param at without an obstacle
 */
export function takeRecord<Balancer extends { DNSName?: string | undefined }>(
  at: Host,
  balancers: readonly Balancer[],
  findings: Findings,
): Balancer | undefined {
  const { name, host, zoneId } = at;
  const label = `Record/${name}`;
  const [first] = leading(at, balancers);
  if (first === undefined) {
    const there = addresses(at).map(said).join("; ");
    findings.notes.push(
      `${label}: which load balancer ${host} is at can't be told: no record leads to one${there && `; there is ${there}`}`,
    );
    return undefined;
  }
  const { record, balancer } = first;
  const { Type: type = "", SetIdentifier: side, Weight: weight } = record;
  findings.notes.push(
    ...addresses(at)
      .filter((other) => isIdle(record, other))
      .map(
        (other) =>
          `${label}: ${said(other)} stays as it is, outside, and gets users where all others are at 0`,
      ),
  );
  const ofIpv6 = addresses(at).filter((other) => isOfIpv6(at, record, other));
  if (isApex(at))
    findings.notes.push(
      ...ofIpv6.map(
        (other) =>
          `${label}: ${said(other)} stays as it is, outside: users of IPv6 go there and follow no dns.kubernetesWeight, ` +
          "so take it away before a migration",
      ),
    );
  if (side === undefined || weight === undefined || type !== typeAt(at)) {
    const too = isApex(at) ? "" : ofIpv6.map((other) => `, which takes away ${said(other)}`).join("");
    findings.notes.push(
      `${label}: the ${type} record of ${host} is no weighted ${isApex(at) ? "alias" : "CNAME"}, and no update can make it one; ` +
        `Route 53 can, without a gap: by the command below${too}, after which this is to be run again`,
    );
    findings.commands.push(weighing(at, record, isApex(at) ? [] : ofIpv6));
    return balancer;
  }
  if (isApex(at)) findings.set("aws.zoneName", host);
  else findings.set("aws.dnsTtl", record.TTL);
  const id = `${zoneId}_${host}_${type}_${side}`;
  findings.take({ type: awsTypes.record, name, id, live: recordInputs(zoneId, host, record) });
  return balancer;
}

const isApex = ({ zoneName, host }: Host): boolean => sameHost(zoneName, host);

/** Type of the program's record. */
const typeAt = (at: Host): "A" | "CNAME" => (isApex(at) ? "A" : "CNAME");

const ADDRESSES = ["A", "AAAA", "CNAME"];

const addresses = ({ records }: Host): ResourceRecordSet[] =>
  records.filter(({ Type = "" }) => ADDRESSES.includes(Type));

/** Whether a record beside another has no share as long as that one has a weight and is healthy. */
const isIdle = (record: ResourceRecordSet, other: ResourceRecordSet): boolean =>
  other.Weight === 0 && other.Type === record.Type && (record.Weight ?? 0) > 0;

/** Whether a record is the same for IPv6: such a one may stay beside an alias, and none beside a CNAME. */
const isOfIpv6 = (at: Host, record: ResourceRecordSet, other: ResourceRecordSet): boolean =>
  other.Type === "AAAA" && (isApex(at) || sameHost(leadsTo(other), leadsTo(record)));

/** Field of a record -> the policy that it is a mark of, if it is: a record without any is simple. */
const POLICIES: { readonly [Field in keyof Required<ResourceRecordSet>]: string | undefined } = {
  TrafficPolicyInstanceId: "a traffic policy",
  Weight: "weighted",
  Region: "latency",
  Failover: "failover",
  GeoLocation: "geolocation",
  GeoProximityLocation: "geoproximity",
  CidrRoutingConfig: "client address",
  MultiValueAnswer: "multivalue answer",
  Name: undefined,
  Type: undefined,
  SetIdentifier: undefined,
  TTL: undefined,
  ResourceRecords: undefined,
  AliasTarget: undefined,
  HealthCheckId: undefined,
};

/** Which of several records of one name Route 53 answers with. */
function policyOf(record: ResourceRecordSet): string {
  const marks = Object.entries(POLICIES).filter(([, policy]) => policy !== undefined);
  const found = marks.find(([field]) => {
    const value = record[field as keyof ResourceRecordSet];
    return value !== undefined && value !== false;
  });
  return found?.[1] ?? "simple";
}

/** Such as `CNAME "blue", weighted 90, to example.com`. */
function said(record: ResourceRecordSet): string {
  const { Type, SetIdentifier: side, Weight } = record;
  const policy = policyOf(record);
  const by = { simple: "", weighted: `, weighted ${Weight},` }[policy] ?? `, by ${policy},`;
  return `${Type}${side === undefined ? "" : ` "${side}"`}${by} to ${leadsTo(record).replace(/\.$/, "")}`;
}

const DEFAULT_TTL = 60;

/**
 * The command that puts a weighted record, as the program declares it, in the place of what is there, in one step: Route 53
 * makes all changes of a batch or none
 * (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html).
 *
 * @param gone what goes beside the record itself
 */
function weighing(at: Host, record: ResourceRecordSet, gone: readonly ResourceRecordSet[]): string {
  const { host, zoneId } = at;
  const weighted = {
    Name: host,
    Type: typeAt(at),
    SetIdentifier: "elb",
    Weight: 100,
    ...(isApex(at)
      ? { AliasTarget: record.AliasTarget }
      : { TTL: record.TTL ?? DEFAULT_TTL, ResourceRecords: [{ Value: leadsTo(record).replace(/\.$/, "") }] }),
  };
  const Changes = [
    ...[record, ...gone].map((ResourceRecordSet) => ({ Action: "DELETE", ResourceRecordSet })),
    { Action: "CREATE", ResourceRecordSet: weighted },
  ];
  const batch = JSON.stringify({ Changes }).replaceAll("'", "\\u0027");
  return `aws route53 change-resource-record-sets --hosted-zone-id ${zoneId} --change-batch '${batch}'`;
}
