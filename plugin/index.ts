/** Components for programs in every language that Pulumi has. Their arguments are plain, as a weight must be known at once. */
import { ComponentResource, type ComponentResourceOptions, type Output, output } from "@pulumi/pulumi";
import {
  CanaryApp as App,
  canaryRoutes,
  TraefikEdge as Edge,
  type RouterName,
} from "canary-traffic-library/components/kubernetes";

/** What leads requests to a fleet. */
type FrontName = "classic" | "alb" | "nlb";

/** A canary of an app. */
export interface Canary {
  /** Its name, such as canary. */
  name: string;
  /** Container image. */
  image: string;
  /** Percent of requests, 0 to 100, at most two decimals; default 0. */
  weight?: number;
  /** Number of pods; default 1. */
  replicas?: number;
}

export interface CanaryAppArgs {
  /** Namespace of all objects, which must exist. */
  namespace: string;
  /** Host name that users ask for. */
  host: string;
  /** Container image of the primary. */
  image: string;
  /** Pods of the primary; default 3. */
  replicas?: number;
  /** The canaries; the primary takes the requests that they leave. Default none. */
  canaries?: Canary[];
  /** Port that the app listens on; default 8080. */
  port?: number;
  /** Path that answers 200 when the app can serve; default /. */
  healthPath?: string;
  /** Environment of every pod; default none. */
  env?: { [name: string]: string };
  /** What enforces the weights; default traefik. */
  router?: string;
  /** Name of the IngressClass of the Traefik that serves the routes; default traefik-external. */
  ingressClass?: string;
  /** TLS Secret in the namespace with the host's certificate; default the router's own certificate. */
  tlsSecret?: string;
  /** Whether Pulumi refuses to delete or replace Deployments, Services and routes; default false. */
  protect?: boolean;
}

/** An app on Kubernetes with canaries, and the routes that share its requests out between them. */
export class CanaryApp extends ComponentResource {
  /** Percent of requests by variant, as the router can express it. */
  public readonly weights: Output<{ [variant: string]: number }>;

  constructor(name: string, args: CanaryAppArgs, opts?: ComponentResourceOptions) {
    super("canary-traffic:index:CanaryApp", name, {}, opts);
    const { namespace, image, replicas, canaries = [], port, healthPath, env, protect } = args;
    const app = new App(
      name,
      {
        namespace,
        port,
        healthPath,
        env,
        protect,
        primary: { image, replicas },
        canaries: canaries.map((canary) => ({
          name: canary.name,
          image: canary.image,
          replicas: canary.replicas,
        })),
      },
      { parent: this },
    );
    const { host, router, ingressClass, tlsSecret } = args;
    const { weights } = canaryRoutes(app, {
      host,
      ingressClass,
      tlsSecret,
      protect,
      router: router as RouterName | undefined,
      weights: Object.fromEntries(canaries.map((canary) => [canary.name, canary.weight ?? 0])),
    });
    const effective = Object.entries(weights).map(([variant, weight]) => [variant, weight.effective]);
    this.weights = output(Object.fromEntries(effective) as { [variant: string]: number });
    this.registerOutputs({ weights: this.weights });
  }
}

export interface TraefikEdgeArgs {
  /** Namespace of everything that has one, which must exist. */
  namespace: string;
  /** Name of the IngressClass whose routes it serves; default traefik-external. */
  ingressClass?: string;
  /** Whether to install Traefik's custom resource definitions, which a cluster has once; default true. */
  installCrds?: boolean;
  /** Whether port 80 answers with a redirect to https; default false. */
  redirectToHttps?: boolean;
  /** Address ranges of the load balancer in front, whose forwarded headers are trusted; default none. */
  trustedIps?: string[];
}

/** Traefik on every node with the label edge-node-label. */
export class TraefikEdge extends ComponentResource {
  constructor(name: string, args: TraefikEdgeArgs, opts?: ComponentResourceOptions) {
    super("canary-traffic:index:TraefikEdge", name, {}, opts);
    new Edge(name, args, { parent: this });
    this.registerOutputs({});
  }
}

/** A canary of a fleet. */
export interface FleetCanary {
  /** Its name, such as canary. */
  name: string;
  /** Machine image of its instances. */
  amiId: string;
  /** Percent of requests, 0 to 100, at most two decimals; default 0. */
  weight?: number;
  /** Host name that leads to this canary alone; default none. */
  host?: string;
}

export interface CanaryFleetArgs {
  /** Host name that users ask for. */
  host: string;
  /** Hosted zone of the host names. */
  zoneId: string;
  /** The network of all of it. */
  vpcId: string;
  /** Public subnets, of two availability zones at least. */
  publicSubnetIds: string[];
  /** Machine image of the primary. */
  amiId: string;
  /** The canaries; the primary takes the requests that they leave. Default none. */
  canaries?: FleetCanary[];
  /** What leads requests to the instances: classic, alb or nlb; default classic. */
  loadBalancer?: string;
  /** Type of the instances; default t3.small. */
  instanceType?: string;
  /** Script or cloud-config for the first boot of all instances, at most 16 KB; default none. */
  userData?: string;
  /** Name or ARN of the instance profile of all instances; default none. */
  instanceProfile?: string;
  /** Port that the app listens on; default 8080. */
  port?: number;
  /** Path that answers 200 when the app can serve; default /. */
  healthPath?: string;
  /** Instances that carry all traffic; default 9. */
  fleetSize?: number;
  /** Certificate for port 443; without it the load balancers serve port 80 only. */
  certificateArn?: string;
  /** Whether an ALB answers on port 80 with a redirect to port 443; default false. */
  redirectToHttps?: boolean;
  /** Seconds that DNS answers may be kept; default 60. */
  dnsTtl?: number;
  /** Whether Pulumi refuses to delete or replace load balancers, groups and records; default false. */
  protect?: boolean;
}

/** An app on EC2: an Auto Scaling group for each variant behind load balancers. It needs `npm install @pulumi/aws` in this folder. */
export class CanaryFleet extends ComponentResource {
  /** Percent of requests by variant, as the load balancer can express it. */
  public readonly weights: Output<{ [variant: string]: number }>;

  constructor(name: string, args: CanaryFleetArgs, opts?: ComponentResourceOptions) {
    super("canary-traffic:index:CanaryFleet", name, {}, opts);
    // Not at the top: who has Kubernetes alone needs no package of AWS's.
    const aws: typeof import("canary-traffic-library/components/aws") =
      require("canary-traffic-library/components/aws");
    const { canaries = [], loadBalancer } = args;
    const { weights } = new aws.CanaryFleet(
      name,
      {
        ...args,
        loadBalancer: loadBalancer as FrontName | undefined,
        canaries: canaries.map((canary) => ({ ...canary, weight: canary.weight ?? 0 })),
      },
      { parent: this },
    );
    const effective = Object.entries(weights).map(([variant, weight]) => [variant, weight.effective]);
    this.weights = output(Object.fromEntries(effective) as { [variant: string]: number });
    this.registerOutputs({ weights: this.weights });
  }
}
