import assert from "node:assert/strict";
import { Traefik, type TraefikArgs } from "../../../components/kubernetes/traefik";
import { at, only, type Registered, registered } from "./registered";

const args: TraefikArgs = {
  providers: ["crd"],
  image: "traefik:v3.7.5",
  namespace: "edge",
  installCrds: true,
  crdsChartVersion: "1.18.0",
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
const podOf = async (path: string): Promise<unknown> =>
  at(only(await traefik(), "DaemonSet"), `spec.template.spec.${path}`);

describe("Traefik", () => {
  it("runs on the host network of every edge node, tolerating what keeps others off", async () => {
    assert.equal(await podOf("hostNetwork"), true);
    assert.equal(await podOf("dnsPolicy"), "ClusterFirstWithHostNet");
    assert.deepEqual(await podOf("nodeSelector"), { "edge-node-label": "" });
    assert.deepEqual(await podOf("tolerations"), [{ key: "edge-node-label", operator: "Exists" }]);
    const ports = (await podOf("containers.0.ports")) as { name: string; hostPort: number }[];
    assert.deepEqual(
      ports.map(({ name, hostPort }) => [name, hostPort]),
      [
        ["web", 80],
        ["websecure", 443],
        ["traefik", 8080],
      ],
    );
  });

  it("has no right on its node but to bind low ports", async () => {
    assert.deepEqual(await podOf("containers.0.securityContext"), {
      runAsUser: 0,
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
    });
    assert.deepEqual(await podOf("securityContext"), { seccompProfile: { type: "RuntimeDefault" } });
  });

  it("restarts one node at a time, and only once load balancers had time to notice the last one", async () => {
    const daemonSet = only(await traefik({ acceptGraceSeconds: 25 }), "DaemonSet");
    const updateStrategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } };
    assert.deepEqual(at(daemonSet, "spec.updateStrategy"), updateStrategy);
    assert.equal(at(daemonSet, "spec.minReadySeconds"), 25);
    assert.equal(at(daemonSet, "spec.template.spec.terminationGracePeriodSeconds"), 60);
  });

  it("is asked by ping whether it is ready and alive", async () => {
    for (const probe of ["readinessProbe", "livenessProbe"]) {
      assert.deepEqual(await podOf(`containers.0.${probe}.httpGet`), { path: "/ping", port: 8080 });
    }
  });

  it("asks for the resources and the priority that it is given", async () => {
    const resources = { cpu: "1", memory: "1Gi", cpuLimit: "2", memoryLimit: "2Gi" };
    const daemonSet = only(
      await traefik({ resources, priorityClassName: "system-node-critical" }),
      "DaemonSet",
    );
    assert.deepEqual(at(daemonSet, "spec.template.spec.containers.0.resources"), {
      requests: { cpu: "1", memory: "1Gi" },
      limits: { cpu: "2", memory: "2Gi" },
    });
    assert.equal(at(daemonSet, "spec.template.spec.priorityClassName"), "system-node-critical");
    assert.equal(await podOf("priorityClassName"), undefined);
  });

  it("reads its configuration, read-only, from a ConfigMap of a made-up name, so that a change restarts it", async () => {
    const configMap = only(await traefik(), "ConfigMap");
    assert.equal(at(configMap, "metadata.name"), undefined);
    assert.deepEqual(Object.keys(at(configMap, "data") as object), ["traefik.yaml"]);
    assert.deepEqual(await podOf("volumes.0"), { name: "config", configMap: { name: "traefik-1a2b3c4d" } });
    const mount = { name: "config", mountPath: "/etc/traefik", readOnly: true };
    assert.deepEqual(await podOf("containers.0.volumeMounts.0"), mount);
  });

  it("may watch what its provider lists at start, and change nothing", async () => {
    const resources = await traefik();
    const rules = at(only(resources, "ClusterRole"), "rules") as Record<string, string[]>[];
    assert.deepEqual([...new Set(rules.flatMap(({ verbs }) => verbs))], ["list", "watch"]);
    const watched = rules.flatMap(({ apiGroups, resources: names }) =>
      names?.map((name) => `${apiGroups}/${name}`),
    );
    assert.deepEqual(watched.sort(), [
      "/configmaps",
      "/secrets",
      "/services",
      "discovery.k8s.io/endpointslices",
      "traefik.io/ingressroutes",
      "traefik.io/ingressroutetcps",
      "traefik.io/ingressrouteudps",
      "traefik.io/middlewares",
      "traefik.io/middlewaretcps",
      "traefik.io/serverstransports",
      "traefik.io/serverstransporttcps",
      "traefik.io/tlsoptions",
      "traefik.io/tlsstores",
      "traefik.io/traefikservices",
    ]);
    const binding = only(resources, "ClusterRoleBinding");
    assert.equal(at(binding, "roleRef.name"), "traefik-1a2b3c4d");
    const account = { kind: "ServiceAccount", name: "traefik-1a2b3c4d", namespace: "edge" };
    assert.deepEqual(at(binding, "subjects"), [account]);
    assert.equal(await podOf("serviceAccountName"), "traefik-1a2b3c4d");
  });

  it("has its rights in all namespaces, or in those alone whose routes it serves", async () => {
    assert.ok((await traefik()).every(({ kind }) => kind !== "RoleBinding"));
    const resources = await traefik({ namespaces: ["edge", "shop"] });
    assert.ok(resources.every(({ kind }) => kind !== "ClusterRoleBinding"));
    const bindings = resources.filter(({ kind }) => kind === "RoleBinding");
    assert.deepEqual(
      bindings.map((one) => at(one, "metadata.namespace")),
      ["edge", "shop"],
    );
    for (const binding of bindings) {
      const roleRef = {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "traefik-1a2b3c4d",
      };
      assert.deepEqual(at(binding, "roleRef"), roleRef);
      const account = { kind: "ServiceAccount", name: "traefik-1a2b3c4d", namespace: "edge" };
      assert.deepEqual(at(binding, "subjects"), [account]);
      assert.ok(only(resources, "DaemonSet").dependencies.includes(`RoleBinding/${binding.name}`));
    }
  });

  it("may read what an enabled provider watches, and write nothing but the status of the Gateway API's objects", async () => {
    const rules = async (providers: TraefikArgs["providers"]): Promise<string[]> =>
      rulesOf(only(await traefik({ providers }), "ClusterRole"));
    const none = await rules([]);
    assert.deepEqual((await rules(["ingressNginx"])).filter((rule) => !none.includes(rule)).sort(), [
      "list,watch networking.k8s.io/ingressclasses",
      "list,watch networking.k8s.io/ingresses",
    ]);
    assert.deepEqual((await rules(["gateway"])).filter((rule) => !none.includes(rule)).sort(), [
      "list,watch /namespaces",
      ...["backendtlspolicies", "gatewayclasses", "gateways", "grpcroutes", "httproutes"].map(inGateway),
      ...["referencegrants", "tlsroutes"].map(inGateway),
      ...["backendtlspolicies", "gatewayclasses", "gateways", "grpcroutes", "httproutes", "tlsroutes"].map(
        (kind) => `update gateway.networking.k8s.io/${kind}/status`,
      ),
    ]);
  });

  it("has rights on the cluster itself only where a provider needs them, in a role of its own", async () => {
    const namespaces = ["edge", "shop"];
    assert.equal((await traefik({ namespaces })).filter(({ kind }) => kind === "ClusterRole").length, 1);
    const resources = await traefik({ namespaces, providers: ["ingressNginx", "gateway"] });
    const roles = resources.filter(({ kind }) => kind === "ClusterRole");
    const ofCluster = roles.find(({ name }) => name === "traefik-cluster");
    assert.ok(roles.length === 2 && ofCluster !== undefined);
    assert.deepEqual(rulesOf(ofCluster).sort(), [
      "list /namespaces",
      "list,watch /namespaces",
      "list,watch gateway.networking.k8s.io/gatewayclasses",
      "list,watch networking.k8s.io/ingressclasses",
      "update gateway.networking.k8s.io/gatewayclasses/status",
    ]);
    const binding = only(resources, "ClusterRoleBinding");
    assert.equal(at(binding, "roleRef.name"), "traefik-cluster-1a2b3c4d");
    assert.ok(only(resources, "DaemonSet").dependencies.includes("ClusterRoleBinding/traefik-cluster"));
  });

  it("has a GatewayClass of a fixed name while it reads Gateways", async () => {
    assert.ok((await traefik()).every(({ kind }) => kind !== "GatewayClass"));
    const gatewayClass = only(await traefik({ providers: ["crd", "gateway"] }), "GatewayClass");
    assert.equal(at(gatewayClass, "metadata.name"), "traefik");
    assert.equal(at(gatewayClass, "spec.controllerName"), "traefik.io/gateway-controller");
  });

  it("serves a certificate of its namespace by default, by the one TLSStore that it knows", async () => {
    assert.ok((await traefik()).every(({ kind }) => kind !== "TLSStore"));
    const resources = await traefik({ defaultCertificateSecret: "wildcard" });
    const store = only(resources, "TLSStore");
    assert.equal(store.type, "kubernetes:traefik.io/v1alpha1:TLSStore");
    assert.deepEqual([at(store, "metadata.namespace"), at(store, "metadata.name")], ["edge", "default"]);
    assert.deepEqual(at(store, "spec"), { defaultCertificate: { secretName: "wildcard" } });
    assert.deepEqual(store.dependencies, ["Release/traefik-crds"]);
  });

  it("keeps to one namespace", async () => {
    const resources = await traefik();
    for (const kind of ["ConfigMap", "ServiceAccount", "DaemonSet", "Service"]) {
      assert.equal(at(only(resources, kind), "metadata.namespace"), "edge", kind);
    }
    assert.equal(at(only(resources, "Release"), "namespace"), "edge");
  });

  it("is reached by node port for the apps' traffic alone, on edge nodes alone", async () => {
    const resources = await traefik();
    const service = only(resources, "Service");
    assert.equal(at(service, "spec.type"), "NodePort");
    assert.equal(at(service, "spec.externalTrafficPolicy"), "Local");
    assert.deepEqual(at(service, "spec.ports"), [
      { name: "web", port: 80, targetPort: "web" },
      { name: "websecure", port: 443, targetPort: "websecure" },
    ]);
    assert.deepEqual(
      at(service, "spec.selector"),
      at(only(resources, "DaemonSet"), "spec.selector.matchLabels"),
    );
  });

  it("has an IngressClass of a fixed name", async () => {
    const ingressClass = only(await traefik({ ingressClass: "outside" }), "IngressClass");
    assert.equal(at(ingressClass, "metadata.name"), "outside");
    assert.equal(at(ingressClass, "spec.controller"), "traefik.io/ingress-controller");
  });

  it("installs the custom resource definitions first, and leaves them when the stack goes", async () => {
    const resources = await traefik();
    const release = only(resources, "Release");
    assert.equal(at(release, "chart"), "traefik-crds");
    assert.equal(at(release, "version"), "1.18.0");
    assert.equal(at(release, "repositoryOpts.repo"), "https://traefik.github.io/charts");
    assert.equal(release.retainOnDelete, true);
    assert.ok(only(resources, "DaemonSet").dependencies.includes("Release/traefik-crds"));
  });

  it("installs none where the cluster has them", async () => {
    assert.ok((await traefik({ installCrds: false })).every(({ kind }) => kind !== "Release"));
  });

  it("lets a user change every child's args", async () => {
    const metadata = { name: "changed" };
    const change = <Args extends object>(of: Args): Args => ({ ...of, metadata });
    const transform: TraefikArgs["transform"] = {
      crds: (of) => ({ ...of, name: "changed" }),
      configMap: change,
      serviceAccount: change,
      clusterRole: change,
      clusterRoleBinding: change,
      roleBinding: change,
      tlsStore: change,
      daemonSet: change,
      service: change,
      ingressClass: change,
      gatewayClass: change,
    };
    for (const namespaces of [undefined, ["edge"]]) {
      const resources = await traefik({
        providers: ["crd", "gateway"],
        defaultCertificateSecret: "wildcard",
        namespaces,
        transform,
      });
      const children = resources.filter(({ kind }) => kind !== "Traefik");
      assert.equal(children.length, namespaces === undefined ? 10 : 12);
      for (const child of children)
        assert.equal(at(child, "metadata.name") ?? at(child, "name"), "changed", child.kind);
    }
  });

  it("is the parent of its children and passes on none of its args", async () => {
    const [component, ...children] = await traefik();
    assert.equal(component?.type, "canary-traffic:kubernetes:Traefik");
    assert.deepEqual(component?.inputs, {});
    for (const child of children) assert.equal(child.parent, "Traefik/traefik");
  });
});

const inGateway = (kind: string): string => `list,watch gateway.networking.k8s.io/${kind}`;

/** `verbs group/resource`, for each resource. */
function rulesOf(role: Registered): string[] {
  const rules = at(role, "rules") as Record<"apiGroups" | "resources" | "verbs", string[]>[];
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    resources.map((resource) => `${verbs} ${apiGroups}/${resource}`),
  );
}
