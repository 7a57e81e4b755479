/** Type tokens of the components that an app is on AWS: its fleets, made by the program or by others. */
export const fleetTypes = {
  made: "canary-traffic:aws:CanaryFleet",
  existing: "canary-traffic:aws:ExistingFleet",
} as const;

/** Type tokens of the resources that fleets and edge nodes are made of. */
export const awsTypes = {
  classicLoadBalancer: "aws:elb/loadBalancer:LoadBalancer",
  loadBalancer: "aws:lb/loadBalancer:LoadBalancer",
  targetGroup: "aws:lb/targetGroup:TargetGroup",
  listener: "aws:lb/listener:Listener",
  listenerRule: "aws:lb/listenerRule:ListenerRule",
  group: "aws:autoscaling/group:Group",
  scalingPolicy: "aws:autoscaling/policy:Policy",
  launchTemplate: "aws:ec2/launchTemplate:LaunchTemplate",
  securityGroup: "aws:ec2/securityGroup:SecurityGroup",
  ingressRule: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  egressRule: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  record: "aws:route53/record:Record",
};
