import { SecurityGroup, type SecurityGroupArgs } from "@pulumi/aws/ec2/securityGroup";
import type * as pulumi from "@pulumi/pulumi";
import { INTERNAL_PORT } from "../kubernetes/traefik-config";
import { type Transforms, transformed } from "../transform";
import { type RuleChildren, ruleMakers, tcp, WORLD } from "./security-rules";

/** Ports that Traefik serves users on, of the load balancer and of the nodes. */
export const EDGE_PORTS = [80, 443] as const;

/** The args that a transform can change. */
export interface EdgeSecurityChildren extends RuleChildren {
  loadBalancerSecurityGroup: SecurityGroupArgs;
  nodeSecurityGroup: SecurityGroupArgs;
}

export interface EdgeSecurity {
  readonly loadBalancerGroup: SecurityGroup;
  readonly nodeGroup: SecurityGroup;
  /** Without all of these a node can't be reached, or can't reach what it needs to start. */
  readonly rules: pulumi.Resource[];
}

/**
 * Makes a security group for the load balancer and one for the nodes. The world reaches the load balancer on 80 and 443,
 * the load balancer the nodes on these and on Traefik's ping, and nothing else reaches a node but what the cluster's own
 * groups let in, which nodes have besides. The ping's port and NodePorts are closed to the world; nodes reach all of it.
 *
 * @param protect whether Pulumi refuses to delete or replace the groups
 */
export function makeEdgeSecurity(
  name: string,
  vpcId: pulumi.Input<string>,
  transform: Transforms<EdgeSecurityChildren>,
  opts: pulumi.CustomResourceOptions,
  protect = false,
): EdgeSecurity {
  const loadBalancerGroup = new SecurityGroup(
    `${name}-load-balancer`,
    transformed({ vpcId, description: "Load balancer of the edge" }, transform.loadBalancerSecurityGroup),
    { ...opts, protect },
  );
  const nodeGroup = new SecurityGroup(
    `${name}-nodes`,
    transformed({ vpcId, description: "Edge nodes" }, transform.nodeSecurityGroup),
    { ...opts, protect },
  );
  const { ingress, egress } = ruleMakers(name, transform, opts);
  const fromBalancer = { securityGroupId: nodeGroup.id, referencedSecurityGroupId: loadBalancerGroup.id };
  const toNodes = { securityGroupId: loadBalancerGroup.id, referencedSecurityGroupId: nodeGroup.id };
  const families = Object.entries(WORLD);

  const rules = [
    ...EDGE_PORTS.flatMap((at) =>
      families.map(([family, world]) =>
        ingress(`from-${family}-${at}`, { securityGroupId: loadBalancerGroup.id, ...world, ...tcp(at) }),
      ),
    ),
    ...[...EDGE_PORTS, INTERNAL_PORT].flatMap((at) => [
      egress(`to-nodes-${at}`, { ...toNodes, ...tcp(at) }),
      ingress(`nodes-${at}`, { ...fromBalancer, ...tcp(at) }),
    ]),
    ...families.map(([family, world]) =>
      egress(`nodes-to-${family}`, { securityGroupId: nodeGroup.id, ...world, ipProtocol: "-1" }),
    ),
  ];
  return { loadBalancerGroup, nodeGroup, rules };
}
