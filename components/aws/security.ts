import { SecurityGroup, type SecurityGroupArgs } from "@pulumi/aws/ec2/securityGroup";
import type * as pulumi from "@pulumi/pulumi";
import { type Transforms, transformed } from "../transform";
import { type RuleChildren, ruleMakers, tcp, WORLD } from "./security-rules";

/** Who may talk to whom in an app. */
export interface SecuritySpec {
  readonly vpcId: pulumi.Input<string>;
  /** Ports of the load balancers that the world reaches. */
  readonly publicPorts: readonly number[];
  /** Port that the instances listen on. */
  readonly port: number;
  /** Port that health checks ask; default the same. */
  readonly healthPort?: number | undefined;
}

/** The args that a transform can change. */
export interface SecurityChildren extends RuleChildren {
  loadBalancerSecurityGroup: SecurityGroupArgs;
  instanceSecurityGroup: SecurityGroupArgs;
}

export interface Security {
  readonly loadBalancerGroup: SecurityGroup;
  readonly instanceGroup: SecurityGroup;
  /** Without all of these an instance can't be reached, or can't reach what it needs to start. */
  readonly rules: pulumi.Resource[];
}

/**
 * Makes one security group for all load balancers of an app and one for all its instances. The world reaches the load
 * balancers on their public ports only, the load balancers the instances on the app's port and that of health checks only, and nothing else
 * reaches an instance; instances reach the world, to load what they need. The groups have no rules but these: the
 * provider takes away the one that AWS gives every group
 * (https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup/).
 *
 * @param protect whether Pulumi refuses to delete or replace the groups; rules follow the ports
 */
export function makeSecurity(
  name: string,
  { vpcId, publicPorts, port, healthPort = port }: SecuritySpec,
  transform: Transforms<SecurityChildren>,
  opts: pulumi.CustomResourceOptions,
  protect = false,
): Security {
  const loadBalancerGroup = new SecurityGroup(
    `${name}-elb`,
    transformed({ vpcId, description: "Load balancers" }, transform.loadBalancerSecurityGroup),
    { ...opts, protect },
  );
  const instanceGroup = new SecurityGroup(
    `${name}-instances`,
    transformed({ vpcId, description: "Instances" }, transform.instanceSecurityGroup),
    { ...opts, protect },
  );
  const { ingress, egress } = ruleMakers(name, transform, opts);
  const elb = loadBalancerGroup.id;
  const instances = instanceGroup.id;

  const rules = [
    ...publicPorts.flatMap((at) =>
      Object.entries(WORLD).map(([family, world]) =>
        ingress(`elb-from-${family}-${at}`, { securityGroupId: elb, ...world, ...tcp(at) }),
      ),
    ),
    ...Object.entries({ "": port, ...(healthPort !== port && { "-health": healthPort }) }).flatMap(
      ([ending, at]) => [
        egress(`elb-to-instances${ending}`, {
          securityGroupId: elb,
          referencedSecurityGroupId: instances,
          ...tcp(at),
        }),
        ingress(`instances-from-elb${ending}`, {
          securityGroupId: instances,
          referencedSecurityGroupId: elb,
          ...tcp(at),
        }),
      ],
    ),
    ...Object.entries(WORLD).map(([family, world]) =>
      egress(`instances-to-${family}`, { securityGroupId: instances, ...world, ipProtocol: "-1" }),
    ),
  ];
  return { loadBalancerGroup, instanceGroup, rules };
}
