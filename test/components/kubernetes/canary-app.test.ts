import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CanaryApp, type CanaryAppArgs } from "../../../components/kubernetes/canary-app";
import { at, only, type Registered, registered, SECRET, UNKNOWN } from "./registered";

const args: CanaryAppArgs = {
  namespace: "shop",
  servicePort: 80,
  port: 3000,
  healthPath: "/healthz",
  env: { ZONE: "a", LEVEL: "info" },
  downwardApi: false,
  resources: { cpu: "100m", memory: "128Mi", memoryLimit: "256Mi" },
  runAsNonRoot: false,
  imagePullSecrets: [],
  nodeSelector: {},
  startupSeconds: 120,
  preStopSeconds: 7,
  terminationGraceSeconds: 33,
  primary: { image: "registry.example.com/myapp:1.0.0", replicas: 3 },
  canaries: [
    { name: "canary", image: "registry.example.com/myapp:1.1.0", replicas: 1 },
    { name: "blue", image: "registry.example.com:5000/myapp", replicas: 0 },
  ],
};

const app = (changes: Partial<CanaryAppArgs> = {}, preview = false): Promise<Registered[]> =>
  registered(() => new CanaryApp("myapp", { ...args, ...changes }), { preview });
const podOf = (deployment: Registered, path: string): unknown => at(deployment, `spec.template.spec.${path}`);

describe("CanaryApp", () => {
  it("runs a Deployment and a Service of a fixed name for every variant", async () => {
    const resources = await app();
    for (const kind of ["Deployment", "Service"]) {
      const names = resources
        .filter((one) => one.kind === kind)
        .map((one) => `${at(one, "metadata.namespace")}/${at(one, "metadata.name")}`);
      assert.deepEqual(names.sort(), ["shop/myapp", "shop/myapp-blue", "shop/myapp-canary"]);
    }
    const canary = only(resources, "Deployment", "myapp-canary");
    assert.equal(at(canary, "spec.replicas"), 1);
    assert.equal(podOf(canary, "containers.0.image"), "registry.example.com/myapp:1.1.0");
  });

  it("selects each variant's pods and no other's", async () => {
    const resources = await app({
      canaries: [
        ...(args.canaries ?? []),
        { name: "primary", image: "registry.example.com/myapp:2", replicas: 1 },
      ],
    });
    const deployments = resources.filter((one) => one.kind === "Deployment");
    const labels = deployments.map(
      (one) => at(one, "spec.template.metadata.labels") as Record<string, string>,
    );
    for (const one of resources.filter(({ kind }) => kind !== "CanaryApp")) {
      const selector = (at(one, "spec.selector.matchLabels") ?? at(one, "spec.selector")) as Record<
        string,
        string
      >;
      const selected = labels.filter((pod) =>
        Object.entries(selector).every(([key, value]) => pod[key] === value),
      );
      assert.deepEqual(
        selected.map((pod) => pod["app.kubernetes.io/instance"]),
        [at(one, "metadata.name")],
        `${one.kind}/${one.name}`,
      );
    }
  });

  it("labels pods with app, track, variant and version", async () => {
    const resources = await app();
    const labels = (name: string): unknown =>
      at(only(resources, "Deployment", name), "spec.template.metadata.labels");
    assert.deepEqual(labels("myapp-canary"), {
      "app.kubernetes.io/name": "myapp",
      "app.kubernetes.io/instance": "myapp-canary",
      "app.kubernetes.io/managed-by": "pulumi",
      "app.kubernetes.io/version": "1.1.0",
      track: "canary",
      variant: "canary",
    });
    assert.deepEqual(labels("myapp-blue"), {
      "app.kubernetes.io/name": "myapp",
      "app.kubernetes.io/instance": "myapp-blue",
      "app.kubernetes.io/managed-by": "pulumi",
      track: "canary",
      variant: "blue",
    });
  });

  it("leads a Service's port to whatever port the pod has", async () => {
    const resources = await app();
    const service = only(resources, "Service", "myapp");
    assert.deepEqual(at(service, "spec.ports"), [{ name: "http", port: 80, targetPort: "http" }]);
    const ports = podOf(only(resources, "Deployment", "myapp"), "containers.0.ports");
    assert.deepEqual(ports, [{ name: "http", containerPort: 3000 }]);
  });

  it("never waits for endpoints of a variant that runs no pods", async () => {
    const service = only(await app(), "Service", "myapp-blue");
    assert.deepEqual(at(service, "metadata.annotations"), { "pulumi.com/skipAwait": "true" });
  });

  it("updates pods without lowering capacity, and lets drains take one at a time, or any that is broken", async () => {
    const resources = await app();
    const strategy = at(only(resources, "Deployment", "myapp"), "spec.strategy");
    assert.deepEqual(strategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 },
    });
    for (const name of ["myapp", "myapp-canary", "myapp-blue"]) {
      const budget = only(resources, "PodDisruptionBudget", name);
      assert.equal(at(budget, "spec.maxUnavailable"), 1);
      assert.equal(at(budget, "spec.unhealthyPodEvictionPolicy"), "AlwaysAllow");
    }
  });

  it("probes the health path from start to end of a pod", async () => {
    const deployment = only(await app(), "Deployment", "myapp-canary");
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      const httpGet = podOf(deployment, `containers.0.${probe}.httpGet`);
      assert.deepEqual(httpGet, { path: "/healthz", port: "http" });
    }
  });

  it("gives a pod its time to start, in checks two seconds apart", async () => {
    for (const [startupSeconds, failureThreshold] of [
      [120, 60],
      [45, 23],
      [1, 1],
    ] as const) {
      const deployment = only(await app({ startupSeconds }), "Deployment", "myapp");
      assert.equal(podOf(deployment, "containers.0.startupProbe.periodSeconds"), 2);
      assert.equal(podOf(deployment, "containers.0.startupProbe.failureThreshold"), failureThreshold);
    }
  });

  it("waits as long for a rollout as slow pods take, a quarter of them at a time", async () => {
    const timeouts = async (startupSeconds: number): Promise<unknown> =>
      only(await app({ startupSeconds }), "Deployment", "myapp").timeouts;
    assert.deepEqual(await timeouts(30), { create: "600s", update: "600s" });
    assert.deepEqual(await timeouts(300), { create: "1500s", update: "1500s" });
  });

  it("ends a pod after the router forgot it, without needing a shell in the image", async () => {
    const deployment = only(await app(), "Deployment", "myapp");
    assert.deepEqual(podOf(deployment, "containers.0.lifecycle"), { preStop: { sleep: { seconds: 7 } } });
    assert.equal(podOf(deployment, "terminationGracePeriodSeconds"), 33);
    const atOnce = only(await app({ preStopSeconds: 0 }), "Deployment", "myapp");
    assert.equal(podOf(atOnce, "containers.0.lifecycle"), undefined);
  });

  it("gives pods what they ask for and no way to more rights, whoever the image runs as", async () => {
    const deployment = only(await app(), "Deployment", "myapp");
    assert.deepEqual(podOf(deployment, "containers.0.resources"), {
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { memory: "256Mi" },
    });
    assert.deepEqual(podOf(deployment, "containers.0.securityContext"), { allowPrivilegeEscalation: false });
    assert.deepEqual(podOf(deployment, "securityContext"), { seccompProfile: { type: "RuntimeDefault" } });
    assert.equal(podOf(deployment, "automountServiceAccountToken"), false);
  });

  it("has no pod run as root or with a capability, where told so", async () => {
    const deployment = only(await app({ runAsNonRoot: true }), "Deployment", "myapp-canary");
    assert.deepEqual(podOf(deployment, "containers.0.securityContext"), {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
    const seccompProfile = { type: "RuntimeDefault" };
    assert.deepEqual(podOf(deployment, "securityContext"), { runAsNonRoot: true, seccompProfile });
  });

  it("runs pods as a ServiceAccount, without its token for the cluster, from a private registry, on chosen nodes", async () => {
    const resources = await app({
      serviceAccountName: "checkout",
      imagePullSecrets: ["registry", "mirror"],
      nodeSelector: { "kubernetes.io/arch": "arm64" },
    });
    for (const name of ["myapp", "myapp-canary"]) {
      const deployment = only(resources, "Deployment", name);
      assert.equal(podOf(deployment, "serviceAccountName"), "checkout");
      assert.equal(podOf(deployment, "automountServiceAccountToken"), false);
      assert.deepEqual(podOf(deployment, "imagePullSecrets"), [{ name: "registry" }, { name: "mirror" }]);
      assert.deepEqual(podOf(deployment, "nodeSelector"), { "kubernetes.io/arch": "arm64" });
    }
  });

  it("says nothing of what is not set", async () => {
    const deployment = only(await app({ env: {} }), "Deployment", "myapp");
    for (const key of [
      "serviceAccountName",
      "imagePullSecrets",
      "nodeSelector",
      "volumes",
      "containers.0.env",
    ]) {
      const path = key.split(".");
      const parent = podOf(deployment, path.slice(0, -1).join(".")) ?? at(deployment, "spec.template.spec");
      assert.ok(!((path.at(-1) ?? "") in (parent as object)), key);
    }
  });

  it("spreads a variant's pods over zones and nodes", async () => {
    const deployment = only(await app(), "Deployment", "myapp-canary");
    const spread = podOf(deployment, "topologySpreadConstraints") as {
      topologyKey: string;
      labelSelector: unknown;
    }[];
    assert.deepEqual(
      spread.map(({ topologyKey }) => topologyKey),
      ["topology.kubernetes.io/zone", "kubernetes.io/hostname"],
    );
    for (const { labelSelector } of spread) assert.deepEqual(labelSelector, at(deployment, "spec.selector"));
  });

  it("makes the same pods whatever the order of variables", async () => {
    const turned = only(await app({ env: { LEVEL: "info", ZONE: "a" } }), "Deployment", "myapp");
    assert.deepEqual(turned.inputs, only(await app(), "Deployment", "myapp").inputs);
    const env = [
      { name: "LEVEL", value: "info" },
      { name: "ZONE", value: "a" },
    ];
    assert.deepEqual(podOf(turned, "containers.0.env"), env);
  });

  it("tells a pod its name, its namespace and its labels, which follow, where told so", async () => {
    const deployment = only(await app({ downwardApi: true, env: {} }), "Deployment", "myapp-canary");
    assert.deepEqual(podOf(deployment, "containers.0.env"), [
      { name: "MY_POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "MY_POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
    ]);
    const [volume] = podOf(deployment, "volumes") as { name: string; downwardAPI: unknown }[];
    assert.deepEqual(volume?.downwardAPI, {
      items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }],
    });
    const mounts = podOf(deployment, "containers.0.volumeMounts");
    assert.deepEqual(mounts, [{ name: volume?.name, mountPath: "/etc/labels", readOnly: true }]);
  });

  describe("with secret variables", () => {
    const secretEnv = { TOKEN: pulumi.secret("t0ps3cret"), KEY: pulumi.secret("k3y") };

    it("keeps the values in a Secret of a made-up name, marked secret", async () => {
      const resources = await app({ secretEnv });
      const secret = only(resources, "Secret");
      assert.equal(at(secret, "metadata.name"), undefined);
      assert.equal(at(secret, "metadata.namespace"), "shop");
      assert.ok(SECRET in (at(secret, "stringData") as object));
      assert.deepEqual(at(secret, "stringData.value"), { TOKEN: "t0ps3cret", KEY: "k3y" });
      assert.doesNotMatch(JSON.stringify(resources.filter((one) => one !== secret)), /t0ps3cret|k3y/);
    });

    it("gives every variant's pods the variables by reference", async () => {
      const resources = await app({ secretEnv });
      for (const name of ["myapp", "myapp-canary", "myapp-blue"]) {
        const env = podOf(only(resources, "Deployment", name), "containers.0.env") as unknown[];
        const reference = (key: string) => ({ secretKeyRef: { name: "myapp-1a2b3c4d", key } });
        assert.deepEqual(env.slice(2), [
          { name: "KEY", valueFrom: reference("KEY") },
          { name: "TOKEN", valueFrom: reference("TOKEN") },
        ]);
      }
    });

    it("leaves all of a Deployment known and plain but the Secret's name, while that is about to change", async () => {
      const now = only(await app({ secretEnv }), "Deployment", "myapp");
      const preview = only(await app({ secretEnv }, true), "Deployment", "myapp");
      const text = JSON.stringify(preview.inputs);
      assert.equal(text.split(UNKNOWN).length - 1, 2);
      assert.equal(text.replaceAll(UNKNOWN, "myapp-1a2b3c4d"), JSON.stringify(now.inputs));
      assert.ok(!text.includes(SECRET));
    });

    it("has no Secret without them", async () => {
      assert.ok((await app()).every(({ kind }) => kind !== "Secret"));
    });
  });

  it("lets a user change every child's args", async () => {
    const metadata = { name: "changed" };
    const resources = await app({
      secretEnv: { TOKEN: "t" },
      transform: {
        secret: (of) => ({ ...of, metadata }),
        deployment: (of) => ({ ...of, metadata }),
        service: (of) => ({ ...of, metadata }),
        podDisruptionBudget: (of) => ({ ...of, metadata }),
      },
    });
    const children = resources.filter(({ kind }) => kind !== "CanaryApp");
    assert.equal(children.length, 10);
    for (const child of children) assert.deepEqual(at(child, "metadata"), metadata, child.name);
  });

  it("is the parent of its children and passes on none of its args", async () => {
    const [component, ...children] = await app();
    assert.equal(component?.type, "canary-traffic:kubernetes:CanaryApp");
    assert.deepEqual(component?.inputs, {});
    for (const child of children) assert.equal(child.parent, "CanaryApp/myapp");
  });
});
