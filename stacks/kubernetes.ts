/** Apps and their router on a Kubernetes cluster. */
import { type Input, type Output, type Resource, secret } from "@pulumi/pulumi";
import { dnsWeights, hostRecord } from "../components/aws/dns";
import type { EdgeNodes } from "../components/aws/edge-nodes";
import { type ControllerName, controllers } from "../components/hand-over";
import { admission } from "../components/kubernetes/admission";
import { AppFromManifest } from "../components/kubernetes/app-from-manifest";
import type { Scaling } from "../components/kubernetes/autoscaling";
import { AppOfOthers, CanaryApp, type Workload } from "../components/kubernetes/canary-app";
import { loosened, podSecurityLevel } from "../components/kubernetes/debug-canary";
import { namespace } from "../components/kubernetes/namespace";
import { routing } from "../components/kubernetes/routing";
import { Traefik } from "../components/kubernetes/traefik";
import { type Manifest, routers, SERVICE_PORT } from "../components/routers";
import { BASELINE, variantName } from "../components/traffic";
import {
  type AppSettings,
  addressesOf,
  type CanarySettings,
  namedServices,
  routeOf,
  routersOf,
  servicesOf,
} from "./apps";
import { encryptedVariables, markedEnv } from "./encrypted";
import { managed } from "./hand-over";
import { type Tell, tellAtOnce } from "./messages";
import type { Outputs } from "./outputs";
import type { TraefikSettings } from "./schema";
import type { ClusterSettings, EdgeNodesSettings, FleetsSettings } from "./settings";
import { clusterWeights } from "./weights";

/**
 * Declares Traefik, the apps, and what routes their requests.
 *
 * @param secrets secret environment: app -> variable -> value, of the variables that `settings.secretNames` names
 * @param dnsWeight weight of the edge nodes' records beside those of another side, 0 to 255
 * @param tell gets warnings and notes; default they are sent at once
 * @returns the stack's outputs: `objects`, what other stacks may refer to; `hosts`, the host of each app; `routers`, what splits
 *   its traffic; `weights`, those of its variants in percent, as asked and as its router can express them; and `edge`, the DNS
 *   name of the edge nodes' load balancer, if the program has one
 */
export function kubernetes(
  settings: ClusterSettings,
  secrets: Input<Record<string, Record<string, string>>>,
  dnsWeight = dnsWeights(100).kubernetes,
  tell: Tell = tellAtOnce,
): Outputs {
  const namespaces = makeNamespaces(settings);
  const into = (name: string): Resource[] =>
    namespaces.filter((made) => made.name === name).map((made) => made.resource);

  const { protect, policies, traefik: edge } = settings;
  const served = edge.clusterWide ? undefined : namespacesOf(settings).sort();
  const traefik = edge.install
    ? new Traefik(
        "traefik",
        { ...edge, protect, namespaces: served },
        { dependsOn: (served ?? [edge.namespace]).flatMap(into) },
      )
    : undefined;
  for (const warning of [...certificateWarnings(settings), ...secondController(settings)])
    tell("warn", warning, traefik);
  const { engine } = settings.rollout;
  const controller = engine === "pulumi" ? undefined : engine;
  const encrypted = encryptedVariables();
  /** The pods that the program makes of an app's settings. */
  const built = (app: AppSettings): CanaryApp => {
    const [primaryPods = app.replicas, ...canaryPods] = pods(app, edge);
    return new CanaryApp(
      app.name,
      {
        ...app,
        protect,
        ...(app.networkPolicy && { admits: edge.edgeAddresses }),
        ...(controller && { controlled: controllers[controller].scaled }),
        servicePort: SERVICE_PORT,
        ...serviceType(app, edge),
        primary: {
          image: imageOf(app),
          replicas: primaryPods,
          ...(app.autoscaling && { scaling: app.autoscaling }),
        },
        canaries: [
          ...app.canaries.map((canary, i) => ({
            ...canary,
            image: imageOf(canary),
            replicas: canaryPods[i] ?? canary.replicas,
            ...canaryScaling(app, canary),
          })),
          ...baselineOf(app),
        ],
        env: markedEnv(app, encrypted),
        secretEnv: secretEnv(secrets, app.name, settings.secretNames[app.name] ?? []),
      },
      { dependsOn: into(app.namespace) },
    );
  };
  const component = (app: AppSettings): AppComponent => {
    if (app.plan !== undefined)
      return new AppFromManifest(app.name, { plan: app.plan, protect }, { dependsOn: into(app.namespace) });
    return app.service === undefined ? built(app) : new AppOfOthers(app.name);
  };
  const objects: Record<string, AppObjects> = {};
  for (const app of settings.apps) {
    const canaryApp = component(app);
    for (const note of [...(app.plan?.notes ?? []), ...otherProtocol(app)])
      tell("warn", `${app.name}: ${note}`, canaryApp);
    for (const warning of debugWarnings(app, settings)) tell("warn", warning, canaryApp);
    const dependsOn = [...canaryApp.workloads, ...(traefik?.crds ? [traefik.crds] : [])];
    const opts = { parent: canaryApp, protect, dependsOn };
    const routes =
      controller === undefined
        ? routed(app, edge, opts, tell)
        : handedOver(controller, app, settings, opts, tell);
    objects[app.name] = { services: servicesOf(app), routes: named(routes, app.namespace) };
  }

  const nodes = settings.edge && edgeNodes(settings.apps, settings.edge, dnsWeight, protect);
  if (policies.admission) {
    const edgeNamespace = edge.install ? { edgeNamespace: edge.namespace } : {};
    admission({ ...policies, ...edgeNamespace, namespaces: namespacesOf(settings) });
  }

  return {
    objects,
    hosts: Object.fromEntries(
      settings.apps.flatMap((app) => {
        const addresses = addressesOf(app);
        return addresses.length === 0 ? [] : [[app.name, addresses.join(", ")]];
      }),
    ),
    routers: Object.fromEntries(settings.apps.map((app) => [app.name, app.router])),
    ...namedServices(settings.apps),
    // A controller's weights are known to the cluster alone.
    weights: Object.fromEntries(
      settings.apps.flatMap((app) => (controller ? [] : [[app.name, clusterWeights(app, edge)]])),
    ),
    ...(nodes && { edge: nodes.dnsName }),
  };
}

/** Declares the edge nodes, with a record for each host name of the apps. */
function edgeNodes(
  apps: readonly AppSettings[],
  edge: EdgeNodesSettings,
  dnsWeight: number,
  protect: boolean,
): EdgeNodes {
  const hosts = apps.flatMap(({ name, host, hosts: others, canaries }) => [
    { name, host },
    ...others.map((other, i) => ({ name: hostRecord(name, i + 1), host: other })),
    ...canaries.map((canary) => ({ name: variantName(name, canary.name), host: canary.host })),
  ]);
  // A stack whose edge nodes are somebody else's needs no package of AWS's.
  const {
    EdgeNodes,
  }: typeof import("../components/aws/edge-nodes") = require("../components/aws/edge-nodes");
  // Apps of one host have one record: the first one's.
  const first = hosts.filter(({ host }, i) => hosts.findIndex((one) => one.host === host) === i);
  return new EdgeNodes("edge", {
    ...edge,
    dnsWeight,
    protect,
    hosts: first.flatMap(({ name, host }) => (host === undefined ? [] : [{ name, host }])),
  });
}

/** What an app is on Kubernetes, whoever makes its pods. */
type AppComponent = Resource & {
  /** What must be there before requests are shifted. */
  readonly workloads: readonly Resource[];
};

interface RoutedOptions {
  readonly parent: Resource;
  readonly protect: boolean;
  readonly dependsOn: readonly Resource[];
}

/** The objects of the app's routers. */
function routed(app: AppSettings, edge: TraefikSettings, opts: RoutedOptions, tell: Tell): Manifest[] {
  return routersOf(app).flatMap((name) => {
    const route = routeOf(app, edge, name);
    for (const warning of routers[name].warnings(route)) tell("warn", warning, opts.parent);
    const manifests = routers[name].manifests(route);
    routing(app.name, manifests, opts);
    return [...manifests];
  });
}

/** What an app is made of in the cluster, as other stacks refer to it. */
interface AppObjects {
  /** By variant, `NAMESPACE/NAME`. */
  readonly services: Readonly<Record<string, string>>;
  /** By kind and `NAMESPACE/NAME`, the API version. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Those that have names of their own. */
function named(manifests: readonly Manifest[], ofApp: string): AppObjects["routes"] {
  const routes: Record<string, Record<string, string>> = {};
  for (const { apiVersion, kind, metadata } of manifests) {
    const { namespace = ofApp, name } = metadata;
    if (name !== undefined) routes[kind] = { ...routes[kind], [`${namespace}/${name}`]: apiVersion };
  }
  return routes;
}

/** The objects by which a controller routes the app, with what of them is its own. */
function handedOver(
  name: ControllerName,
  app: AppSettings,
  settings: ClusterSettings,
  opts: RoutedOptions,
  tell: Tell,
): Manifest[] {
  for (const sentence of controllers[name].owns(app)) tell("info", sentence, opts.parent);
  const objects = controllers[name].objects(managed(name, app, settings));
  const own = (manifest: Manifest) => {
    const { theirs = [], kept = false } = objects.find((object) => object.manifest === manifest) ?? {};
    return {
      ...(theirs.length > 0 && { ignoreChanges: [...theirs] }),
      ...(kept && { retainOnDelete: true }),
    };
  };
  const manifests = objects.map(({ manifest }) => manifest);
  routing(app.name, manifests, { ...opts, own });
  return manifests;
}

/** ingress-nginx may be there already, and two controllers would serve one Ingress. */
const secondController = ({ traefik, impliedProviders }: ClusterSettings): string[] =>
  traefik.install && impliedProviders.includes("ingressNginx")
    ? [
        "router nginx: the stack's Traefik serves all Ingresses of class nginx. If ingress-nginx serves them, set traefik.install to " +
          "false; if nobody else does, set traefik.providers to [crd, ingressNginx]",
      ]
    : [];

/**
 * Who meets a self-signed certificate: whoever is sent to HTTPS, if no load balancer in front may have one, and in a
 * migration users of the fleets' certificate, as the edge nodes' load balancer passes TLS on.
 *
 * @param aws that of the fleets, if there are some
 */
function certificateWarnings({
  apps,
  traefik,
  aws,
}: ClusterSettings & Partial<Pick<FleetsSettings, "aws">>): string[] {
  const { install, redirectToHttps, defaultCertificateSecret, trustedIps } = traefik;
  if (!install || defaultCertificateSecret !== undefined) return [];
  return apps
    .filter(({ host, tlsSecret }) => host !== undefined && tlsSecret === undefined)
    .filter((app) => routersOf(app).some((name) => routers[name].traefikProvider !== undefined))
    .flatMap(({ name }) => {
      const ways = `set apps.${name}.tlsSecret or traefik.defaultCertificateSecret`;
      if (aws?.certificateArn !== undefined)
        return [
          `${name}: aws.certificateArn is the fleets' alone, so users whom DNS leads to Kubernetes meet a self-signed ` +
            `certificate: ${ways}`,
        ];
      if (!redirectToHttps || trustedIps.length > 0) return [];
      return [
        `${name}: traefik.redirectToHttps sends its users to a self-signed certificate: ${ways}, or, where a load ` +
          "balancer in front has the certificate, traefik.trustedIps",
      ];
    });
}

/** What the app's debug canary loosens and until when, or that it is over. */
function debugWarnings(
  { name, namespace, canaries, debug }: AppSettings,
  settings: ClusterSettings,
): string[] {
  const over = settings.expiredDebug.find(({ app }) => app === name);
  if (over !== undefined) {
    return [
      `${name}: the debug canary's last day was ${over.until}: the first update since removes it; remove apps.${name}.debug`,
    ];
  }
  const { runtimeClass, sidecar } = canaries.find((canary) => canary.sidecar !== undefined) ?? {};
  if (sidecar === undefined || runtimeClass === undefined) return [];
  const end =
    debug?.until === undefined ? "has no last day" : `stays until the first update after ${debug.until}`;
  const loosens = loosened(namespace, runtimeClass, sidecar);
  return [`${name}: the debug canary ${end}`, ...loosens.map((what) => `${name}: debug canary: ${what}`)];
}

/** A canary scales only when asked to, and never beyond the pods that it is to have: scaling spreads a regression. */
function canaryScaling(
  { autoscaling }: AppSettings,
  { replicas, sidecar }: CanarySettings,
): { scaling?: Scaling } {
  if (!autoscaling?.canaries || sidecar !== undefined || replicas === 0) return {};
  return { scaling: { min: 1, max: replicas, cpuPercent: autoscaling.cpuPercent } };
}

/** The pods that the app's canary is compared with: the primary's version, and as many as the canary has. */
function baselineOf(app: AppSettings): (Workload & { readonly name: string })[] {
  const canary = app.canaries.find(({ name }) => name === app.baseline?.canary);
  if (canary === undefined) return [];
  const { replicas } = canary;
  const beside = imageOf(canary);
  return [{ name: BASELINE, image: imageOf(app), replicas, beside, ...canaryScaling(app, canary) }];
}

/** The namespaces that the program makes, each once, whoever shares it. */
function makeNamespaces({ apps, traefik }: ClusterSettings): { name: string; resource: Resource }[] {
  const wanted = new Set(apps.filter((app) => app.createNamespace).map((app) => app.namespace));
  const edge = traefik.install && traefik.createNamespace ? traefik.namespace : undefined;
  if (edge !== undefined) wanted.add(edge);
  return [...wanted].map((name) => ({
    name,
    resource: namespace(name, name === edge || needPrivileges(apps, name) ? PRIVILEGED_ALLOWED : {}),
  }));
}

/** Every namespace that the stack runs pods in. */
function namespacesOf({ apps, traefik }: ClusterSettings): string[] {
  const ofApps = apps.flatMap((app) => [app, ...app.canaries].map(({ namespace }) => namespace));
  return [...new Set([...ofApps, ...(traefik.install ? [traefik.namespace] : [])])];
}

/** Whether a debug canary in the namespace needs them. */
const needPrivileges = (apps: readonly AppSettings[], name: string): boolean =>
  apps.some(({ namespace, canaries }) =>
    canaries.some(({ sidecar }) => namespace === name && sidecar && podSecurityLevel(sidecar) !== undefined),
  );

/** Without it a cluster that enforces a Pod Security level refuses privileged pods, and those on the host network. */
const PRIVILEGED_ALLOWED = { "pod-security.kubernetes.io/enforce": "privileged" };

/** What the name of a manifest's port says against `protocol`. */
function otherProtocol({ plan, protocol }: AppSettings): string[] {
  const [, named] = /^(grpc|h2c|https)(-|$)/.exec(plan?.portName ?? "") ?? [];
  return named === undefined || protocol !== "http"
    ? []
    : [
        `port ${plan?.portName} says that its pods speak ${named}, and requests go there by http: set protocol to ${named}`,
      ];
}

/** The image, which `parseSettings` requires on this platform. */
function imageOf({ image, name }: { image?: string; name: string }): string {
  if (image === undefined) throw new TypeError(`${name} has no image`);
  return image;
}

/** The app's secret variables and their values. */
function secretEnv(
  secrets: Input<Record<string, Record<string, string>>>,
  app: string,
  names: readonly string[],
): Record<string, Output<string>> {
  const values = secret(secrets);
  return Object.fromEntries(names.map((name) => [name, values.apply((all) => all[app]?.[name] ?? "")]));
}

/** The type of the app's Services, where one of its routers needs another than the default. */
function serviceType(app: AppSettings, edge: TraefikSettings): { serviceType?: "NodePort" } {
  const [serviceType] = routersOf(app).flatMap(
    (name) => routers[name].serviceType?.(routeOf(app, edge, name)) ?? [],
  );
  return serviceType === undefined ? {} : { serviceType };
}

/** Pods of each variant, if one of the app's routers decides that. */
function pods(app: AppSettings, edge: TraefikSettings): number[] {
  return routersOf(app).flatMap((name) => routers[name].replicas?.(routeOf(app, edge, name)) ?? []);
}
