/** What components on Kubernetes, and the settings, take for what nobody says. */

/** Of an app's pods. */
export const POD_DEFAULTS = {
  port: 8080,
  healthPath: "/",
  env: {} as Readonly<Record<string, string>>,
  downwardApi: false,
  runAsNonRoot: false,
  imagePullSecrets: [] as readonly string[],
  nodeSelector: {} as Readonly<Record<string, string>>,
  startupSeconds: 120,
  preStopSeconds: 10,
  terminationGraceSeconds: 40,
};

export const POD_RESOURCES = { cpu: "100m", memory: "128Mi", memoryLimit: "256Mi" };

/** Pods of a primary, and of each canary. */
export const REPLICAS = { primary: 3, canary: 1 };

/** Of the Traefik on edge nodes. */
export const TRAEFIK_DEFAULTS = {
  installCrds: true,
  crdsChartVersion: "1.18.0",
  ingressClass: "traefik-external",
  redirectToHttps: false,
  metricsBuckets: [0.1, 0.3, 1.2, 5] as readonly number[],
  trustedIps: [] as readonly string[],
  acceptGraceSeconds: 30,
  graceSeconds: 20,
};

export const TRAEFIK_RESOURCES = { cpu: "100m", memory: "150Mi", cpuLimit: "200m", memoryLimit: "300Mi" };

export const TRAEFIK_IMAGES = { v3: "traefik:v3.7.5", v1: "traefik:v1.7.16-alpine" };
