/** What an app's fleet is made of. */
import type { GroupArgs } from "@pulumi/aws/autoscaling/group";
import type { PolicyArgs } from "@pulumi/aws/autoscaling/policy";
import type { LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import type { RecordArgs } from "@pulumi/aws/route53/record";
import type * as pulumi from "@pulumi/pulumi";
import type { Transforms } from "../transform";
import type { DnsHealthChildren } from "./dns-health";
import type { FrontName } from "./fronts";
import type { FrontChildren } from "./fronts/makers";
import type { FleetHealthCheck } from "./health-check";
import type { RootBlockDevice } from "./launch-template";
import type { SecurityChildren } from "./security";
import type { OwnTags } from "./tags";
import type { TargetTracking } from "./target-tracking";

/** One canary of a fleet. */
export interface FleetCanary {
  /**
   * Its name, which is part of its resources' names.
   *
   * @example "canary"
   */
  readonly name: string;
  /**
   * Percent of the app's requests, 0 to 100, at most two decimals; all canaries together at most 100.
   *
   * @example 10
   */
  readonly weight: number;
  /**
   * Machine image of its instances.
   *
   * @example "ami-0a1b2c3d4e5f60718"
   */
  readonly amiId: pulumi.Input<string>;
  /**
   * Host name that leads to this canary alone, whatever its weight.
   *
   * @default none
   * @example "shop.example.com"
   */
  readonly host?: string | undefined;
}

/** The args of each kind of child, for `transform`. */
export interface CanaryFleetChildren extends SecurityChildren, FrontChildren, DnsHealthChildren {
  launchTemplate: LaunchTemplateArgs;
  scalingPolicy: PolicyArgs;
  primaryGroup: GroupArgs;
  canaryGroup: GroupArgs;
  record: RecordArgs;
}

export interface CanaryFleetArgs {
  /**
   * What leads requests to the instances.
   *
   * @default classic
   * @example "alb"
   */
  readonly loadBalancer?: FrontName | undefined;
  /**
   * What led requests there before and DNS answers may still name: stays, and leads all of them to the primary.
   *
   * @default none
   * @example "classic"
   */
  readonly formerLoadBalancer?: FrontName | undefined;
  /**
   * Host name that users ask for.
   *
   * @example "shop.example.com"
   */
  readonly host: string;
  /**
   * Further host names that users ask for; `*.example.com` stands for all names below.
   *
   * @default none
   * @example ["www.shop.example.com"]
   */
  readonly hosts?: readonly string[] | undefined;
  /**
   * The canaries; the primary takes the requests that they leave.
   *
   * @default none
   * @example [{ name: "canary", weight: 10, amiId: "ami-0d1c2b3a4f5e60718" }]
   */
  readonly canaries?: readonly FleetCanary[];
  /**
   * Machine image of the primary, or `resolve:ssm:` and the name of a parameter that holds it.
   *
   * @example "ami-0a1b2c3d4e5f60718"
   */
  readonly amiId: pulumi.Input<string>;
  /**
   * Type of the instances.
   *
   * @default t3.small
   * @example "m7i.large"
   */
  readonly instanceType?: pulumi.Input<string>;
  /**
   * Script or cloud-config for the first boot of all instances, at most 16 KB.
   *
   * @default none
   * @example "#!/bin/sh\nsystemctl start shop"
   */
  readonly userData?: string | undefined;
  /**
   * Name or ARN of the instance profile of all instances.
   *
   * @default none
   * @example "shop-instances"
   */
  readonly instanceProfile?: string | undefined;
  /**
   * Key pair for SSH. The security groups let nobody in by SSH.
   *
   * @default none
   * @example "admins"
   */
  readonly keyName?: pulumi.Input<string> | undefined;
  /**
   * The root volume of the instances: `deviceName`, `volumeSize` in GiB, `kmsKeyId`.
   *
   * @default `/dev/xvda`, as in Amazon Linux images, of the image's size, encrypted by the account's default key
   * @example { deviceName: "/dev/sda1", volumeSize: 50 }
   */
  readonly rootBlockDevice?: RootBlockDevice | undefined;
  /**
   * Further security groups of the instances, which have one of the fleet's own: at most 15.
   *
   * @default none
   * @example ["sg-0a1b2c3d4e5f60718"]
   */
  readonly instanceSecurityGroupIds?: readonly pulumi.Input<string>[] | undefined;
  /**
   * Port that the app listens on.
   *
   * @default 8080
   * @example 3000
   */
  readonly port?: number;
  /**
   * Path that answers 200, or as `healthCheck.matcher` has it, when the app can serve.
   *
   * @default "/"
   * @example "/healthz"
   */
  readonly healthPath?: string;
  /**
   * How load balancers ask for it: `port`, `matcher`, `interval`, `timeout`, `healthyThreshold` and `unhealthyThreshold`.
   *
   * @default on the app's port every 10 s, with 5 s for an answer of 200, and by two answers in a row
   * @example { port: 9090, matcher: "200-299", interval: 30, healthyThreshold: 3 }
   */
  readonly healthCheck?: FleetHealthCheck | undefined;
  /**
   * The network of all of it.
   *
   * @example "vpc-0a1b2c3d4e5f60718"
   */
  readonly vpcId: pulumi.Input<string>;
  /**
   * Subnets of the load balancers, of two availability zones at least; public ones, unless `internal`.
   *
   * @example ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"]
   */
  readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Subnets of the instances, such as private ones with a way out; of the availability zones of `publicSubnetIds`.
   *
   * @default `publicSubnetIds`
   * @example ["subnet-0c1d2e3f405162738", "subnet-0d1e2f3041526374a"]
   */
  readonly instanceSubnetIds?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /**
   * Whether the load balancers have private addresses alone; `publicSubnetIds` may then be private ones.
   *
   * @default false
   * @example true
   */
  readonly internal?: boolean;
  /**
   * Instances that carry all traffic, 1 or more.
   *
   * @default 9
   * @example 4
   */
  readonly fleetSize?: number;
  /**
   * Instances that a scaling policy may grow the primary to; `fleetSize` or more.
   *
   * @default twice `fleetSize`
   * @example 20
   */
  readonly maxSize?: number;
  /**
   * Scaling policy of the primary's group, which keeps a measure near a target: `predefinedMetricType`, `targetValue` and
   * `disableScaleIn`. A canary's group never grows.
   *
   * @default none
   * @example { predefinedMetricType: "ASGAverageCPUUtilization", targetValue: 50 }
   */
  readonly targetTracking?: TargetTracking | undefined;
  /**
   * Behind a classic load balancer, instances that a canary at weight 0 keeps, for tests; 0 or more.
   *
   * @default 0
   * @example 1
   */
  readonly canaryMin?: number;
  /**
   * Behind an ALB or NLB, instances of each canary at every weight.
   *
   * @default `fleetSize`
   * @example 2
   */
  readonly canarySize?: number | undefined;
  /**
   * Hosted zone of the host names.
   *
   * @example "Z0123456789ABCDEFGHIJ"
   */
  readonly zoneId: pulumi.Input<string>;
  /**
   * Certificate for port 443; without it the load balancers serve port 80 only.
   *
   * @default none
   * @example "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
   */
  readonly certificateArn?: pulumi.Input<string> | undefined;
  /**
   * Seconds that DNS answers may be kept.
   *
   * @default 60
   * @example 30
   */
  readonly dnsTtl?: number;
  /**
   * The hosted zone's own name, if that is one of the host names.
   *
   * @default none of them is
   * @example "example.com"
   */
  readonly zoneName?: string | undefined;
  /**
   * Weight of the records beside those of another side, 0 to 255, with health checks.
   *
   * @default alone in their names, without
   * @example 128
   */
  readonly dnsWeight?: number | undefined;
  /**
   * Whether an ALB answers on port 80 with a redirect to port 443; needs a certificate.
   *
   * @default false
   * @example true
   */
  readonly redirectToHttps?: boolean | undefined;
  /**
   * ALB: whether headers that HTTP does not allow are dropped.
   *
   * @default false
   * @example true
   */
  readonly strictHttp?: boolean | undefined;
  /**
   * Seconds that a client of an ALB stays with the variant it first met, 1 to 604800.
   *
   * @default not at all
   * @example 3600
   */
  readonly stickiness?: number | undefined;
  /**
   * Seconds in which an ALB raises a new instance's share of requests to the full, 30 to 900.
   *
   * @default at once
   * @example 60
   */
  readonly slowStart?: number | undefined;
  /**
   * Bucket for the load balancers' access logs, whose policy lets AWS write to it.
   *
   * @default no logs
   * @example "example-elb-logs"
   */
  readonly accessLogsBucket?: pulumi.Input<string> | undefined;
  /**
   * Seconds that a connection may be idle at a classic load balancer or an ALB, 1 to 4000.
   *
   * @default 60
   * @example 300
   */
  readonly idleTimeout?: number;
  /**
   * Seconds that requests in flight get when an instance leaves a load balancer, 1 to 3600.
   *
   * @default 60
   * @example 120
   */
  readonly drainingTimeout?: number;
  /**
   * Seconds that a new instance has before a failed health check ends it.
   *
   * @default 300
   * @example 600
   */
  readonly healthCheckGracePeriod?: number;
  /**
   * Tags of all that is made of it, instances with their volumes included, at most 45; groups keep `Name`, `app` and `track` of their own.
   *
   * @default none
   * @example { "cost-center": "shop" }
   */
  readonly tags?: OwnTags | undefined;
  /**
   * Whether Pulumi refuses to delete or replace load balancers, groups, security groups and records, and AWS to
   * delete an ALB or NLB.
   *
   * @default false
   * @example true
   */
  readonly protect?: boolean;
  /**
   * Changes to the args of children.
   *
   * @default none
   * @example { launchTemplate: (args) => ({ ...args, ebsOptimized: "true" }) }
   */
  readonly transform?: Transforms<CanaryFleetChildren>;
}
