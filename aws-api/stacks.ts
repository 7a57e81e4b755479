/** The stacks and settings that the suite takes to AWS's APIs: a new one is a row. */

export interface Row {
  readonly title: string;
  readonly stack: string;
  /** As `-c` takes them with `--config-path`. */
  readonly settings: readonly string[];
  /** Whether it needs the account's certificate, too. */
  readonly certificate?: boolean;
}

const elb = (title: string, ...settings: string[]): Row => ({ title, stack: "prod", settings });

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
];
