/** The built-in queries of Prometheus, for the metrics of each router. */

/** Whose metrics they are. */
export const meshes = ["traefik", "nginx", "istio"] as const;
export type Mesh = (typeof meshes)[number];

export const builtIn = ["success-rate", "error-rate", "latency-p50", "latency-p90", "latency-p99"] as const;

interface Names {
  /** Counter of requests. */
  readonly requests: string;
  /** Histogram of their durations. */
  readonly durations: string;
  readonly millisecondsPerUnit: number;
  /** The label with the status code. */
  readonly code: string;
  /** What picks a variant's series. */
  readonly selector: (isPrimary: boolean) => string;
}

const names: Readonly<Record<Mesh, Names>> = {
  /**
   * Traefik calls a Service by namespace, name and port, each provider in its own way. With `shield` a canary's port goes by
   * its name, and its failures are counted there. The NGINX provider names a canary after the primary's Ingress and Service.
   *
   * https://doc.traefik.io/traefik/observability/metrics/overview/#service-metrics
   */
  traefik: {
    requests: "traefik_service_requests_total",
    durations: "traefik_service_request_duration_seconds_bucket",
    millisecondsPerUnit: 1000,
    code: "code",
    selector: (isPrimary) => {
      const names = [
        "{{service}}-(80|http)@kubernetescrd",
        "{{service}}-http-80@kubernetesgateway",
        `{{app}}-{{app}}-80${isPrimary ? "" : "-canary"}@kubernetesingressnginx`,
      ];
      return `service=~"{{namespace}}-(${names.join("|")})"`;
    },
  },
  /**
   * ingress-nginx counts a canary's requests under the primary's Ingress, with the canary's upstream in a label of its own.
   *
   * https://github.com/kubernetes/ingress-nginx/blob/main/docs/user-guide/monitoring.md
   */
  nginx: {
    requests: "nginx_ingress_controller_requests",
    durations: "nginx_ingress_controller_request_duration_seconds_bucket",
    millisecondsPerUnit: 1000,
    code: "status",
    selector: (isPrimary) =>
      isPrimary
        ? 'namespace="{{namespace}}",service="{{service}}",canary=""'
        : 'namespace="{{namespace}}",canary="{{namespace}}-{{service}}-80"',
  },
  /**
   * By who asks, as a canary that can't be reached counts nothing itself.
   *
   * https://istio.io/latest/docs/reference/config/metrics/
   */
  istio: {
    requests: "istio_requests_total",
    durations: "istio_request_duration_milliseconds_bucket",
    millisecondsPerUnit: 1,
    code: "response_code",
    selector: () =>
      'reporter="source",destination_service_namespace="{{namespace}}",destination_service_name="{{service}}"',
  },
};

/** The built-in query of this name, in percent or milliseconds; undefined where there is none. */
export function builtInQuery(query: string, mesh: Mesh, variant: string): string | undefined {
  const { requests, durations, millisecondsPerUnit, code, selector } = names[mesh];
  const picked = selector(variant === "primary");
  const all = `sum(rate(${requests}{${picked}}[{{window}}]))`;
  const failed = `(sum(rate(${requests}{${picked},${code}=~"5.."}[{{window}}])) or vector(0))`;
  const latency = (quantile: number): string =>
    `${millisecondsPerUnit === 1 ? "" : `${millisecondsPerUnit} * `}histogram_quantile(${quantile}, ` +
    `sum by (le) (rate(${durations}{${picked}}[{{window}}])))`;
  switch (query) {
    case "success-rate":
      return `100 - 100 * ${failed} / ${all}`;
    case "error-rate":
      return `100 * ${failed} / ${all}`;
    case "latency-p50":
      return latency(0.5);
    case "latency-p90":
      return latency(0.9);
    case "latency-p99":
      return latency(0.99);
    default:
      return undefined;
  }
}

/** How many requests a variant got in `{{window}}`. */
export function requestsQuery(mesh: Mesh, variant: string): string {
  const { requests, selector } = names[mesh];
  return `sum(increase(${requests}{${selector(variant === "primary")}}[{{window}}]))`;
}
