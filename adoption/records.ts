/** DNS records: which load balancer a host is at, and whether the record can be taken over. */
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { sameHost } from "../status/account";
import { leadsTo } from "../status/departures";
import type { Findings } from "./found";
import { recordInputs, TYPES } from "./inputs";

/** A host name and what is known of it. */
export interface Host {
  /** Logical name of its record. */
  readonly name: string;
  readonly host: string;
  readonly zoneId: string;
  /** The zone's own name. */
  readonly zoneName: string;
  readonly records: readonly ResourceRecordSet[];
}

/** The load balancer that a host's record leads to; takes the record where the program can declare it. */
export function takeRecord<Balancer extends { DNSName?: string | undefined }>(
  at: Host,
  balancers: readonly Balancer[],
  findings: Findings,
): Balancer | undefined {
  const { name, host, zoneId, records } = at;
  const label = `Record/${name}`;
  const leading = records
    .filter(({ Type = "" }) => ["A", "CNAME"].includes(Type))
    .map((record) => ({
      record,
      balancer: balancers.find(({ DNSName = "" }) => sameHost(DNSName, leadsTo(record))),
    }));
  const [first, ...others] = leading.filter(({ balancer }) => balancer !== undefined);
  if (first === undefined || others.length > 0) {
    const why = first === undefined ? "no record leads to one" : "several records lead to one each";
    findings.notes.push(`${label}: which load balancer ${host} is at can't be told: ${why}`);
    return undefined;
  }
  const { record, balancer } = first;
  const { Type: type = "", SetIdentifier: side, Weight: weight } = record;
  const isApex = sameHost(at.zoneName, host);
  if (side === undefined || weight === undefined || type !== (isApex ? "A" : "CNAME")) {
    findings.notes.push(
      `${label}: the ${type} record of ${host} is no weighted ${isApex ? "alias" : "CNAME"}, and no update can make it one; ` +
        "Route 53 can, without a gap: by the command below, after which this is to be run again",
    );
    findings.commands.push(weighing(at, record, isApex));
    return balancer;
  }
  if (isApex) findings.set("aws.zoneName", host);
  else findings.set("aws.dnsTtl", record.TTL);
  const id = `${zoneId}_${host}_${type}_${side}`;
  findings.take({ type: TYPES.record, name, id, live: recordInputs(zoneId, host, record) });
  return balancer;
}

const DEFAULT_TTL = 60;

/**
 * The command that puts a weighted record, as the program declares it, in the place of what is there, in one step: Route 53
 * makes all changes of a batch or none
 * (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html).
 */
function weighing({ host, zoneId, records }: Host, record: ResourceRecordSet, isApex: boolean): string {
  const target = leadsTo(record);
  // An alias for IPv6 may stay beside another, and nothing beside a CNAME.
  const gone = records.filter(
    (other) => other === record || (!isApex && other.Type === "AAAA" && sameHost(leadsTo(other), target)),
  );
  const weighted = {
    ...{ Name: host, Type: isApex ? "A" : "CNAME", SetIdentifier: "elb", Weight: 100 },
    ...(isApex
      ? { AliasTarget: record.AliasTarget }
      : { TTL: record.TTL ?? DEFAULT_TTL, ResourceRecords: [{ Value: target.replace(/\.$/, "") }] }),
  };
  const Changes = [
    ...gone.map((ResourceRecordSet) => ({ Action: "DELETE", ResourceRecordSet })),
    { Action: "CREATE", ResourceRecordSet: weighted },
  ];
  const batch = JSON.stringify({ Changes }).replaceAll("'", "\\u0027");
  return `aws route53 change-resource-record-sets --hosted-zone-id ${zoneId} --change-batch '${batch}'`;
}
