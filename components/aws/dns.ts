import type { RecordArgs } from "@pulumi/aws/route53/record";
import type * as pulumi from "@pulumi/pulumi";

/** A host name and the load balancer that it leads to. */
export interface RecordSpec {
  readonly host: string;
  readonly loadBalancerDnsName: pulumi.Input<string>;
  /** Hosted zone of the host name, which can't be the zone's own name: that takes no CNAME. */
  readonly zoneId: pulumi.Input<string>;
  /** Seconds that answers may be kept. */
  readonly ttl: number;
}

/**
 * Args of a weighted CNAME record, so that a second record can take a share of the host name later: a simple record
 * can't stand beside a weighted one of the same name, and changing one into the other has failed
 * (https://github.com/hashicorp/terraform-provider-aws/issues/11485). Alone in its name it gets all requests.
 */
export function recordArgs({ host, loadBalancerDnsName, zoneId, ttl }: RecordSpec): RecordArgs {
  return {
    zoneId,
    name: host,
    type: "CNAME",
    ttl,
    records: [loadBalancerDnsName],
    setIdentifier: "elb",
    weightedRoutingPolicies: [{ weight: 100 }],
  };
}
