/** The stacks and settings that the suite takes to AWS's APIs: a new one is a row. */

export interface Row {
  readonly title: string;
  readonly stack: string;
  /** That of the stack: `elb` in a project of its own, the others here. */
  readonly platform: "elb" | "kubernetes" | "migration";
  /** As `-c` takes them with `--config-path`. */
  readonly settings: readonly string[];
  /** Whether it needs the account's certificate, too. */
  readonly certificate?: boolean;
}

const elb = (title: string, ...settings: string[]): Row => ({
  title,
  stack: "prod",
  platform: "elb",
  settings,
});

const migration = (title: string, ...settings: string[]): Row => ({
  title,
  stack: "prod",
  platform: "migration",
  settings,
});

const edge = (title: string, ...settings: string[]): Row => ({
  title,
  stack: "dev",
  platform: "kubernetes",
  settings,
});

const TOKEN = "arn:aws:ssm:eu-west-1:123456789012:parameter/join-token";

export const ROWS: readonly Row[] = [
  elb("classic load balancers, canary 10 %"),
  elb("classic load balancers, canary 0 %", "canaryWeight=0", "aws.canaryMin=1"),
  elb("classic load balancers, canary 75 %", "canaryWeight=75"),
  elb("classic load balancers, canary 100 %", "canaryWeight=100"),
  elb(
    "classic load balancers, two canaries",
    "apps.shop.host=shop.example.com",
    "apps.shop.canaries.blue.weight=5",
    "apps.shop.canaries.green.weight=25",
    "apps.shop.canaries.green.host=green.shop.example.com",
  ),
  { ...elb("classic load balancers with a certificate"), certificate: true },
  elb("an ALB, canary 10 %", "aws.loadBalancer=alb"),
  {
    ...elb(
      "an ALB with a certificate, a redirect, stickiness and slow start",
      "aws.loadBalancer=alb",
      "aws.redirectToHttps=true",
      "aws.stickiness=3600",
      "aws.slowStart=60",
      "canaryWeight=0.5",
    ),
    certificate: true,
  },
  elb("an NLB, canary 25 %", "aws.loadBalancer=nlb", "canaryWeight=25"),
  elb(
    "an ALB that takes over from classic load balancers",
    "aws.loadBalancer=alb",
    "aws.formerLoadBalancer=classic",
  ),
  migration("a migration to EKS, a quarter of the way", "dns.kubernetesWeight=25"),
  migration(
    "a migration of the zone's own name, from an ALB and with spot nodes",
    "aws.zoneName=example.com",
    "apps.myapp.host=example.com",
    "aws.loadBalancer=alb",
    "aws.edge.groups=spot",
    "aws.edge.minSize=2",
  ),
  edge(
    "edge nodes of a cluster made by kubeadm, behind an NLB",
    "aws.edge.bootstrap.kubeadm.endpoint=10.0.0.1:6443",
    `aws.edge.bootstrap.kubeadm.caCertHashes[0]=sha256:${"0".repeat(64)}`,
    `aws.edge.bootstrap.kubeadm.tokenArn=${TOKEN}`,
  ),
  edge(
    "edge nodes of a cluster of k3s, behind a classic load balancer, half of them spot",
    "aws.edge.bootstrap.k3s.endpoint=https://10.0.0.1:6443",
    `aws.edge.bootstrap.k3s.tokenArn=${TOKEN}`,
    "aws.edge.loadBalancer=classic",
    "aws.edge.groups=spot",
  ),
];
