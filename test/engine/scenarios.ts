/** What is deployed, and what is then previewed by the engine and by `canary preview --state`. */
import { join } from "node:path";
import { PROJECT, type Settings } from "./engine";

export interface Scenario {
  readonly title: string;
  /** Changes to the configuration, by key path; null takes a key away. */
  readonly set?: Settings;
  /** Secret values by key path. */
  readonly secret?: Settings;
  /** The exit code of both previews; default 0. */
  readonly exit?: 1;
  /** What the API refuses, which it tells the engine when asked by a dry run, and `canary` knows by itself. */
  readonly refusal?: RegExp;
  /** Differences that are meant to be; each says why. */
  readonly differs?: readonly RegExp[];
  /** Those that are there with some clusters, or some versions of the engine, and not with others. */
  readonly mayDiffer?: readonly RegExp[];
}

/** A program on a stack of the engine's, deployed state after state. */
export interface Deployment {
  readonly title: string;
  readonly program: string;
  readonly stack: string;
  /** Whether it needs a cluster, or a stand-in for the AWS provider, or both. */
  readonly on: "cluster" | "stand-in" | "both";
  readonly states: readonly {
    readonly title: string;
    /** Configuration on top of the stack's file and of the state before. */
    readonly set?: Settings;
    readonly secret?: Settings;
    readonly scenarios: readonly Scenario[];
  }[];
}

const FIXTURES = join(__dirname, "fixtures");

/** What Traefik reads, for each router that it serves. */
const PROVIDERS: Settings = {
  "traefik.providers[0]": "crd",
  "traefik.providers[1]": "gateway",
  "traefik.providers[2]": "ingressNginx",
};

const kubernetes: Deployment = {
  title: "stack dev on Kubernetes",
  program: PROJECT,
  stack: "dev",
  on: "cluster",
  states: [
    {
      title: "with two apps and three canaries, no pods",
      set: {
        "traefik.installCrds": "false",
        "traefik.acceptGraceSeconds": "1",
        "apps.myapp.replicas": "0",
        "apps.myapp.canaryReplicas": "0",
        "apps.shop.host": "shop.example.com",
        "apps.shop.image": "registry.example.com/shop:2.0.0",
        "apps.shop.canaryImage": "registry.example.com/shop:2.1.0",
        "apps.shop.canaryWeight": "20",
        "apps.shop.replicas": "0",
        "apps.shop.canaryReplicas": "0",
        "apps.shop.canaries.beta.image": "registry.example.com/shop:3.0.0",
        "apps.shop.canaries.beta.weight": "5",
        "apps.shop.canaries.beta.replicas": "0",
        "apps.shop.env.COLOUR": "blue",
        "apps.shop.env.SIZE": "small",
      },
      scenarios: [
        { title: "nothing changed" },
        { title: "weight 10 to 25", set: { canaryWeight: "25" } },
        { title: "weight 10 to 0.5", set: { canaryWeight: "0.5" } },
        { title: "weight 10 to 0", set: { canaryWeight: "0" } },
        { title: "weight 10 to 100", set: { canaryWeight: "100" } },
        { title: "one app's weight", set: { "apps.shop.canaryWeight": "30" } },
        { title: "the weight of a further canary", set: { "apps.shop.canaries.beta.weight": "50.25" } },
        { title: "the primary's image", set: { "apps.myapp.image": "registry.example.com/myapp:1.0.1" } },
        {
          title: "the canary's image",
          set: { "apps.myapp.canaryImage": "registry.example.com/myapp:1.2.0" },
        },
        {
          title: "an image by digest",
          set: { "apps.myapp.image": `registry.example.com/myapp@sha256:${"0".repeat(64)}` },
        },
        { title: "replicas", set: { "apps.myapp.replicas": "5", "apps.myapp.canaryReplicas": "2" } },
        { title: "the host", set: { "apps.myapp.host": "www.example.com" } },
        { title: "the canary's host taken away", set: { "apps.myapp.canaryHost": null } },
        { title: "a canary's host added", set: { "apps.shop.canaryHost": "canary.shop.example.com" } },
        {
          title: "an app added",
          set: {
            "apps.blog.host": "blog.example.com",
            "apps.blog.image": "registry.example.com/blog:1",
            "apps.blog.canaryImage": "registry.example.com/blog:2",
          },
        },
        { title: "an app taken away", set: { "apps.shop": null } },
        {
          title: "an app renamed",
          set: {
            "apps.myapp": null,
            "apps.ourapp.host": "myapp.example.com",
            "apps.ourapp.image": "registry.example.com/myapp:1.0.0",
          },
        },
        {
          title: "a further canary added",
          set: {
            "apps.myapp.canaries.beta.image": "registry.example.com/myapp:2.0.0",
            "apps.myapp.canaries.beta.weight": "5",
          },
        },
        { title: "a further canary taken away", set: { "apps.shop.canaries": null } },
        {
          title: "the canary taken away",
          set: { "apps.myapp.canaryImage": null, "apps.myapp.canaryHost": null },
        },
        { title: "the port", set: { "apps.myapp.port": "9090" } },
        { title: "the health path", set: { "apps.myapp.healthPath": "/healthz" } },
        { title: "environment added", set: { "apps.myapp.env.MODE": "fast" } },
        { title: "environment before the other variables", set: { "apps.shop.env.ANGLE": "right" } },
        { title: "environment changed", set: { "apps.shop.env.SIZE": "large" } },
        { title: "environment taken away", set: { "apps.shop.env.COLOUR": null } },
        { title: "all environment taken away", set: { "apps.shop.env": null } },
        { title: "a secret added", secret: { "secrets.myapp.TOKEN": "hidden" } },
        {
          title: "resources",
          set: { "apps.myapp.resources.cpu": "250m", "apps.myapp.resources.memory": "192Mi" },
        },
        { title: "the same memory in other words", set: { "apps.myapp.resources.memoryLimit": "0.25Gi" } },
        { title: "the same CPU in other words", set: { "apps.myapp.resources.cpu": "0.1" } },
        { title: "preStop", set: { "apps.myapp.preStopSeconds": "0" } },
        { title: "termination grace", set: { "apps.myapp.terminationGraceSeconds": "90" } },
        { title: "the namespace", set: { "apps.myapp.namespace": "elsewhere" } },
        { title: "a namespace that others make", set: { "apps.myapp.createNamespace": "false" } },
        { title: "Traefik's metrics", set: { "traefik.metricsBuckets[0]": "0.25" } },
        { title: "Traefik's image", set: { "traefik.image": "traefik:v3.7.6" } },
        { title: "Traefik's namespace", set: { "traefik.namespace": "edge" } },
        { title: "Traefik's trusted addresses", set: { "traefik.trustedIps[0]": "10.0.0.0/8" } },
        { title: "Traefik's grace", set: { "traefik.acceptGraceSeconds": "5" } },
        { title: "redirects to https", set: { "traefik.redirectToHttps": "true" } },
        { title: "the ingress class", set: { "traefik.ingressClass": "traefik-internal" } },
        {
          title: "no Traefik",
          set: {
            "traefik.install": "false",
            "traefik.ingressClass": "traefik-external",
            "traefik.installCrds": null,
            "traefik.acceptGraceSeconds": null,
          },
        },
        {
          title: "another router",
          set: { ...PROVIDERS, "apps.shop.router": "gateway" },
        },
        {
          title: "another router beside the former",
          set: { ...PROVIDERS, "apps.shop.router": "gateway", "apps.shop.alsoRoutedBy[0]": "traefik" },
        },
        {
          title: "a router by annotations",
          set: {
            ...PROVIDERS,
            "apps.myapp.router": "nginx",
            "apps.myapp.match[0].header": "x-canary",
          },
        },
        {
          title: "a router by pods",
          set: {
            "apps.myapp.router": "replicas",
            "apps.myapp.replicas": "10",
            "apps.myapp.canaryReplicas": null,
          },
        },
        { title: "a proxy as router", set: { "apps.myapp.router": "proxy" } },
        { title: "a proxy as router of two canaries", set: { "apps.shop.router": "proxy" } },
        { title: "sticky users", set: { "apps.myapp.sticky.cookie": "variant" } },
        { title: "a shielded canary", set: { "apps.myapp.shield": "true" } },
        { title: "a certificate", set: { "apps.myapp.tlsSecret": "myapp-tls" } },
        {
          title: "a primary that scales",
          set: {
            "apps.myapp.replicas": null,
            "apps.myapp.autoscaling.min": "1",
            "apps.myapp.autoscaling.max": "3",
            "apps.myapp.autoscaling.cpuPercent": "60",
          },
        },
        {
          title: "a Namespace that was there before",
          set: {
            "apps.blog.host": "blog.example.com",
            "apps.blog.image": "registry.example.com/blog:1",
            "apps.blog.namespace": "default",
            "adopt.Namespace/default": "default",
          },
          // Which labels are there already, only the cluster knows.
          mayDiffer: [/Namespace::default: the engine says import\+update, canary import$/, /^changeSummary/],
        },
      ],
    },
    {
      title: "with another router and a proxy",
      set: {
        ...PROVIDERS,
        "apps.shop.router": "gateway",
        "apps.myapp.router": "proxy",
      },
      scenarios: [
        { title: "nothing changed" },
        { title: "weight 10 to 25", set: { canaryWeight: "25" } },
        { title: "one app's weight", set: { "apps.shop.canaryWeight": "30" } },
        { title: "back to the first router", set: { "apps.shop.router": null, "apps.myapp.router": null } },
        { title: "to a third router", set: { "apps.shop.router": "istio", "apps.shop.canaries": null } },
        { title: "an app without a host", set: { "apps.myapp.host": null, "apps.myapp.canaryHost": null } },
      ],
    },
    {
      title: "with secrets",
      secret: { "secrets.myapp.TOKEN": "hidden", "secrets.myapp.KEY": "concealed" },
      scenarios: [
        { title: "nothing changed" },
        { title: "weight 10 to 25", set: { canaryWeight: "25" } },
        { title: "a secret changed", secret: { "secrets.myapp.TOKEN": "changed" } },
        { title: "a secret written anew with the same value", secret: { "secrets.myapp.TOKEN": "hidden" } },
        { title: "a further secret", secret: { "secrets.myapp.EXTRA": "more" } },
        { title: "a secret taken away", set: { "secrets.myapp.KEY": null } },
        { title: "all secrets taken away", set: { secrets: null } },
        { title: "a secret for another app", secret: { "secrets.shop.TOKEN": "other" } },
      ],
    },
  ],
};

const AMI = "ami-0c1b2c3d4e5f60718";

/** What makes stack prod, a migration, its fleets alone: the stand-in has no cluster. */
const FLEETS_ALONE: Settings = {
  platform: "elb",
  dns: null,
  "aws.edge": null,
  "apps.myapp.image": null,
  "apps.myapp.canaryImage": null,
  "apps.myapp.replicas": null,
};

const elb: Deployment = {
  title: "the fleets of stack prod on AWS, by a stand-in for the provider",
  program: PROJECT,
  stack: "prod",
  on: "stand-in",
  states: [
    {
      title: "with two apps",
      set: {
        ...FLEETS_ALONE,
        protect: "false",
        "apps.shop.host": "shop.example.com",
        "apps.shop.canaryWeight": "50",
      },
      scenarios: [
        { title: "nothing changed" },
        { title: "weight 10 to 25", set: { canaryWeight: "25" } },
        { title: "weight 10 to 0", set: { canaryWeight: "0" } },
        { title: "weight 10 to 50", set: { canaryWeight: "50" } },
        { title: "weight 10 to 75", set: { canaryWeight: "75" } },
        { title: "weight 10 to 100", set: { canaryWeight: "100" } },
        { title: "the machine image", set: { "aws.amiId": AMI } },
        { title: "the canary's machine image", set: { "aws.canaryAmiId": AMI } },
        { title: "the instance type", set: { "aws.instanceType": "m7g.xlarge" } },
        { title: "the network", set: { "aws.vpcId": "vpc-0b1b2c3d4e5f60718" } },
        { title: "a subnet added", set: { "aws.publicSubnetIds[2]": "subnet-0c1b2c3d4e5f60718" } },
        { title: "one subnet exchanged", set: { "aws.publicSubnetIds[1]": "subnet-0c1b2c3d4e5f60718" } },
        {
          title: "all subnets exchanged",
          set: {
            "aws.publicSubnetIds[0]": "subnet-0c1b2c3d4e5f60718",
            "aws.publicSubnetIds[1]": "subnet-0d1b2c3d4e5f60718",
          },
        },
        {
          title: "subnets in another order",
          set: {
            "aws.publicSubnetIds[0]": "subnet-0b1c2d3e4f5061728",
            "aws.publicSubnetIds[1]": "subnet-0a1b2c3d4e5f60718",
          },
        },
        {
          title: "a certificate added",
          set: { "aws.certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1" },
        },
        { title: "the port", set: { "apps.myapp.port": "9090" } },
        { title: "the health path", set: { "apps.myapp.healthPath": "/ready" } },
        { title: "the host", set: { "apps.myapp.host": "www.example.com" } },
        { title: "the canary's host taken away", set: { "apps.myapp.canaryHost": null } },
        { title: "the fleet's size", set: { "aws.fleetSize": "12" } },
        { title: "timeouts", set: { "aws.idleTimeout": "30", "aws.drainingTimeout": "20" } },
        { title: "the time to live of DNS answers", set: { "aws.dnsTtl": "30" } },
        { title: "the fleets' protection", set: { "aws.protectFleets": "true" } },
        {
          title: "the name of the zone, a host's",
          set: { "aws.zoneName": "myapp.example.com", "apps.shop": null },
        },
        { title: "the zone", set: { "aws.zoneId": "Z9876543210ABCDEFGHIJ" } },
        { title: "a grace period as the provider's default", set: { "aws.healthCheckGracePeriod": "300" } },
        { title: "an app added", set: { "apps.blog.host": "blog.example.com" } },
        { title: "an app taken away", set: { "apps.shop": null } },
        {
          title: "canaries by name",
          set: { "apps.shop.canaryWeight": null, "apps.shop.canaries.beta.weight": "5" },
        },
        {
          title: "network and machine image together",
          set: { "aws.vpcId": "vpc-0b1b2c3d4e5f60718", "aws.amiId": AMI, canaryWeight: "25" },
        },
        { title: "to an ALB", set: { "aws.loadBalancer": "alb" } },
        {
          title: "to an ALB beside the classic load balancers",
          set: { "aws.loadBalancer": "alb", "aws.formerLoadBalancer": "classic" },
        },
        { title: "to an NLB", set: { "aws.loadBalancer": "nlb" } },
      ],
    },
    {
      title: "with an ALB beside the classic load balancers",
      set: {
        "aws.loadBalancer": "alb",
        "aws.formerLoadBalancer": "classic",
        "aws.certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
        "aws.redirectToHttps": "true",
      },
      scenarios: [
        { title: "nothing changed" },
        { title: "weight 10 to 25", set: { canaryWeight: "25" } },
        { title: "weight 10 to 0", set: { canaryWeight: "0" } },
        { title: "weight 10 to 33.33", set: { canaryWeight: "33.33" } },
        { title: "fewer instances for canaries", set: { "aws.canarySize": "6" } },
        { title: "stickiness and a slow start", set: { "aws.stickiness": "600", "aws.slowStart": "60" } },
        { title: "no redirect", set: { "aws.redirectToHttps": "false" } },
        { title: "access logs", set: { "aws.accessLogsBucket": "example-elb-logs" } },
        { title: "the classic load balancers taken away", set: { "aws.formerLoadBalancer": null } },
        { title: "the port", set: { "apps.myapp.port": "9090" } },
        { title: "the canary's host taken away", set: { "apps.myapp.canaryHost": null } },
        { title: "the canary's machine image", set: { "aws.canaryAmiId": AMI } },
        {
          title: "back to classic load balancers, beside the ALB",
          set: { "aws.loadBalancer": "classic", "aws.formerLoadBalancer": "alb" },
        },
      ],
    },
    {
      title: "with an NLB",
      set: {
        "aws.loadBalancer": "nlb",
        "aws.formerLoadBalancer": null,
        "aws.certificateArn": null,
        "aws.redirectToHttps": null,
      },
      scenarios: [
        { title: "weight 10 to 25", set: { canaryWeight: "25" } },
        {
          title: "a certificate added",
          set: { "aws.certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1" },
        },
        { title: "one subnet exchanged", set: { "aws.publicSubnetIds[1]": "subnet-0c1b2c3d4e5f60718" } },
        { title: "a subnet added", set: { "aws.publicSubnetIds[2]": "subnet-0c1b2c3d4e5f60718" } },
        { title: "the canary's host taken away", set: { "apps.myapp.canaryHost": null } },
      ],
    },
  ],
};

/** A scenario that changes one thing of the kitchen sink. */
const change = (title: string, also: Omit<Scenario, "title" | "set"> = {}): Scenario => ({
  title,
  set: { change: title },
  ...also,
});

const kitchenSink: Deployment = {
  title: "the kitchen sink",
  program: join(FIXTURES, "kitchen-sink"),
  stack: "test",
  on: "cluster",
  states: [
    {
      title: "with one of everything",
      scenarios: [
        { title: "nothing changed" },
        // Names, parents and aliases
        change("renamed"),
        change("renamed without alias"),
        change("renamed and changed"),
        change("removed"),
        change("added"),
        change("parent changed"),
        change("parent changed without alias"),
        change("parent dropped"),
        change("component renamed"),
        change("component and child renamed"),
        change("child renamed"),
        change("component retyped"),
        change("component retyped with alias"),
        change("component removed"),
        change("component args changed"),
        // Resource options
        change("unprotected"),
        change("unprotected and replaced"),
        // The engine lists the deletion, and does not count it.
        change("protected and removed", { exit: 1, differs: [/^changeSummary/] }),
        change("protected and replaced", { exit: 1 }),
        change("retained and removed"),
        change("retained and replaced"),
        change("ignored change"),
        change("ignored change beside another"),
        change("ignored by wildcard"),
        change("ignored label changed"),
        change("ignored label removed"),
        change("ignored replacement"),
        change("replace on changes"),
        change("replace on any change"),
        change("delete before replace asked for"),
        // What others made
        change("read added"),
        change("read removed"),
        change("read another"),
        change("read became managed"),
        change("managed became read"),
        change("managed became read of another"),
        change("imported"),
        change("imported with another value", {
          // Whether the inputs fit what is there, only the cluster knows.
          differs: [/ConfigMap::imported: the engine says import\+replace, canary import$/, /^changeSummary/],
        }),
        change("provider setting changed"),
        change("provider cluster changed"),
        change("provider switched"),
        // The Kubernetes provider's differences
        change("selector changed"),
        change("env changed"),
        change("env removed from the middle"),
        change("env removed from the end"),
        change("env put first"),
        change("env appended"),
        change("env dropped"),
        change("scaled"),
        change("explicit default in a Deployment"),
        change("cpu spelled otherwise"),
        change("memory spelled otherwise"),
        change("memory changed"),
        change("list emptied"),
        change("container added"),
        change("label changed"),
        change("label removed"),
        change("labels dropped"),
        change("annotation added"),
        change("port changed"),
        change("port added"),
        change("explicit default added"),
        change("cluster IP changed"),
        change("IngressClass label changed"),
        change("IngressClass controller changed", { refusal: /spec\.controller .* immutable/ }),
        change("job template changed"),
        change("job limit changed"),
        change("role changed"),
        change("roleRef changed"),
        change("default namespace named"),
        change("name changed"),
        change("name given"),
        change("key added to a ConfigMap"),
        change("ConfigMap made immutable"),
        // What takes values from what is replaced
        change("fixed name replaced"),
        change("fixed name replaced without deletion first", {
          // The API server's dry run answers with the object that is still there; the update itself will make another.
          differs: [/(::settings-[a-z-]+: the engine says same, canary (update|replace)|^changeSummary.*)$/],
        }),
        change("fixed name replaced, dependent removed", {
          // The engine neither lists nor counts what goes before a replacement and does not come back.
          differs: [/::settings-user(-user)?: the engine says nothing, canary delete$/, /^changeSummary/],
        }),
        change("fixed name replaced, dependent freed"),
        change("auto-named replaced"),
        change("auto-named updated"),
        change("dependency removed"),
        // Secrets and outputs
        change("secret changed"),
        change("value beside a secret changed", {
          // The secret, too, may have changed.
          differs: [/secret-config: detailedDiff .*, data\.token update-replace\]$/],
        }),
        change("secret output changed"),
        change("output changed"),
        change("output added"),
        change("output removed"),
      ],
    },
  ],
};

/** What fleets alone need. */
const FLEETS: Settings = {
  "aws.amiId": null,
  "aws.canaryAmiId": null,
  "aws.instanceType": null,
  "aws.fleetSize": null,
};

const migration: Deployment = {
  title: "stack prod, on both sides of its migration, by a stand-in for the AWS provider",
  program: PROJECT,
  stack: "prod",
  on: "both",
  states: [
    {
      title: "at its beginning, no pods",
      set: {
        protect: "false",
        "traefik.installCrds": "false",
        "apps.myapp.replicas": "0",
        "apps.myapp.canaryReplicas": "0",
      },
      scenarios: [
        { title: "nothing changed" },
        { title: "weight 10 to 25", set: { canaryWeight: "25" } },
        { title: "users led to Kubernetes", set: { "dns.kubernetesWeight": "20" } },
        { title: "all users led to Kubernetes", set: { "dns.kubernetesWeight": "100" } },
        {
          title: "the load balancers alone again",
          set: { ...FLEETS_ALONE, "apps.myapp.canaryReplicas": null, traefik: null },
        },
        { title: "Kubernetes alone", set: { platform: "kubernetes", dns: null, ...FLEETS } },
      ],
    },
  ],
};

export const deployments: readonly Deployment[] = [kubernetes, elb, migration, kitchenSink];
