import type { RecordArgs } from "@pulumi/aws/route53/record";
import type * as pulumi from "@pulumi/pulumi";

/** The metric `HealthyHostCount` of a load balancer. */
export interface HealthMetric {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Name of the record of one of an app's host names, which are counted from 0. */
export const hostRecord = (app: string, position: number): string =>
  position === 0 ? app : `${app}-host-${position + 1}`;

/** A load balancer as DNS knows it. */
export interface DnsTarget {
  readonly dnsName: pulumi.Input<string>;
  /** The hosted zone that AWS keeps the load balancer's name in. */
  readonly zoneId: pulumi.Input<string>;
  /** How many healthy instances it has. */
  readonly health: HealthMetric;
}

/** Where host names are, and for how long answers are kept. */
export interface DnsZone {
  /**
   * Hosted zone of the host names.
   *
   * @example "Z0123456789ABCDEFGHIJ"
   */
  readonly zoneId: pulumi.Input<string>;
  /**
   * The zone's own name, if that is one of the host names.
   *
   * @default none of them is
   * @example "example.com"
   */
  readonly zoneName?: string | undefined;
  /** Seconds that answers may be kept. */
  readonly dnsTtl: number;
}

/** A side of a migration: what tells its records apart. */
export type Side = keyof DnsWeights;

/** Sides as people call them. */
export const SIDE_LABELS: Readonly<Record<Side, string>> = { elb: "AWS", kubernetes: "Kubernetes" };

/** One side's record of a host name. */
export interface RecordSpec extends DnsZone {
  readonly host: string;
  readonly target: DnsTarget;
  /** What tells the records of a host name apart. */
  readonly side: Side;
  /** The record's weight, 0 to 255; its share is that of the sum. */
  readonly weight: number;
  /** Tells whether the target works, for records that need it. */
  readonly healthCheckId?: pulumi.Input<string> | undefined;
}

/**
 * Whether a record learns of its target's health by a check alone. A CNAME can't ask its target. An alias can, but a load
 * balancer with target groups is unhealthy for it as soon as any of them is empty or has unhealthy instances alone, a
 * canary's, too (https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html).
 */
export const needsHealthCheck = ({
  host,
  zoneName,
  target,
}: Pick<RecordSpec, "host" | "zoneName" | "target">): boolean =>
  host !== zoneName || "TargetGroup" in target.health.dimensions;

/**
 * Args of a weighted record: weighted from the first day, so that a second record can take a share of the host name later.
 * A simple record can't stand beside a weighted one of the same name, and changing one into the other has failed
 * (https://github.com/hashicorp/terraform-provider-aws/issues/11485). Alone in its name it gets all requests.
 *
 * It is a CNAME, and for the zone's own name, which takes none, an alias. An alias of a load balancer has no TTL of its own:
 * answers may be kept for 60 s
 * (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html).
 */
export function recordArgs(spec: RecordSpec): RecordArgs {
  const { host, target, side, weight, healthCheckId } = spec;
  const checked = healthCheckId !== undefined && needsHealthCheck(spec);
  const common = {
    zoneId: spec.zoneId,
    name: host,
    setIdentifier: side,
    weightedRoutingPolicies: [{ weight }],
    ...(checked && { healthCheckId }),
  };
  if (host === spec.zoneName) {
    const alias = { name: target.dnsName, zoneId: target.zoneId, evaluateTargetHealth: !checked };
    return { ...common, type: "A", aliases: [alias] };
  }
  return { ...common, type: "CNAME", ttl: spec.dnsTtl, records: [target.dnsName] };
}

/** Seconds that answers of an alias of a load balancer may be kept, whatever its record says. */
export const ALIAS_TTL = 60;

/** Weights of the records of both sides. */
export interface DnsWeights {
  readonly elb: number;
  readonly kubernetes: number;
}

/**
 * Both sides' weights for a share of Kubernetes in percent, a whole number. They add up to 100 always, so that a record that is
 * changed beside one that is not yet makes a share between the old and the new.
 */
export const dnsWeights = (kubernetesWeight: number): DnsWeights => ({
  elb: 100 - kubernetesWeight,
  kubernetes: kubernetesWeight,
});
