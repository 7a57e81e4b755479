/** Who answers the users of each host, by the rendered objects alone: DNS, load balancers, routes, Services, pods. */
import { WeightedChoice } from "../../embedded/weighted";
import { outputsOf, type ResourceState } from "../../offline/state";

/** Percent of an address's users by what answers them: images, a Service of others, or `nobody`. */
export type Answers = Readonly<Record<string, Readonly<Record<string, number>>>>;

type Shares = Map<string, number>;

// Objects are of any shape here: a wrong path answers `undefined`, and the share goes to nobody.
// biome-ignore lint/suspicious/noExplicitAny: as above
type Loose = any;

const NOBODY = "nobody";

/**
 * @param states of a stack that is deployed, references as placeholders
 * @param addresses whom to ask, as previews say them: `shop.example.com`, `*.example.com/api`, `shop.example.com/api (exact)`
 */
export function answersOf(states: readonly ResourceState[], addresses: readonly string[]): Answers {
  const records = states.filter(({ type }) => type === "aws:route53/record:Record");
  const cluster = new Cluster(states);
  const fleets = new Fleets(states);
  const answers = addresses.map((address): [string, Shares] => {
    const [, pattern = "", filed = "", exact] = /^([^/ ]+)(\/\S*)?( \(exact\))?$/.exec(address) ?? [];
    // Of what is below a path: the path itself may be another app's alone.
    const path = exact === undefined ? `${filed}/below` : filed;
    const own = records.filter(({ inputs }) => inputs.name === pattern);
    const request = { host: pattern.replace("*", "some"), path };
    if (own.length === 0) return [address, cluster.sharesOf(request)];
    const weights = own.map(({ inputs }) => (inputs as Loose).weightedRoutingPolicies?.[0]?.weight ?? 1);
    const total = weights.reduce((sum: number, weight: number) => sum + weight, 0);
    const shares: Shares = new Map();
    own.forEach((record, i) => {
      const isEdge = record.name.startsWith("edge-");
      const behind = isEdge ? cluster.sharesOf(request) : fleets.sharesBehind(record);
      for (const [version, share] of behind) add(shares, version, (share * weights[i]) / total);
    });
    return [address, shares];
  });
  return Object.fromEntries(answers.map(([address, shares]) => [address, Object.fromEntries(shares)]));
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

interface Asked {
  readonly host: string;
  readonly path: string;
}

interface Route {
  /** How much the route's rule says of a request that it takes, the greatest first; undefined if it takes others. */
  rank(asked: Asked): readonly number[] | undefined;
  readonly services: readonly { readonly name: string; readonly weight: number }[];
}

/** Routes, Services and Deployments of a cluster. */
class Cluster {
  private readonly objects: Loose[];
  /** Names of the Services that others make. */
  private readonly others: ReadonlySet<string>;
  private readonly routes: readonly Route[];

  constructor(states: readonly ResourceState[]) {
    this.objects = states.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => inputs);
    const named: Loose = outputsOf(states)?.services ?? {};
    this.others = new Set(
      Object.values(named).flatMap((variants) => Object.values(variants as Loose)) as string[],
    );
    this.routes = [...this.traefik(), ...this.gateway(), ...this.ingresses()];
  }

  private of(kind: string): Loose[] {
    return this.objects.filter((object) => object.kind === kind);
  }

  sharesOf(asked: Asked): Shares {
    const [route] = this.routes
      .flatMap(({ rank, services }) => {
        const found = rank(asked);
        return found !== undefined && services.every(({ name }) => this.has(name))
          ? [{ found, services }]
          : [];
      })
      .sort((a, b) => compare(b.found, a.found));
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

  private has(service: string): boolean {
    return this.service(service) !== undefined || this.foreign(service) !== undefined;
  }

  private service(name: string): Loose {
    return this.of("Service").find(({ metadata }) => metadata.name === name);
  }

  private foreign(name: string): string | undefined {
    return [...this.others].find((one) => one.endsWith(`/${name}`));
  }

  /** Pods behind a Service share its requests. */
  private behind(name: string): Shares {
    const service = this.service(name);
    const foreign = this.foreign(name);
    if (service === undefined && foreign !== undefined) return new Map([[foreign, 100]]);
    const pods = this.of("Deployment").filter(({ spec }) =>
      Object.entries(service?.spec.selector ?? {}).every(
        ([key, value]) => spec.template.metadata.labels[key] === value,
      ),
    );
    const total = pods.reduce((sum, { spec }) => sum + spec.replicas, 0);
    const shares: Shares = new Map();
    for (const { spec } of pods) {
      const images = spec.template.spec.containers.map(({ image }: Loose) => image);
      add(shares, images.join(", "), (100 * spec.replicas) / total);
    }
    return shares.size === 0 ? new Map([[NOBODY, 100]]) : shares;
  }

  /** By Traefik's rules. */
  private traefik(): Route[] {
    const weighted = new Map(
      this.of("TraefikService").map((one) => [one.metadata.name, one.spec.weighted?.services]),
    );
    return this.of("IngressRoute").flatMap(({ spec }) =>
      spec.routes.flatMap(({ match, priority = match.length, services }: Loose) => {
        const reached = services[0]?.kind === "TraefikService" ? weighted.get(services[0].name) : services;
        if (reached === undefined) return [];
        const takes = matcher(match);
        return [
          {
            rank: (asked: Asked) => (takes(asked) ? [priority] : undefined),
            services: reached.map(withWeight),
          },
        ];
      }),
    );
  }

  private gateway(): Route[] {
    return this.of("HTTPRoute").flatMap(({ spec }) =>
      (spec.hostnames ?? []).flatMap((host: string) =>
        spec.rules.flatMap(({ matches = [{}], backendRefs }: Loose) =>
          matches
            // Of a header or a cookie nothing is read: every user is a new one.
            .filter(({ headers }: Loose) => headers === undefined)
            .map(({ path }: Loose) => ({
              rank: (asked: Asked) => rankOf(host, path?.value ?? "/", path?.type === "Exact", asked),
              services: backendRefs.map(withWeight),
            })),
        ),
      ),
    );
  }

  /** Ingresses, and by ingress-nginx's annotations a canary beside each. */
  private ingresses(): Route[] {
    const weightOf = ({ metadata }: Loose): number | undefined =>
      metadata.annotations?.["nginx.ingress.kubernetes.io/canary"] === "true"
        ? Number(metadata.annotations["nginx.ingress.kubernetes.io/canary-weight"] ?? 0) /
          Number(metadata.annotations["nginx.ingress.kubernetes.io/canary-weight-total"] ?? 100)
        : undefined;
    const rules = this.of("Ingress").flatMap((object) =>
      object.spec.rules.flatMap((rule: Loose) =>
        rule.http.paths.map(({ path = "/", pathType, backend }: Loose) => ({
          host: rule.host as string,
          path: path as string,
          isExact: pathType === "Exact",
          isPattern: object.metadata.annotations?.["nginx.ingress.kubernetes.io/use-regex"] === "true",
          service: backend.service.name as string,
          weight: weightOf(object),
        })),
      ),
    );
    const mains = rules.filter(({ weight }) => weight === undefined);
    return mains.map(({ host, path, isExact, isPattern, service }) => {
      const canary = rules.find(
        (rule) => rule.host === host && rule.path === path && rule.weight !== undefined,
      );
      const share = canary?.weight ?? 0;
      const services = [
        { name: service, weight: 100 * (1 - share) },
        ...(canary === undefined ? [] : [{ name: canary.service, weight: 100 * share }]),
      ];
      return {
        rank: (asked: Asked) => rankOf(host, isPattern ? matched(path, asked) : path, isExact, asked),
        services,
      };
    });
  }
}

/** A Service's weight is 1 unless the object says otherwise. */
const withWeight = ({ name, weight = 1 }: Loose) => ({ name, weight });

const compare = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, one, i) => sum || one - (b[i] ?? 0), 0);

/** The path that was asked for if it matches, else none. */
const matched = (pattern: string, { path }: Asked): string =>
  new RegExp(`^${pattern}`).test(path) ? path : "none";

/** By the Gateway API and by Ingresses: a host goes before a wildcard, an exact path before a longer one. */
function rankOf(host: string, path: string, isExact: boolean, asked: Asked): number[] | undefined {
  const isHost = host === asked.host || (host.startsWith("*.") && asked.host.replace(/^[^.]+/, "*") === host);
  const isPath =
    asked.path === path ||
    (!isExact && (path === "/" || asked.path.startsWith(`${path.replace(/\/$/, "")}/`)));
  return isHost && isPath ? [host.startsWith("*") ? 0 : 1, isExact ? 1 : 0, path.length] : undefined;
}

/** What a rule of Traefik's takes: of hosts and paths alone, any other term is an error. */
function matcher(rule: string): (asked: Asked) => boolean {
  const terms = rule.replace(
    /(Host|HostRegexp|Path|PathPrefix)\(`([^`]*)`\)/g,
    (_, kind: string, text: string) => `terms[${JSON.stringify(kind)}](asked, ${JSON.stringify(text)})`,
  );
  if (/[^\s&|()]/.test(terms.replace(/terms\["\w+"\]\(asked, "(?:[^"\\]|\\.)*"\)/g, "")))
    throw new Error(`no rule of hosts and paths: ${rule}`);
  const takes = new Function("terms", "asked", `return ${terms};`) as (terms: Loose, asked: Asked) => boolean;
  return (asked) => takes(TERMS, asked);
}

const TERMS: Readonly<Record<string, (asked: Asked, text: string) => boolean>> = {
  Host: ({ host }, text) => host === text,
  HostRegexp: ({ host }, text) => new RegExp(text).test(host),
  Path: ({ path }, text) => path === text,
  PathPrefix: ({ path }, text) => path.startsWith(text),
};

/** A cycle of weights in hundredths of a percent. */
const REQUESTS = 10_000;
