/** An AWS account that nobody made by this program, without AWS. */
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { ResponseLaunchTemplateData } from "@aws-sdk/client-ec2";
import type { LoadBalancerDescription } from "@aws-sdk/client-elastic-load-balancing";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { TheirAccount } from "../../adoption/account";

export const SUBNETS = ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"];
export const ZONE = "Z0123456789ABCDEFGHIJ";
export const [WEB, NODES] = ["sg-0a1b2c3d4e5f60718", "sg-0b1c2d3e4f5061728"];

export const dnsName = (name: string): string => `${name}-123456789.eu-west-1.elb.amazonaws.com`;

export const balancer = (name: string): LoadBalancerDescription => ({
  LoadBalancerName: name,
  DNSName: dnsName(name),
  Scheme: "internet-facing",
  VPCId: "vpc-0a1b2c3d4e5f60718",
  Subnets: SUBNETS,
  SecurityGroups: [WEB],
  ListenerDescriptions: [
    { Listener: { LoadBalancerPort: 80, Protocol: "HTTP", InstancePort: 9090, InstanceProtocol: "HTTP" } },
  ],
  HealthCheck: {
    Target: "HTTP:9090/ready",
    Interval: 30,
    Timeout: 5,
    HealthyThreshold: 2,
    UnhealthyThreshold: 2,
  },
});

export const group = (name: string, count: number, max: number, at: string[]): AutoScalingGroup => ({
  AutoScalingGroupName: name,
  MinSize: count,
  MaxSize: max,
  DesiredCapacity: count,
  LoadBalancerNames: at,
  VPCZoneIdentifier: SUBNETS.join(","),
  HealthCheckType: "ELB",
  HealthCheckGracePeriod: 300,
  DefaultCooldown: 300,
  CreatedTime: new Date(0),
  AvailabilityZones: [],
  LaunchTemplate: { LaunchTemplateId: templateOf(name), Version: "$Latest" },
});

const templateOf = (group: string): string =>
  group.includes("canary") ? "lt-0b1c2d3e4f5061728" : "lt-0a1b2c3d4e5f60718";

export const weighted = (host: string, balancer: string): ResourceRecordSet => ({
  Name: `${host}.`,
  Type: "CNAME",
  SetIdentifier: "blue",
  Weight: 100,
  TTL: 60,
  ResourceRecords: [{ Value: dnsName(balancer) }],
});

export interface Theirs {
  readonly balancers: LoadBalancerDescription[];
  readonly groups: AutoScalingGroup[];
  readonly records: ResourceRecordSet[];
  /** What launch templates have beside the usual, or in its place. */
  readonly launch?: ResponseLaunchTemplateData;
  /** Seconds; default 120. */
  readonly idleTimeout?: number;
  /** By name or id, tags of what is no group; default none. */
  readonly tags?: Readonly<Record<string, Record<string, string>>>;
  /** Name of the hosted zone; default example.com. */
  readonly zone?: string;
}

/** One shop at one load balancer, with 9 instances and a canary of 1. */
export const shop: Theirs = {
  balancers: [balancer("shop"), balancer("another")],
  groups: [
    group("shop", 9, 18, ["shop"]),
    group("shop-canary", 1, 1, ["shop"]),
    group("x", 3, 3, ["another"]),
  ],
  records: [weighted("shop.example.com", "shop")],
};

export function accountOf({
  balancers,
  groups,
  records,
  launch,
  idleTimeout = 120,
  zone = "example.com.",
  tags = {},
}: Theirs): TheirAccount {
  return {
    classicLoadBalancers: async () => balancers,
    loadBalancers: async () => [],
    listeners: async () => [],
    targetGroups: async () => [],
    zoneName: async () => zone,
    balancerAttributes: async () => ({}),
    targetGroupAttributes: async () => ({}),
    listenerRules: async () => [],
    groups: async () => groups,
    records: async (_, host) => records.filter(({ Name }) => Name === `${host}.`),
    attributes: async () => ({
      CrossZoneLoadBalancing: { Enabled: true },
      ConnectionDraining: { Enabled: true, Timeout: 60 },
      ConnectionSettings: { IdleTimeout: idleTimeout },
    }),
    launchTemplate: async (id, version) => ({
      VersionNumber: version === "$Latest" ? 7 : Number(version),
      LaunchTemplateData: {
        ImageId: id === templateOf("canary") ? "ami-0b1c2d3e4f5061728" : "ami-0a1b2c3d4e5f60718",
        InstanceType: "m7g.large",
        SecurityGroupIds: [NODES],
        ...{
          MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "required", HttpPutResponseHopLimit: 1 },
        },
        BlockDeviceMappings: [
          {
            DeviceName: "/dev/xvda",
            Ebs: { Encrypted: true, VolumeType: "gp3", DeleteOnTermination: true },
          },
        ],
        ...launch,
      },
    }),
    latestVersion: async () => 7,
    tags: async (_, id) => tags[id] ?? {},
    rules: async () => [
      {
        SecurityGroupRuleId: "sgr-0a1b2c3d4e5f60718",
        GroupId: WEB,
        IsEgress: false,
        IpProtocol: "tcp",
        FromPort: 80,
        ToPort: 80,
        CidrIpv4: "0.0.0.0/0",
      },
      {
        SecurityGroupRuleId: "sgr-0b1c2d3e4f5061728",
        GroupId: NODES,
        IsEgress: false,
        IpProtocol: "tcp",
        FromPort: 22,
        ToPort: 22,
        CidrIpv4: "10.0.0.0/8",
      },
      {
        SecurityGroupRuleId: "sgr-0c1d2e3f405162738",
        GroupId: NODES,
        IsEgress: true,
        IpProtocol: "-1",
        FromPort: -1,
        ToPort: -1,
        CidrIpv4: "0.0.0.0/0",
      },
    ],
  };
}
