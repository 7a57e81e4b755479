/** Settings of AWS and of edge nodes that are refused. */

import { aws, CERTIFICATE, dev, edge, edgeNodes, HASH, joinK3s, onBoth, onCluster, prod } from "../raw";
import type { BadSettings } from ".";

export const badAws: BadSettings = [
  {
    title: "a misspelt AWS key",
    raw: aws({ vpcid: "vpc-0a1b2c3d" }),
    line: /^aws\.vpcid: no such key, did you mean vpcId\? allowed: vpcId, /,
  },
  {
    title: "a region beside the provider's",
    raw: aws({ region: "eu-west-1" }),
    line: /^aws\.region: no such key here, as aws:region is the whole stack's, and another region takes /,
  },
  {
    title: "a role for the hosted zone",
    raw: aws({ zoneRoleArn: "arn:aws:iam::123456789012:role/dns" }),
    line: /^aws\.zoneRoleArn: no such key here, as aws:assumeRoles gives the whole stack a role, /,
  },
  {
    title: "an app's own certificate",
    raw: prod({ apps: { myapp: { host: "a.example.com", aws: { certificateArn: CERTIFICATE } } } }),
    line: /^apps\.myapp\.aws\.certificateArn: no such key here, as certificateArn stands in aws, /,
  },
  {
    title: "platform elb without its settings",
    raw: { ...prod({}), aws: {} },
    line: /^aws is missing: set it to the AWS settings, on platform elb$/,
  },
  {
    title: "one subnet",
    raw: aws({ publicSubnetIds: ["subnet-0a1b2c3d4e5f60718"] }),
    line: /^aws\.publicSubnetIds is .*; allowed: two subnet ids or more/,
  },
  {
    title: "a subnet twice",
    raw: aws({ publicSubnetIds: ["subnet-0a1b2c3d", "subnet-0a1b2c3d"] }),
    line: /^aws\.publicSubnetIds is .*; allowed: each subnet once$/,
  },
  {
    title: "a subnet of instances twice",
    raw: aws({ instanceSubnetIds: ["subnet-0a1b2c3d", "subnet-0a1b2c3d"] }),
    line: /^aws\.instanceSubnetIds is .*; allowed: each subnet once$/,
  },
  {
    title: "a subnet of instances that is none",
    raw: aws({ instanceSubnetIds: ["private-a"] }),
    line: /^aws\.instanceSubnetIds\[0\] is "private-a"; allowed: a subnet id such as subnet-/,
  },
  {
    title: "one subnet for two groups of edge nodes",
    raw: onCluster({ aws: { instanceSubnetIds: ["subnet-0a1b2c3d"] } }),
    line: /^aws\.instanceSubnetIds is .*; allowed: two subnet ids or more, as each group of edge nodes has every other one$/,
  },
  {
    title: "load balancers that are half internal",
    raw: aws({ internal: "half" }),
    line: /^aws\.internal is "half"; allowed: true or false$/,
  },
  {
    title: "a security group of instances twice",
    raw: aws({ instanceSecurityGroupIds: ["sg-0a1b2c3d", "sg-0a1b2c3d"] }),
    line: /^aws\.instanceSecurityGroupIds is .*; allowed: each security group once$/,
  },
  {
    title: "more security groups than a network interface takes",
    raw: aws({ instanceSecurityGroupIds: Array.from({ length: 16 }, (_, i) => `sg-0a1b2c${10 + i}`) }),
    line: /^aws\.instanceSecurityGroupIds is .*; allowed: a list of security group ids, one to 15$/,
  },
  {
    title: "further security groups of instances on Kubernetes",
    raw: onCluster({ aws: { instanceSecurityGroupIds: ["sg-0a1b2c3d"] } }),
    line: /^aws\.instanceSecurityGroupIds is .*; allowed: on platform elb, migration only$/,
  },
  {
    title: "an answer to a health check that a classic load balancer does not look at",
    raw: aws({ healthCheck: { matcher: "200-299" } }),
    line: /^aws\.healthCheck\.matcher is "200-299"; allowed: with aws\.loadBalancer alb or nlb only, as a classic load balancer takes 200 alone$/,
  },
  {
    title: "a failure for health, by an ALB",
    raw: aws({ loadBalancer: "alb", healthCheck: { matcher: "200-503" } }),
    line: /^aws\.healthCheck\.matcher is "200-503"; allowed: codes from 200 to 499, by an ALB$/,
  },
  {
    title: "a code that is none",
    raw: aws({ loadBalancer: "nlb", healthCheck: { matcher: "2xx" } }),
    line: /^aws\.healthCheck\.matcher is "2xx"; allowed: codes such as 200, 200-299 or 200,204$/,
  },
  {
    title: "codes from the higher to the lower",
    raw: aws({ loadBalancer: "nlb", healthCheck: { matcher: "200,299-202" } }),
    line: /^aws\.healthCheck\.matcher is "200,299-202"; allowed: ranges that go up, not 299-202$/,
  },
  {
    title: "a health check that lasts longer than until the next one",
    raw: aws({ healthCheck: { timeout: 10 } }),
    line: /^aws\.healthCheck\.timeout is 10; allowed: less than aws\.healthCheck\.interval, which is 10$/,
  },
  {
    title: "health checks during which every update fails",
    raw: aws({ healthCheck: { interval: 300, healthyThreshold: 3 } }),
    line: /^aws\.healthCheck\.interval is 300; allowed: less than 200: an update fails 600 s after/,
  },
  {
    title: "a health check's key that there is not",
    raw: aws({ healthCheck: { path: "/healthz" } }),
    line: /^aws\.healthCheck\.path: no such key/,
  },
  {
    title: "a root device that is none",
    raw: aws({ rootBlockDevice: { deviceName: "sda1" } }),
    line: /^aws\.rootBlockDevice\.deviceName is "sda1"; allowed: a device such as \/dev\/sda1$/,
  },
  {
    title: "a volume larger than AWS has",
    raw: aws({ rootBlockDevice: { volumeSize: 65_537 } }),
    line: /^aws\.rootBlockDevice\.volumeSize is 65537; allowed: an integer from 1 to 65536 \(GiB\)$/,
  },
  {
    title: "a key for volumes that is none",
    raw: aws({ rootBlockDevice: { kmsKeyId: "our key" } }),
    line: /^aws\.rootBlockDevice\.kmsKeyId is "our key"; allowed: the id, the alias or the ARN of a key of KMS$/,
  },
  {
    title: "an image by a parameter without its prefix",
    raw: aws({ amiId: "/aws/service/ami" }),
    line: /^aws\.amiId is .*; allowed: an image id such as ami-0a1b2c3d4e5f60718, or resolve:ssm: and the name of a parameter$/,
  },
  {
    title: "a tag that AWS keeps for itself",
    raw: aws({ tags: { "AWS:team": "web" } }),
    line: /^aws\.tags.* is "AWS:team"; allowed: as a key, a tag's key: at most 128 letters/,
  },
  {
    title: "a tag that groups have already",
    raw: aws({ tags: { track: "canary" } }),
    line: /^aws\.tags.* is "track"; allowed: as a key, another one than Name, app, track, which groups have$/,
  },
  {
    title: "a tag's value with a sign that AWS does not take",
    raw: aws({ tags: { team: "web & shop" } }),
    line: /^aws\.tags\.team is "web & shop"; allowed: a tag's value: at most 256 letters/,
  },
  {
    title: "more tags than a resource takes",
    raw: aws({ tags: Object.fromEntries(Array.from({ length: 46 }, (_, i) => [`tag-${i}`, "x"])) }),
    line: /^aws\.tags is .*; allowed: a map of at most 45 tags$/,
  },
  {
    title: "a measure that there is not",
    raw: aws({ targetTracking: { predefinedMetricType: "CPU", targetValue: 50 } }),
    line: /^aws\.targetTracking\.predefinedMetricType is "CPU"; allowed: one of ASGAverageCPUUtilization, /,
  },
  {
    title: "a target of nothing",
    raw: aws({ targetTracking: { targetValue: 0 } }),
    line: /^aws\.targetTracking\.targetValue is 0; allowed: a number above 0$/,
  },
  {
    title: "requests of each target where none are counted",
    raw: aws({ targetTracking: { predefinedMetricType: "ALBRequestCountPerTarget", targetValue: 50 } }),
    line: /^aws\.targetTracking\.predefinedMetricType is .*; allowed: with aws\.loadBalancer alb only, not classic$/,
  },
  {
    title: "a largest size of an app below its own fleet",
    raw: { ...aws({}), apps: { myapp: { host: "myapp.example.com", aws: { fleetSize: 4, maxSize: 3 } } } },
    line: /^apps\.myapp\.aws\.maxSize is 3; allowed: at least apps\.myapp\.aws\.fleetSize, which is 4$/,
  },
  {
    title: "a network of an app's own",
    raw: { ...aws({}), apps: { myapp: { host: "myapp.example.com", aws: { vpcId: "vpc-0a1b2c3d" } } } },
    line: /^apps\.myapp\.aws\.vpcId: no such key here, as vpcId stands in aws, for every app of the stack; allowed: /,
  },
  {
    title: "a fleet of an app's own on Kubernetes",
    raw: dev({ apps: { myapp: { aws: { fleetSize: 4 } } } }),
    line: /^apps\.myapp\.aws is \{"fleetSize":4\}; allowed: on platform elb, migration only$/,
  },
  {
    title: "a size for an app's canaries whose size is their weight",
    raw: { ...aws({}), apps: { myapp: { host: "myapp.example.com", aws: { canarySize: 4 } } } },
    line: /^apps\.myapp\.aws\.canarySize is 4; allowed: with aws\.loadBalancer alb or nlb only, not classic$/,
  },
  {
    title: "a further host outside of the zone",
    raw: {
      ...aws({ zoneName: "example.com" }),
      apps: { myapp: { host: "myapp.example.com", hosts: ["myapp.example.org"] } },
    },
    line: /^apps\.myapp\.hosts\[0\] is "myapp\.example\.org"; allowed: example\.com, which is aws\.zoneName, or a name below it$/,
  },
  {
    title: "a VPC id that is none",
    raw: aws({ vpcId: "vpc-xyz" }),
    line: /^aws\.vpcId is "vpc-xyz"; allowed: a VPC id/,
  },
  {
    title: "a fleet of nobody",
    raw: aws({ fleetSize: 0 }),
    line: /^aws\.fleetSize is 0; allowed: an integer from 1/,
  },
  {
    title: "a largest size below the fleet's",
    raw: aws({ maxSize: 8 }),
    line: /^aws\.maxSize is 8; allowed: at least aws\.fleetSize, which is 9$/,
  },
  {
    title: "an idle timeout longer than AWS has",
    raw: aws({ idleTimeout: 4001 }),
    line: /^aws\.idleTimeout is 4001; allowed: an integer from 1 to 4000 \(seconds\)$/,
  },
  {
    title: "a certificate that is no ARN",
    raw: aws({ certificateArn: "my-cert" }),
    line: /^aws\.certificateArn is "my-cert"; allowed: the ARN/,
  },
  {
    title: "a kind of load balancer that there is not",
    raw: aws({ loadBalancer: "elb" }),
    line: /^aws\.loadBalancer is "elb"; allowed: one of classic, alb, nlb$/,
  },
  {
    title: "a former load balancer that is the present one",
    raw: aws({ loadBalancer: "alb", formerLoadBalancer: "alb" }),
    line: /^aws\.formerLoadBalancer is "alb"; allowed: another kind than aws\.loadBalancer$/,
  },
  {
    title: "a size for canaries whose size is their weight",
    raw: aws({ canarySize: 3 }),
    line: /^aws\.canarySize is 3; allowed: with aws\.loadBalancer alb or nlb only, not classic$/,
  },
  {
    title: "instances for a canary without weight whose size is fixed",
    raw: aws({ loadBalancer: "nlb", canaryMin: 1, formerLoadBalancer: "classic" }),
    line: /^aws\.canaryMin is 1; allowed: with aws\.loadBalancer classic only, not nlb$/,
  },
  {
    title: "fewer instances for a canary than its weight needs",
    raw: { ...aws({ loadBalancer: "alb", canarySize: 2 }), canaryWeight: 25 },
    line: /^aws\.canarySize is 2; allowed: 3 or more, as canary of myapp takes 25 % of what 9 instances carry$/,
  },
  {
    title: "more instances for a canary than for all traffic",
    raw: aws({ loadBalancer: "alb", canarySize: 10 }),
    line: /^aws\.canarySize is 10; allowed: at most aws\.fleetSize, which is 9$/,
  },
  {
    title: "a redirect by a classic load balancer",
    raw: aws({ redirectToHttps: true, certificateArn: CERTIFICATE }),
    line: /^aws\.redirectToHttps is true; allowed: with aws\.loadBalancer alb only, not classic$/,
  },
  {
    title: "a redirect by a Network Load Balancer",
    raw: aws({ loadBalancer: "nlb", redirectToHttps: true, certificateArn: CERTIFICATE }),
    line: /^aws\.redirectToHttps is true; allowed: with aws\.loadBalancer alb only, not nlb$/,
  },
  {
    title: "a redirect to where no certificate is",
    raw: aws({ loadBalancer: "alb", redirectToHttps: true }),
    line: /^aws\.redirectToHttps is true; allowed: together with aws\.certificateArn only$/,
  },
  {
    title: "stickiness of a Network Load Balancer",
    raw: aws({ loadBalancer: "nlb", stickiness: 600 }),
    line: /^aws\.stickiness is 600; allowed: with aws\.loadBalancer alb only, not nlb$/,
  },
  {
    title: "stickiness for longer than a week",
    raw: aws({ loadBalancer: "alb", stickiness: 604801 }),
    line: /^aws\.stickiness is 604801; allowed: an integer from 1 to 604800 \(seconds\)$/,
  },
  {
    title: "a slow start of a Network Load Balancer",
    raw: aws({ loadBalancer: "nlb", slowStart: 60 }),
    line: /^aws\.slowStart is 60; allowed: with aws\.loadBalancer alb only, not nlb$/,
  },
  {
    title: "a slow start that is too quick",
    raw: aws({ loadBalancer: "alb", slowStart: 29 }),
    line: /^aws\.slowStart is 29; allowed: an integer from 30 to 900 \(seconds\)$/,
  },
  {
    title: "an idle timeout of a Network Load Balancer",
    raw: aws({ loadBalancer: "nlb", idleTimeout: 60 }),
    line: /^aws\.idleTimeout is 60; allowed: with aws\.loadBalancer classic or alb only, not nlb$/,
  },
  {
    title: "an idle timeout of edge nodes behind a Network Load Balancer",
    raw: onCluster({ aws: { idleTimeout: 60 } }),
    line: /^aws\.idleTimeout is 60; allowed: with aws\.edge\.loadBalancer classic only, not nlb$/,
  },
  {
    title: "an idle timeout of a migration by Network Load Balancers alone",
    raw: onBoth({ aws: { loadBalancer: "nlb", idleTimeout: 60 } }),
    line: /^aws\.idleTimeout is 60; allowed: with aws\.loadBalancer classic or alb only, not nlb$/,
  },
  {
    title: "access logs where no request would be logged",
    raw: aws({ loadBalancer: "nlb", accessLogsBucket: "example-elb-logs" }),
    line: /^aws\.accessLogsBucket is .*; allowed: together with aws\.certificateArn only, as an NLB logs TLS/,
  },
  {
    title: "access logs by a URL",
    raw: aws({ accessLogsBucket: "s3://example-elb-logs" }),
    line: /^aws\.accessLogsBucket is .*; allowed: the name of an S3 bucket/,
  },
  {
    title: "AWS settings that are a text",
    raw: { ...prod({}), aws: "vpc-0a1b2c3d" },
    line: /^aws is "vpc-0a1b2c3d"; allowed: an object with vpcId, publicSubnetIds, zoneId, /,
  },
  {
    title: "user data beyond what AWS takes",
    raw: aws({ userData: "#".repeat(16 * 1024 + 1) }),
    line: /^aws\.userData is "#.*; allowed: a script or cloud-config of at most 16 KB$/,
  },
  {
    title: "an instance profile that is none",
    raw: aws({ instanceProfile: "arn:aws:iam::123456789012:role/shop" }),
    line: /^aws\.instanceProfile is "arn:.*; allowed: the name or the ARN of an instance profile$/,
  },
  {
    title: "a key pair without a name",
    raw: aws({ keyName: "" }),
    line: /^aws\.keyName is ""; allowed: the name of a key pair$/,
  },
  {
    title: "a fleet's size on Kubernetes",
    raw: onCluster({ aws: { fleetSize: 5 } }),
    line: /^aws\.fleetSize is 5; allowed: on platform elb, migration only$/,
  },
  {
    title: "edge nodes on AWS",
    raw: aws({ edge: edgeNodes }),
    line: /^aws\.edge is \{.*; allowed: on platform kubernetes, migration only$/,
  },
  {
    title: "shares of DNS where there is one side",
    raw: dev({ dns: { kubernetesWeight: 5 } }),
    line: /^dns is \{"kubernetesWeight":5\}; allowed: on platform migration only$/,
  },
  {
    title: "a share of DNS beyond all of it",
    raw: onBoth({ dns: { kubernetesWeight: 101 } }),
    line: /^dns\.kubernetesWeight is 101; allowed: a whole number from 0 to 100/,
  },
  {
    title: "a share of DNS that is not whole",
    raw: onBoth({ dns: { kubernetesWeight: 12.5 } }),
    line: /^dns\.kubernetesWeight is 12\.5; allowed: a whole number from 0 to 100 \(percent\)$/,
  },
  {
    title: "a migration to a cluster without edge nodes",
    raw: onBoth({ aws: { edge: undefined } }),
    line: /^aws\.edge is missing: set it to the edge nodes, with aws on platform migration$/,
  },
  {
    title: "a migration from a fleet without an image",
    raw: onBoth({ aws: { amiId: undefined } }),
    line: /^aws\.amiId is missing: set it to an image id, on platform migration$/,
  },
  {
    title: "a subnet twice on Kubernetes",
    raw: onCluster({ aws: { publicSubnetIds: ["subnet-0a1b2c3d", "subnet-0a1b2c3d"] } }),
    line: /^aws\.publicSubnetIds is .*; allowed: each subnet once$/,
  },
  {
    title: "fewer edge nodes at most than at least",
    raw: edge({ minSize: 3, maxSize: 2 }),
    line: /^aws\.edge\.maxSize is 2; allowed: at least aws\.edge\.minSize, which is 3$/,
  },
  {
    title: "groups of edge nodes of no kind",
    raw: edge({ groups: "regions" }),
    line: /^aws\.edge\.groups is "regions"; allowed: one of zones, spot$/,
  },
  {
    title: "an ALB in front of edge nodes",
    raw: edge({ loadBalancer: "alb" }),
    line: /^aws\.edge\.loadBalancer is "alb"; allowed: one of nlb, classic$/,
  },
  {
    title: "edge nodes outside of the cluster's security groups",
    raw: edge({ clusterSecurityGroupIds: [] }),
    line: /^aws\.edge\.clusterSecurityGroupIds is \[\]; allowed: a list of security group ids, one or more$/,
  },
  {
    title: "edge nodes of two clusters",
    raw: edge({
      bootstrap: { k3s: joinK3s, kubeadm: { ...joinK3s, endpoint: "a:1", caCertHashes: [HASH] } },
    }),
    line: /^aws\.edge\.bootstrap is \{.*; allowed: one of eks, kubeadm, k3s$/,
  },
  {
    title: "a join token in the settings",
    raw: edge({ bootstrap: { k3s: { ...joinK3s, tokenArn: "K10abc::node:def" } } }),
    line: /^aws\.edge\.bootstrap\.k3s\.tokenArn is .*; allowed: the ARN of a parameter of SSM or of a secret/,
  },
  {
    title: "a hash that is none",
    raw: edge({ bootstrap: { kubeadm: { ...joinK3s, endpoint: "a:1", caCertHashes: ["abc"] } } }),
    line: /^aws\.edge\.bootstrap\.kubeadm\.caCertHashes\[0\] is "abc"; allowed: a hash/,
  },
  {
    title: "an EKS cluster without its Services' addresses",
    raw: edge({
      bootstrap: {
        eks: { clusterName: "shop", endpoint: "https://a.example.com", certificateAuthority: "TQ==" },
      },
    }),
    line: /^aws\.edge\.bootstrap\.eks\.serviceCidr is missing: set it to an address range/,
  },
];
