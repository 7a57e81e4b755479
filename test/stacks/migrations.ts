/** The phases of a migration as settings, and the steps from one to the next. */
import { resolve } from "node:path";
import type { StackConfiguration } from "../../offline/configuration";
import { deployed, type Preview, preview } from "../../offline/preview";
import type { ResourceState } from "../../offline/state";
import type { Op } from "../../offline/step";

const PROJECT = resolve(__dirname, "../..");

type Raw = Record<string, unknown>;

export const hosts = { host: "myapp.example.com", canaryHost: "canary.myapp.example.com" };
export const images = {
  image: "registry.example.com/myapp:1.0.0",
  canaryImage: "registry.example.com/myapp:1.1.0",
};
const network = {
  vpcId: "vpc-0a1b2c3d4e5f60718",
  publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
  zoneId: "Z0123456789ABCDEFGHIJ",
};
const fleet = { amiId: "ami-0a1b2c3d4e5f60718", canaryAmiId: "ami-0b1c2d3e4f5061728", fleetSize: 9 };
const edge = {
  amiId: "ami-0c1d2e3f405162738",
  clusterSecurityGroupIds: ["sg-0a1b2c3d4e5f60718"],
  bootstrap: {
    k3s: {
      endpoint: "https://10.0.0.1:6443",
      tokenArn: "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token",
    },
  },
};

/** The fleets alone. */
export const fleetsOnly = (change: Raw = {}): Raw => ({
  platform: "elb",
  canaryWeight: 10,
  protect: true,
  apps: { myapp: hosts },
  aws: { ...network, ...fleet },
  ...change,
});

/** Both sides, with that share of users on Kubernetes; `aws` is merged. */
export const both = (kubernetesWeight: number, { aws, ...change }: Raw = {}): Raw => ({
  ...fleetsOnly({
    platform: "migration",
    apps: { myapp: { ...hosts, ...images } },
    dns: { kubernetesWeight },
  }),
  aws: { ...network, ...fleet, edge, ...(aws as Raw | undefined) },
  ...change,
});

/** The fleets may be deleted. */
export const released = (): Raw => both(100, { aws: { protectFleets: false } });

/** The edge nodes behind a classic load balancer. */
export const classicEdge = { ...edge, loadBalancer: "classic" };

/** Kubernetes alone, behind the edge nodes. */
export const clusterOnly = ({ aws, ...change }: Raw = {}): Raw => ({
  ...fleetsOnly({ platform: "kubernetes", apps: { myapp: { ...hosts, ...images } } }),
  aws: { ...network, edge, ...(aws as Raw | undefined) },
  ...change,
});

export const configuration = (raw: Raw): StackConfiguration => ({
  project: "canary-traffic",
  namespace: "canary-traffic",
  stack: "prod",
  main: "index.ts",
  secretKeys: [],
  warnings: [],
  values: Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [
      `canary-traffic:${key}`,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  ),
});

/** By phase, what is deployed in it: the same in every test. */
const known = new Map<string, Promise<readonly ResourceState[]>>();

function deployedIn(raw: Raw): Promise<readonly ResourceState[]> {
  const key = JSON.stringify(raw);
  const states = known.get(key) ?? deployed(PROJECT, configuration(raw));
  known.set(key, states);
  return states;
}

/**
 * What an update from one phase to another would do.
 *
 * @param kept what the state has of each resource beyond what can be evaluated
 */
export const phase = async (
  from: Raw,
  to: Raw,
  kept: (state: ResourceState) => Partial<ResourceState> = () => ({}),
): Promise<Preview> =>
  preview(
    PROJECT,
    configuration(to),
    (await deployedIn(from)).map((state) => ({ ...state, ...kept(state) })),
  );

/** The URNs of the custom resources that meet any of the ops. */
export const urnsOf = ({ steps }: Preview, ...ops: readonly Op[]): string[] =>
  steps
    .filter(({ op, old, fresh }) => ops.includes(op) && (fresh ?? old)?.custom === true)
    .map(({ urn }) => urn);
