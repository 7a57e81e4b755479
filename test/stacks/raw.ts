/** Configurations as stack files have them, for tests to change. */

export type Raw = Record<string, unknown>;

export const myapp = {
  host: "myapp.example.com",
  image: "registry.example.com/myapp:1.0.0",
  canaryImage: "registry.example.com/myapp:1.1.0",
};

/** The Kubernetes case, with keys replaced; `apps.myapp` is merged. */
export function dev(change: Raw): Raw {
  const apps = (change.apps ?? {}) as Record<string, Raw>;
  const merged = Object.keys(apps).length === 0 ? { myapp } : { ...apps, myapp: { ...myapp, ...apps.myapp } };
  return { platform: "kubernetes", canaryWeight: 10, ...change, apps: merged };
}

const network = {
  vpcId: "vpc-0a1b2c3d4e5f60718",
  publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
  amiId: "ami-0a1b2c3d4e5f60718",
  zoneId: "Z0123456789ABCDEFGHIJ",
};

/** The AWS case, with keys replaced; `aws` is merged. */
export function prod(change: Raw): Raw {
  const aws = { ...network, ...(change.aws as Raw | undefined) };
  return {
    platform: "elb",
    canaryWeight: 10,
    apps: { myapp: { host: "myapp.example.com" } },
    ...change,
    aws,
  };
}

export const app = (change: Raw): Raw => dev({ apps: { myapp: change } });
export const CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d";

export const aws = (change: Raw): Raw => prod({ aws: change });

export const HASH = `sha256:${"0".repeat(64)}`;
export const joinK3s = {
  endpoint: "https://10.0.0.1:6443",
  tokenArn: "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token",
};
export const edgeNodes = {
  amiId: "ami-0c1d2e3f405162738",
  clusterSecurityGroupIds: ["sg-0a1b2c3d4e5f60718"],
  bootstrap: { k3s: joinK3s },
};

/** The migration, with keys replaced; `aws` is merged. */
export function onBoth(change: Raw): Raw {
  const merged = { ...network, edge: edgeNodes, ...(change.aws as Raw | undefined) };
  return { platform: "migration", apps: { myapp }, ...change, aws: merged };
}

/** The cluster with edge nodes, with keys of `aws` replaced. */
export function onCluster(change: { aws: Raw }): Raw {
  const { amiId: _fleets, ...shared } = network;
  return dev({ aws: { ...shared, edge: edgeNodes, ...change.aws } });
}

export const edge = (change: Raw): Raw => onCluster({ aws: { edge: { ...edgeNodes, ...change } } });

const ELB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";

/** What others made of an app's fleet behind each kind of load balancer, for these variants. */
export function theirFleet(loadBalancer: "classic" | "alb" | "nlb", variants: readonly string[]): Raw {
  const each = (of: (variant: string) => string) =>
    Object.fromEntries(variants.map((variant) => [variant, of(variant)]));
  if (loadBalancer === "classic")
    return { groups: each((variant) => `web-${variant}`), loadBalancers: { primary: "web" } };
  const part = loadBalancer === "alb" ? "app" : "net";
  return {
    listenerArns: [`${ELB}:listener/${part}/web/0a1b2c3d4e5f6071/1a2b3c4d5e6f7081`],
    targetGroupArns: each((variant) => `${ELB}:targetgroup/web-${variant}/0123456789abcdef`),
  };
}

/** App myapp on a fleet that others make, with keys of the app replaced. */
export const theirs = (loadBalancer: "classic" | "alb" | "nlb", change: Raw = {}, own: Raw = {}): Raw => ({
  platform: "elb",
  canaryWeight: 10,
  apps: {
    myapp: {
      host: "myapp.example.com",
      existing: theirFleet(loadBalancer, ["primary", "canary"]),
      ...change,
    },
  },
  aws: { loadBalancer, ...own },
});
