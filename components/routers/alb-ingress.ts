import * as z from "zod";
import { flag, label, text } from "../fields";
import { withoutAwait } from "../kubernetes/await";
import { hostNames, isWildcard, rankOf } from "./path";
import { elsewhere, type Match, metadata, podless, type Route, type Router, upTo } from "./router";

const PREFIX = "alb.ingress.kubernetes.io";
/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html */
const LARGEST_WEIGHT = 999;
/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html, target groups per action */
const MOST_VARIANTS = 5;
/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupStickinessConfig.html */
const LONGEST_STICKINESS_SECONDS = 604_800;

const settings = z.strictObject({
  ingressClass: label
    .default("alb")
    .describe("name of the IngressClass that the AWS Load Balancer Controller serves"),
  scheme: z
    .enum(["internet-facing", "internal"], { error: "one of internet-facing, internal" })
    .default("internet-facing")
    .describe("who reaches the load balancer: internet-facing or internal"),
  targetType: z
    .enum(["ip", "instance"], { error: "one of ip, instance" })
    .default("ip")
    .describe(
      "what a target is: a pod's ip, which needs the VPC's CNI, or an instance, for which the Services are of type NodePort",
    ),
  certificateArn: text(
    /^arn:aws[a-z-]*:(acm|iam):[a-z0-9-]*:\d{12}:(certificate|server-certificate)\/\S+$/,
    "the ARN of an ACM or IAM certificate",
  )
    .optional()
    .describe("certificate of the hosts: the load balancer then serves 443, and 80 redirects there"),
  https: flag
    .default(false)
    .describe(
      "the same without `certificateArn`: the controller finds the hosts' certificates in ACM by their names",
    ),
  group: label.optional().describe("apps of one group share a load balancer; default one for each app"),
});
type Settings = z.output<typeof settings>;

interface ForwardAction {
  readonly type: "forward";
  readonly forwardConfig: {
    readonly targetGroups: readonly { serviceName: string; servicePort: number; weight: number }[];
    readonly targetGroupStickinessConfig?: { enabled: true; durationSeconds: number };
  };
}

/**
 * AWS Load Balancer Controller: an Ingress whose annotation `actions` forwards to weighted target groups of an ALB. A target
 * group without healthy targets keeps its share.
 *
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions
 */
export const albIngress: Router<Settings> = {
  traits: {
    summary: "AWS Load Balancer Controller: an Ingress with weighted target groups of an ALB",
    resolution: "integers to 999: 0.01 % is 0.1 %",
    match: ["header", "query"],
    sticky: "cookie AWSALBTG, 1 second to 7 days, to a variant",
    mirror: false,
    wildcards: true,
    paths: ["prefix", "exact"],
    strip: false,
    protocols: ["http", "h2c", "grpc", "https"],
    headers: false,
    webSockets: "60 s without a byte, the load balancer's idle timeout",
    internal: false,
    canaryHost: true,
    missingCanary: "503 for the canary's share",
    timeToEmpty: "with sticky, sticky.seconds at most; else requests in flight alone",
    touches: ["Ingress"],
    needs: "AWS Load Balancer Controller 2.0",
    routed: false,
    testedOn: "Ingresses on Kubernetes 1.35; no ALB",
    setUps: [
      "targets that are instances: the Services are then of type NodePort",
      "a certificate: `certificateArn`, or `https` where the controller is to find it in ACM",
      "a redirect from port 80: with either; it holds for the whole load balancer, so apps of one `group` set the same `scheme` and both or neither",
      "a connection without a byte for over 60 s: annotation `load-balancer-attributes` of the Ingress, by a patch; it holds for the whole load balancer",
      "pods that leave: label the namespace `elbv2.k8s.aws/pod-readiness-gate-inject: enabled`, so that a pod counts as ready once it is a target",
    ],
  },
  settings,
  routes: ["networking.k8s.io/Ingress"],
  weights: upTo(LARGEST_WEIGHT),

  problems: (route) => [
    ...elsewhere(route, "an Ingress splits between Services"),
    ...(route.backends.length > MOST_VARIANTS
      ? [`at most ${MOST_VARIANTS - 1} canaries: an ALB forwards to ${MOST_VARIANTS} target groups at once`]
      : []),
    ...(route.tlsSecret !== undefined
      ? ["a certificate by routers.alb-ingress.certificateArn, not by tlsSecret: an ALB reads no Secrets"]
      : []),
    ...((route.backends[0].protocol === "grpc" || route.backends[0].protocol === "h2c") &&
    !route.settings.https &&
    route.settings.certificateArn === undefined
      ? [
          `protocol ${route.backends[0].protocol} together with routers.alb-ingress.https or certificateArn only: an ALB has HTTP/2 with TLS alone`,
        ]
      : []),
    ...(route.settings.https && route.settings.certificateArn !== undefined
      ? ["routers.alb-ingress.https or certificateArn, not both"]
      : []),
    ...stickyProblems(route),
  ],
  besideProblems: ({ settings }, others) =>
    others
      .filter((other) => settings.group === undefined || other.settings.group !== settings.group)
      .map(
        ({ app }) =>
          `routers.alb-ingress.group, the same as that of ${app}: they share a host, and so a load balancer`,
      ),
  serviceType: ({ settings }) => (settings.targetType === "instance" ? "NodePort" : undefined),
  warnings: podless,

  manifests(route) {
    const { app, backends, matches } = route;
    const name = (i: number): string => `${app}-match-${i + 1}`;
    const annotations = {
      ...withoutAwait,
      ...loadBalancer(route),
      [`${PREFIX}/actions.${app}-split`]: JSON.stringify(splitAction(route)),
      ...Object.fromEntries(
        matches.flatMap((match, i) => [
          [`${PREFIX}/actions.${name(i)}`, JSON.stringify(forwardTo(route, match.variant))],
          [`${PREFIX}/conditions.${name(i)}`, JSON.stringify([condition(match)])],
        ]),
      ),
    };
    const actions = [...matches.map((_, i) => name(i)), `${app}-split`];
    const rules = [
      ...hostNames(route).map((host) => ({
        host,
        http: { paths: actions.map((one) => action(route, one)) },
      })),
      ...backends.flatMap(({ host, service, port }) =>
        host === undefined ? [] : [{ host, http: { paths: [path(route, service, { number: port })] } }],
      ),
    ];
    return [
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: metadata(route, app, annotations),
        spec: { ingressClassName: route.settings.ingressClass, rules },
      },
    ];
  },

  readWeights(manifests) {
    const actions = manifests.flatMap(({ metadata: { annotations = {} } }) =>
      Object.entries(annotations).filter(([key]) => /\/actions\..+-split$/.test(key)),
    );
    return Object.fromEntries(
      actions
        .flatMap(([, text]) => (JSON.parse(text) as ForwardAction).forwardConfig.targetGroups)
        .map(({ serviceName, weight }) => [serviceName, weight]),
    );
  },
};

/**
 * Where a load balancer asks an app among those of its group, the lowest first: longer paths before shorter ones, wildcards last.
 *
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#group.order
 */
function orderOf(route: Route): number {
  const ofPath = Math.max(-499, -rankOf(route.path));
  return ofPath + (hostNames(route).some(isWildcard) ? 500 : 0);
}

function stickyProblems({ sticky }: Route): string[] {
  if (sticky === undefined || (sticky.seconds >= 1 && sticky.seconds <= LONGEST_STICKINESS_SECONDS))
    return [];
  return [`sticky.seconds from 1 to ${LONGEST_STICKINESS_SECONDS}, not ${sticky.seconds}`];
}

/** What the load balancer is, apart from where it sends requests. */
function loadBalancer(route: Route<Settings>): Record<string, string> {
  const { settings, healthPath } = route;
  const { protocol } = route.backends[0];
  const { scheme, targetType, certificateArn, https, group } = settings;
  const order = orderOf(route);
  return {
    [`${PREFIX}/scheme`]: scheme,
    [`${PREFIX}/target-type`]: targetType,
    // A gRPC server answers no GET: the load balancer calls a method that isn't there, and takes any of gRPC's codes.
    ...(protocol === "grpc"
      ? { [`${PREFIX}/success-codes`]: "0-99" }
      : { [`${PREFIX}/healthcheck-path`]: healthPath }),
    ...(protocol === "https" && { [`${PREFIX}/backend-protocol`]: "HTTPS" }),
    ...((protocol === "h2c" || protocol === "grpc") && {
      [`${PREFIX}/backend-protocol-version`]: protocol === "grpc" ? "GRPC" : "HTTP2",
    }),
    ...(group !== undefined && { [`${PREFIX}/group.name`]: group }),
    ...(group !== undefined && order !== 0 && { [`${PREFIX}/group.order`]: String(order) }),
    ...(certificateArn !== undefined && { [`${PREFIX}/certificate-arn`]: certificateArn }),
    ...((certificateArn !== undefined || https) && {
      [`${PREFIX}/listen-ports`]: '[{"HTTP":80},{"HTTPS":443}]',
      [`${PREFIX}/ssl-redirect`]: "443",
    }),
  };
}

function splitAction(route: Route<Settings>): ForwardAction {
  const weights = albIngress.weights(route);
  const { sticky } = route;
  return {
    type: "forward",
    forwardConfig: {
      targetGroups: route.backends.map(({ service, port }, i) => ({
        serviceName: service,
        servicePort: port,
        weight: weights[i] ?? 0,
      })),
      ...(sticky && { targetGroupStickinessConfig: { enabled: true, durationSeconds: sticky.seconds } }),
    },
  };
}

function forwardTo({ backends }: Route, variant: string): ForwardAction {
  const targetGroups = backends
    .filter((backend) => backend.variant === variant)
    .map(({ service, port }) => ({ serviceName: service, servicePort: port, weight: 1 }));
  return { type: "forward", forwardConfig: { targetGroups } };
}

function condition({ kind, name, value }: Match): object {
  return kind === "query"
    ? { field: "query-string", queryStringConfig: { values: [{ key: name, value }] } }
    : { field: "http-header", httpHeaderConfig: { httpHeaderName: name, values: [value] } };
}

const action = (route: Route, name: string): object => path(route, name, { name: "use-annotation" });

const path = ({ path: taken }: Route, name: string, port: object): object => ({
  path: taken?.value ?? "/",
  pathType: taken?.exact ? "Exact" : "Prefix",
  backend: { service: { name, port } },
});
