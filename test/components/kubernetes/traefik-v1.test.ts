import assert from "node:assert/strict";
import { Traefik, type TraefikArgs } from "../../../components/kubernetes/traefik";
import type { TraefikConfigArgs } from "../../../components/kubernetes/traefik-config";
import { configFilesV1 } from "../../../components/kubernetes/traefik-v1";
import { at, only, type Registered, registered } from "./registered";

const args: TraefikArgs & TraefikConfigArgs = {
  version: "v1",
  image: "traefik:v1.7.16-alpine",
  namespace: "edge",
  installCrds: true,
  crdsChartVersion: "1.18.0",
  providers: ["crd"],
  ingressClass: "traefik-external",
  redirectToHttps: false,
  metricsBuckets: [0.1, 0.3, 1.2, 5],
  trustedIps: [],
  resources: { cpu: "100m", memory: "150Mi", cpuLimit: "200m", memoryLimit: "300Mi" },
  acceptGraceSeconds: 30,
  graceSeconds: 20,
};
const traefik = (changes: Partial<TraefikArgs> = {}): Promise<Registered[]> =>
  registered(() => new Traefik("traefik", { ...args, ...changes }));
const tomlOf = (changes: Partial<TraefikArgs> = {}): string =>
  configFilesV1({ ...args, ...changes })["traefik.toml"] ?? "";

describe("Traefik 1.7", () => {
  it("is configured by TOML, in the words of its own documentation", () => {
    assert.equal(
      tomlOf(),
      `checkNewVersion = false
sendAnonymousUsage = false
logLevel = "INFO"
defaultEntryPoints = ["http", "https"]

[lifeCycle]
requestAcceptGraceTimeout = "30s"
graceTimeOut = "20s"

[entryPoints.http]
address = ":80"

[entryPoints.http.forwardedHeaders]
insecure = false
trustedIPs = []

[entryPoints.https]
address = ":443"

[entryPoints.https.forwardedHeaders]
insecure = false
trustedIPs = []

[entryPoints.https.tls]
minVersion = "VersionTLS12"

[entryPoints.traefik]
address = ":8080"

[entryPoints.traefik.forwardedHeaders]
insecure = false
trustedIPs = []

[ping]
entryPoint = "traefik"

[metrics.prometheus]
entryPoint = "traefik"
buckets = [0.1, 0.3, 1.2, 5.0]

[kubernetes]
ingressClass = "traefik-external"
`,
    );
  });

  it("redirects to https, logs, trusts a load balancer and keeps to namespaces where told so", () => {
    const all = tomlOf({
      redirectToHttps: true,
      accessLog: true,
      trustedIps: ["10.0.0.0/16"],
      namespaces: ["edge", "shop"],
    });
    assert.match(all, /\n\[entryPoints\.http\.redirect\]\nentryPoint = "https"\npermanent = true\n/);
    assert.match(all, /\n\[accessLog\]\nformat = "json"\n/);
    assert.equal(all.match(/trustedIPs = \["10\.0\.0\.0\/16"\]/g)?.length, 3);
    assert.match(all, /\nnamespaces = \["edge", "shop"\]\n$/);
  });

  it("runs where Traefik 3 would, with no more rights, on the file that it finds by itself", async () => {
    const pods = async (changes: Partial<TraefikArgs>) =>
      at(only(await traefik(changes), "DaemonSet"), "spec.template.spec");
    const { containers, ...pod } = (await pods({})) as { containers: Record<string, unknown>[] };
    const v3 = (await pods({ version: "v3", image: "traefik:v1.7.16-alpine" })) as object;
    assert.deepEqual({ containers, ...pod }, v3);
    assert.equal(containers[0]?.image, "traefik:v1.7.16-alpine");
    assert.deepEqual(containers[0]?.securityContext, {
      runAsUser: 0,
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
    });
    const configMap = only(await traefik(), "ConfigMap");
    assert.deepEqual(Object.keys(at(configMap, "data") as object), ["traefik.toml"]);
  });

  it("is in one namespace with all that it has, and watches Ingresses of old clusters alone", async () => {
    const resources = await traefik();
    const kinds = resources.map(({ kind }) => kind).filter((kind) => !["Traefik", "Stack"].includes(kind));
    assert.deepEqual(kinds.sort(), [
      "ClusterRole",
      "ClusterRoleBinding",
      "ConfigMap",
      "DaemonSet",
      "Service",
      "ServiceAccount",
    ]);
    for (const kind of ["ConfigMap", "DaemonSet", "Service", "ServiceAccount"]) {
      assert.equal(at(only(resources, kind), "metadata.namespace"), "edge", kind);
    }
    assert.deepEqual(at(only(resources, "ClusterRole"), "rules"), [
      { apiGroups: [""], resources: ["services", "endpoints", "secrets"], verbs: ["list", "watch"] },
      { apiGroups: ["extensions"], resources: ["ingresses"], verbs: ["list", "watch"] },
    ]);
  });
});
