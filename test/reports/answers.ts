/** Who answers the users of each host, by the rendered objects alone: DNS, load balancers, routes, Services, pods. */
import type { Manifest } from "../../components/routers";
import { readTraefik } from "../../embedded/traefik";
import { WeightedChoice } from "../../embedded/weighted";
import type { ResourceState } from "../../offline/state";

/** Percent of a host's users by what answers them: an image, or `nobody`. */
export type Answers = Readonly<Record<string, Readonly<Record<string, number>>>>;

type Shares = Map<string, number>;

// Objects are of any shape here: a wrong path answers `undefined`, and the share goes to nobody.
// biome-ignore lint/suspicious/noExplicitAny: as above
type Loose = any;

const NOBODY = "nobody";

/** @param states of a stack that is deployed, references as placeholders */
export function answersOf(states: readonly ResourceState[]): Answers {
  const records = states.filter(({ type }) => type === "aws:route53/record:Record");
  const cluster = new Cluster(states);
  const fleets = new Fleets(states);
  const found = new Map<string, Shares>();
  for (const host of cluster.hosts()) found.set(host, cluster.sharesOf(host));
  for (const host of new Set(records.map(({ inputs }) => inputs.name as string))) {
    const own = records.filter(({ inputs }) => inputs.name === host);
    const weights = own.map(({ inputs }) => (inputs as Loose).weightedRoutingPolicies?.[0]?.weight ?? 1);
    const total = weights.reduce((sum: number, weight: number) => sum + weight, 0);
    const shares: Shares = new Map();
    own.forEach((record, i) => {
      const behind = record.name.startsWith("edge-") ? cluster.sharesOf(host) : fleets.sharesBehind(record);
      for (const [version, share] of behind) add(shares, version, (share * weights[i]) / total);
    });
    found.set(host, shares);
  }
  return Object.fromEntries([...found].map(([host, shares]) => [host, Object.fromEntries(shares)]));
}

const add = (shares: Shares, key: string, share: number): void => {
  if (share > 0) shares.set(key, (shares.get(key) ?? 0) + share);
};

/** The Auto Scaling groups behind load balancers. */
class Fleets {
  constructor(private readonly states: readonly ResourceState[]) {}

  sharesBehind({ inputs }: ResourceState): Shares {
    const target = (inputs as Loose).records?.[0] ?? (inputs as Loose).aliases?.[0]?.name;
    const balancer = this.states.find(
      ({ type, name }) => /:LoadBalancer$/.test(type) && target === `<${name}.dnsName>`,
    );
    if (balancer === undefined) return new Map([[NOBODY, 100]]);
    return balancer.type.startsWith("aws:elb/") ? this.byInstances(balancer) : this.byListener(balancer);
  }

  private byInstances({ inputs: { name } }: ResourceState): Shares {
    const groups = this.groups().filter(({ inputs }) => (inputs.loadBalancers as Loose)?.includes(name));
    const total = groups.reduce((sum, group) => sum + sizeOf(group), 0);
    const shares: Shares = new Map();
    for (const group of groups) add(shares, this.imageOf(group), (100 * sizeOf(group)) / total);
    return shares;
  }

  private byListener({ name }: ResourceState): Shares {
    const forward = this.states
      .filter(({ type, inputs }) => /:Listener$/.test(type) && inputs.loadBalancerArn === `<${name}.arn>`)
      .map(({ inputs }) => (inputs as Loose).defaultActions[0])
      .find((action: Loose) => action.type === "forward");
    const targets = forward?.forward?.targetGroups ?? [{ arn: forward?.targetGroupArn, weight: 1 }];
    const total = targets.reduce((sum: number, { weight }: Loose) => sum + weight, 0);
    const shares: Shares = new Map();
    for (const { arn, weight } of targets) {
      const group = this.groups().find(({ inputs }) => (inputs.targetGroupArns as Loose)?.includes(arn));
      const isThere = group !== undefined && sizeOf(group) > 0;
      add(shares, isThere ? this.imageOf(group) : NOBODY, (100 * weight) / total);
    }
    return shares;
  }

  private groups(): ResourceState[] {
    return this.states.filter(({ type }) => type === "aws:autoscaling/group:Group");
  }

  private imageOf({ name }: ResourceState): string {
    const template = this.states.find((state) => /:LaunchTemplate$/.test(state.type) && state.name === name);
    return String(template?.inputs.imageId ?? NOBODY);
  }
}

const sizeOf = ({ inputs }: ResourceState): number => Number(inputs.desiredCapacity ?? inputs.minSize);

/** Routes, Services and Deployments of a cluster. */
class Cluster {
  private readonly objects: Loose[];

  constructor(states: readonly ResourceState[]) {
    this.objects = states.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => inputs);
  }

  private of(kind: string): Loose[] {
    return this.objects.filter((object) => object.kind === kind);
  }

  hosts(): string[] {
    return [...new Set(this.routes().map(({ host }) => host))];
  }

  sharesOf(host: string): Shares {
    const route = this.routes()
      .filter((one) => one.host === host)
      .sort((a, b) => b.priority - a.priority)
      .find(({ services }) =>
        services.every(({ name }) => this.of("Service").some((one) => one.metadata.name === name)),
      );
    const shares: Shares = new Map();
    if (route === undefined) return new Map([[NOBODY, 100]]);
    const choice = new WeightedChoice(
      route.services.map(({ name, weight }) => ({ value: name, weight: Math.round(weight * 100) })),
    );
    const services = new Map<string, number>();
    for (let i = 0; i < REQUESTS; i++) add(services, choice.next() ?? NOBODY, 1);
    for (const [service, count] of services)
      for (const [image, share] of this.behind(service)) add(shares, image, (share * count) / REQUESTS);
    return shares;
  }

  /** Pods behind a Service share its requests. */
  private behind(service: string): Shares {
    const selector =
      this.of("Service").find(({ metadata }) => metadata.name === service)?.spec.selector ?? {};
    const pods = this.of("Deployment").filter(({ spec }) =>
      Object.entries(selector).every(([key, value]) => spec.template.metadata.labels[key] === value),
    );
    const total = pods.reduce((sum, { spec }) => sum + spec.replicas, 0);
    const shares: Shares = new Map();
    for (const { spec } of pods)
      add(shares, spec.template.spec.containers[0].image, (100 * spec.replicas) / total);
    return shares.size === 0 ? new Map([[NOBODY, 100]]) : shares;
  }

  private routes(): { host: string; priority: number; services: { name: string; weight: number }[] }[] {
    return [
      ...readTraefik(
        this.objects.filter(({ kind }) => /^(IngressRoute|TraefikService)$/.test(kind)) as Manifest[],
      ).map((route) => ({ ...route, services: [...route.services] })),
      ...this.of("HTTPRoute").flatMap(({ spec }) =>
        (spec.hostnames ?? []).map((host: string) => ({
          ...{ host, priority: 0 },
          services: spec.rules[0].backendRefs.map(({ name, weight = 1 }: Loose) => ({ name, weight })),
        })),
      ),
      ...this.ingresses(),
    ];
  }

  /** Ingresses, and by ingress-nginx's annotations a canary beside each. */
  private ingresses(): ReturnType<Cluster["routes"]> {
    const weightOf = ({ metadata }: Loose): number | undefined =>
      metadata.annotations?.["nginx.ingress.kubernetes.io/canary"] === "true"
        ? Number(metadata.annotations["nginx.ingress.kubernetes.io/canary-weight"] ?? 0) /
          Number(metadata.annotations["nginx.ingress.kubernetes.io/canary-weight-total"] ?? 100)
        : undefined;
    const rules = this.of("Ingress").flatMap((object) =>
      object.spec.rules.map((rule: Loose) => ({
        host: rule.host as string,
        service: rule.http.paths[0].backend.service.name as string,
        weight: weightOf(object),
      })),
    );
    const mains = rules.filter(({ weight }) => weight === undefined);
    return mains.map(({ host, service }) => {
      const canary = rules.find((rule) => rule.host === host && rule.weight !== undefined);
      const share = canary?.weight ?? 0;
      const services = [
        { name: service, weight: 100 * (1 - share) },
        ...(canary === undefined ? [] : [{ name: canary.service, weight: 100 * share }]),
      ];
      return { host, priority: 0, services };
    });
  }
}

/** A cycle of weights in hundredths of a percent. */
const REQUESTS = 10_000;
