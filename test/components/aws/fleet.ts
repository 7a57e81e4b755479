/** A fleet to declare, and what of it to look at. */
import { CanaryFleet } from "../../../components/aws/canary-fleet";
import type { CanaryFleetArgs } from "../../../components/aws/fleet-args";
import { type Declared, declared } from "./declared";

export const canary = {
  name: "canary",
  weight: 10,
  amiId: "ami-0b1c2d3e4f5061728",
  host: "canary.myapp.example.com",
};
export const args: CanaryFleetArgs = {
  host: "myapp.example.com",
  canaries: [canary],
  amiId: "ami-0a1b2c3d4e5f60718",
  instanceType: "m7g.large",
  port: 8080,
  healthPath: "/healthz",
  vpcId: "vpc-0a1b2c3d4e5f60718",
  publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
  fleetSize: 9,
  maxSize: 18,
  canaryMin: 0,
  zoneId: "Z0123456789ABCDEFGHIJ",
  dnsTtl: 30,
  idleTimeout: 40,
  drainingTimeout: 50,
  healthCheckGracePeriod: 120,
};
export const CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d";

export const fleet = (changes: Partial<CanaryFleetArgs> = {}): Promise<Declared[]> =>
  declared(() => new CanaryFleet("myapp", { ...args, ...changes }));

export const ofType = (resources: readonly Declared[], type: string): Declared[] =>
  resources.filter((resource) => resource.type.endsWith(`:${type}`));
