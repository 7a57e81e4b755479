import assert from "node:assert/strict";
import { mock } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { kubernetes } from "../../stacks/kubernetes";
import { type KubernetesSettings, parseSettings } from "../../stacks/settings";
import {
  at,
  inputsByName,
  only,
  type Registered,
  registered,
  SECRET,
} from "../components/kubernetes/registered";

const myapp = {
  host: "myapp.example.com",
  canaryHost: "canary.myapp.example.com",
  image: "registry.example.com/myapp:1.0.0",
  canaryImage: "registry.example.com/myapp:1.1.0",
};

function settingsOf(raw: Record<string, unknown>): KubernetesSettings {
  const settings = parseSettings({ platform: "kubernetes", canaryWeight: 10, apps: { myapp }, ...raw });
  if (settings.platform !== "kubernetes") throw new Error("settings of another platform");
  return settings;
}

type Secrets = Record<string, Record<string, string>>;

const stack = (raw: Record<string, unknown> = {}): Promise<Registered[]> =>
  registered(() => kubernetes(settingsOf(raw), pulumi.secret((raw.secrets ?? {}) as Secrets)));
const namesOf = (resources: readonly Registered[], kind: string): string[] =>
  resources
    .filter((one) => one.kind === kind)
    .map(({ name }) => name)
    .sort();

describe("the Kubernetes stack", () => {
  it("touches the TraefikService alone when a weight changes", async () => {
    const before = inputsByName(await stack());
    for (const canaryWeight of [25, 0.5, 0, 100]) {
      const after = inputsByName(await stack({ canaryWeight }));
      assert.deepEqual([...after.keys()], [...before.keys()]);
      const changed = [...after].filter(
        ([key, inputs]) => JSON.stringify(inputs) !== JSON.stringify(before.get(key)),
      );
      assert.deepEqual(
        changed.map(([key]) => key),
        ["kubernetes:traefik.io/v1alpha1:TraefikService myapp"],
      );
    }
  });

  it("sends requests by weight to Services that it declares", async () => {
    const resources = await stack();
    const services = at(only(resources, "TraefikService"), "spec.weighted.services");
    assert.deepEqual(services, [
      { name: "myapp", port: 80, weight: 90 },
      { name: "myapp-canary", port: 80, serversTransport: "myapp-canary", weight: 10 },
    ]);
    for (const name of ["myapp", "myapp-canary"]) {
      const service = only(resources, "Service", name);
      assert.deepEqual([at(service, "metadata.namespace"), at(service, "spec.ports.0.port")], ["myapp", 80]);
    }
  });

  it("shifts requests once every variant is ready and Traefik's kinds are known", async () => {
    const resources = await stack();
    const ready = [
      "Deployment/myapp",
      "Deployment/myapp-canary",
      "Release/traefik-crds",
      "Service/myapp",
      "Service/myapp-canary",
    ];
    for (const kind of ["TraefikService", "IngressRoute", "ServersTransport"]) {
      for (const one of resources.filter((resource) => resource.kind === kind)) {
        for (const what of ready) assert.ok(one.dependencies.includes(what), `${one.name}: ${what}`);
        assert.equal(one.parent, "CanaryApp/myapp");
      }
    }
  });

  it("makes what a route refers to before the route", async () => {
    const resources = await stack();
    const route = resources.find(({ kind, name }) => kind === "IngressRoute" && name === "myapp");
    for (const what of [
      "ServersTransport/myapp-canary",
      "IngressRoute/myapp-fallback",
      "TraefikService/myapp",
    ])
      assert.ok(route?.dependencies.includes(what), what);
  });

  it("answers each app's host, router and weights, as asked and as its router can express them", () => {
    const apps = {
      myapp,
      shop: {
        host: "shop.example.com",
        image: "registry.example.com/shop:1",
        canaries: { blue: { image: "registry.example.com/shop:2", weight: 0.01 } },
      },
    };
    return registered(() => {
      const { hosts, routers, weights } = kubernetes(settingsOf({ apps }), {});
      assert.deepEqual(hosts, { myapp: "myapp.example.com", shop: "shop.example.com" });
      assert.deepEqual(routers, { myapp: "traefik", shop: "traefik" });
      assert.deepEqual(weights, {
        myapp: { primary: { asked: 90, effective: 90 }, canary: { asked: 10, effective: 10 } },
        shop: { primary: { asked: 99.99, effective: 99.99 }, blue: { asked: 0.01, effective: 0.01 } },
      });
    });
  });

  it("lets a canary alone take no longer than its time limit", async () => {
    const resources = await stack({ apps: { myapp: { ...myapp, canaryTimeoutSeconds: 5 } } });
    assert.deepEqual(namesOf(resources, "ServersTransport"), ["myapp-canary"]);
    const limits = at(only(resources, "ServersTransport"), "spec.forwardingTimeouts");
    assert.deepEqual(limits, { dialTimeout: "5s", responseHeaderTimeout: "5s" });
  });

  describe("makes namespaces", () => {
    it("once each, before what is in them", async () => {
      const shared = { namespace: "shop" };
      const apps = {
        a: { ...myapp, ...shared },
        b: { ...myapp, ...shared, host: "b.example.com", canaryHost: "c.b.com" },
      };
      const resources = await stack({ apps });
      assert.deepEqual(namesOf(resources, "Namespace"), ["shop", "traefik"]);
      for (const name of ["a", "b"]) {
        assert.deepEqual(only(resources, "CanaryApp", name).dependencies, ["Namespace/shop"]);
      }
      assert.deepEqual(only(resources, "Traefik").dependencies, ["Namespace/traefik"]);
    });

    it("and leaves existing ones alone", async () => {
      const resources = await stack({
        apps: { myapp: { ...myapp, createNamespace: false } },
        traefik: { createNamespace: false },
      });
      assert.deepEqual(namesOf(resources, "Namespace"), []);
      assert.deepEqual(only(resources, "CanaryApp").dependencies, []);
    });

    it("and lets pods on the host network into Traefik's only", async () => {
      const resources = await stack();
      const label = (name: string): unknown => at(only(resources, "Namespace", name), "metadata.labels");
      assert.deepEqual(label("traefik"), { "pod-security.kubernetes.io/enforce": "privileged" });
      assert.equal(label("myapp"), undefined);
    });
  });

  it("routes by a Traefik that it finds, where it is not to install one", async () => {
    const resources = await stack({ traefik: { install: false, ingressClass: "theirs" } });
    for (const kind of ["Traefik", "DaemonSet", "Release", "IngressClass"])
      assert.deepEqual(namesOf(resources, kind), []);
    const annotations = at(only(resources, "IngressRoute", "myapp"), "metadata.annotations");
    assert.deepEqual(annotations, { "kubernetes.io/ingress.class": "theirs" });
  });

  it("reads what the routers need where nobody says what, and tells who has ingress-nginx already what to set", async () => {
    const warn = mock.method(pulumi.log, "warn", async () => {});
    try {
      const readBy = async (raw: Record<string, unknown>): Promise<string[]> => {
        const configuration = at(only(await stack(raw), "ConfigMap"), "data") as Record<string, string>;
        return Object.keys(parse(configuration["traefik.yaml"] ?? "").providers);
      };
      assert.deepEqual(await readBy({}), ["kubernetesCRD"]);
      assert.deepEqual(await readBy({ router: "gateway" }), ["kubernetesCRD", "kubernetesGateway"]);
      assert.deepEqual(await readBy({ traefik: { providers: ["gateway"] }, router: "gateway" }), [
        "kubernetesGateway",
      ]);
      assert.equal(warn.mock.callCount(), 0);
      assert.deepEqual(await readBy({ router: "nginx" }), ["kubernetesCRD", "kubernetesIngressNGINX"]);
      assert.match(String(warn.mock.calls[0]?.arguments[0]), /ingress-nginx.*traefik\.install to false/);
      await readBy({ router: "nginx", traefik: { providers: ["crd", "ingressNginx"] } });
      assert.equal(warn.mock.callCount(), 1);
    } finally {
      warn.mock.restore();
    }
  });

  it("lets apps share a host by their paths, and says where each is", async () => {
    const apps = {
      myapp: { ...myapp, hosts: ["*.example.com"] },
      shop: { image: "shop:1", host: myapp.host, path: "/shop", stripPath: true },
      cart: { image: "cart:1", host: myapp.host, path: "/shop", pathType: "exact" },
    };
    const resources = await stack({ apps });
    const priority = (name: string): number =>
      at(only(resources, "IngressRoute", name), "spec.routes.0.priority") as number;
    assert.ok(priority("cart-fallback") > priority("shop"));
    assert.ok(priority("shop-fallback") > priority("myapp"));
    let outputs: unknown;
    await registered(() => {
      outputs = kubernetes(settingsOf({ apps }), pulumi.secret({})).hosts;
    });
    assert.deepEqual(outputs, {
      myapp: "myapp.example.com, *.example.com",
      shop: "myapp.example.com/shop",
      cart: "myapp.example.com/shop (exact)",
    });
  });

  it("asks pods that speak gRPC by gRPC, says so on their Services, and nothing of http", async () => {
    const of = async (protocol?: string): Promise<unknown[]> => {
      const resources = await stack({ apps: { myapp: { ...myapp, ...(protocol && { protocol }) } } });
      const service = only(resources, "Service", "myapp");
      const container = "spec.template.spec.containers.0";
      const pod = only(resources, "Deployment", "myapp");
      return [at(service, "spec.ports.0.appProtocol"), at(pod, `${container}.readinessProbe`)];
    };
    const period = { periodSeconds: 5, failureThreshold: 2 };
    const [plain, grpc, https] = [await of(), await of("grpc"), await of("https")];
    assert.equal(plain[0], undefined);
    assert.deepEqual(grpc, ["kubernetes.io/h2c", { grpc: { port: 8080 }, ...period }]);
    assert.equal(https[0], undefined);
    assert.match(JSON.stringify(https[1]), /"scheme":"HTTPS"/);
    assert.doesNotMatch(JSON.stringify(plain[1]), /scheme|grpc/);
  });

  it("gives Services node ports where a load balancer's targets are instances", async () => {
    const typeOf = async (settings: object): Promise<unknown> => {
      const raw = { router: "alb-ingress", routers: { "alb-ingress": settings } };
      return at(only(await stack(raw), "Service", "myapp"), "spec.type");
    };
    assert.equal(await typeOf({}), undefined);
    assert.equal(await typeOf({ targetType: "instance" }), "NodePort");
  });

  it("serves and may read all namespaces, or the apps' and Traefik's own once they are there", async () => {
    const everywhere = await stack();
    assert.equal(namesOf(everywhere, "ClusterRoleBinding").length, 1);
    const shop = { ...myapp, namespace: "shop", host: "b.example.com", canaryHost: "c.example.com" };
    const resources = await stack({ apps: { zoo: shop, myapp }, traefik: { clusterWide: false } });
    assert.deepEqual(namesOf(resources, "ClusterRoleBinding"), []);
    assert.deepEqual(namesOf(resources, "RoleBinding"), ["traefik-myapp", "traefik-shop", "traefik-traefik"]);
    const configuration = at(only(resources, "ConfigMap"), "data");
    const { providers } = parse((configuration as Record<string, string>)["traefik.yaml"] ?? "");
    assert.deepEqual(providers.kubernetesCRD.namespaces, ["myapp", "shop", "traefik"]);
    const made = ["Namespace/myapp", "Namespace/shop", "Namespace/traefik"];
    assert.deepEqual([...only(resources, "Traefik").dependencies].sort(), made);
  });

  it("lets the edge nodes' addresses and the app's namespace ask its pods alone, where it is to", async () => {
    assert.deepEqual(namesOf(await stack(), "NetworkPolicy"), []);
    const apps = { myapp: { ...myapp, networkPolicy: true } };
    const resources = await stack({ apps, traefik: { edgeAddresses: ["10.0.1.0/24", "10.0.2.0/24"] } });
    assert.deepEqual(at(only(resources, "NetworkPolicy"), "spec"), {
      podSelector: { matchLabels: { "app.kubernetes.io/name": "myapp" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            { ipBlock: { cidr: "10.0.1.0/24" } },
            { ipBlock: { cidr: "10.0.2.0/24" } },
            { podSelector: {} },
          ],
        },
      ],
    });
    await assert.rejects(
      stack({ apps }),
      /apps\.myapp\.networkPolicy is true; allowed: together with traefik\.edgeAddresses only/,
    );
  });

  it("runs Traefik 1.7 for a cluster that its Ingresses are for", async () => {
    const resources = await stack({
      router: "traefik-v1",
      routers: { "traefik-v1": { kubernetesVersion: "1.21" } },
      traefik: { version: "v1" },
    });
    const daemonSet = only(resources, "DaemonSet");
    assert.equal(at(daemonSet, "spec.template.spec.containers.0.image"), "traefik:v1.7.16-alpine");
    assert.deepEqual(Object.keys(at(only(resources, "ConfigMap"), "data") as object), ["traefik.toml"]);
    assert.deepEqual(namesOf(resources, "Release"), []);
    assert.deepEqual(namesOf(resources, "Ingress"), ["myapp", "myapp-canary-host", "myapp-fallback"]);
  });

  describe("warns of users who are sent to a self-signed certificate", () => {
    const redirectToHttps = true;
    const warningsOf = async (raw: Record<string, unknown>): Promise<string[]> => {
      const warn = mock.method(pulumi.log, "warn", async () => {});
      try {
        await stack(raw);
        return warn.mock.calls.map(({ arguments: [message] }) => String(message));
      } finally {
        warn.mock.restore();
      }
    };

    it("app by app", async () => {
      const shop = { ...myapp, host: "b.example.com", canaryHost: "c.example.com", tlsSecret: "shop-tls" };
      assert.deepEqual(await warningsOf({ apps: { myapp, shop }, traefik: { redirectToHttps } }), [
        "myapp: traefik.redirectToHttps sends its users to a self-signed certificate: set apps.myapp.tlsSecret or " +
          "traefik.defaultCertificateSecret, or, where a load balancer in front has the certificate, traefik.trustedIps",
      ]);
    });

    for (const traefik of [
      { redirectToHttps: false },
      { redirectToHttps, defaultCertificateSecret: "wildcard" },
      { redirectToHttps, trustedIps: ["10.0.0.0/16"] },
      { install: false, ingressClass: "theirs" },
    ]) {
      it(`and of none with ${JSON.stringify(traefik)}`, async () => {
        assert.deepEqual(await warningsOf({ traefik }), []);
      });
    }
  });

  describe("with a debug canary", () => {
    const debug = { runtimeClass: "kata", sidecar: { image: "registry.example.com/perf:6" } };
    const match = [{ header: "x-debug", variant: "debug" }];
    const stackOn = async (today: string, change: object = {}, raw: Record<string, unknown> = {}) => {
      const apps = { myapp: { ...myapp, match, debug: { ...debug, until: "2027-01-31" }, ...change } };
      const warn = mock.method(pulumi.log, "warn", async () => {});
      try {
        const settings = parseSettings({ platform: "kubernetes", apps, ...raw }, today);
        if (settings.platform !== "kubernetes") throw new Error("settings of another platform");
        const resources = await registered(() => kubernetes(settings, {}));
        return { resources, warnings: warn.mock.calls.map(({ arguments: [message] }) => String(message)) };
      } finally {
        warn.mock.restore();
      }
    };

    it("runs the primary's image at weight 0, for requests that ask for it", async () => {
      const { resources } = await stackOn("2027-01-31");
      const deployment = only(resources, "Deployment", "myapp-debug");
      assert.equal(at(deployment, "spec.template.spec.containers.0.image"), myapp.image);
      const services = at(only(resources, "TraefikService"), "spec.weighted.services") as {
        name: string;
        weight: number;
      }[];
      const weights = services.map(({ name, weight }) => `${name} ${weight}`);
      assert.deepEqual(weights, ["myapp 100", "myapp-canary 0", "myapp-debug 0"]);
      assert.equal(
        at(only(resources, "IngressRoute", "myapp-match-1"), "spec.routes.0.services.0.name"),
        "myapp-debug",
      );
    });

    it("takes a share of all requests, or all of them, when told to", async () => {
      const { resources } = await stackOn("2027-01-31", { debug: { ...debug, weight: 100 } });
      const services = at(only(resources, "TraefikService"), "spec.weighted.services") as {
        weight: number;
      }[];
      assert.deepEqual(
        services.map(({ weight }) => weight),
        [0, 0, 100],
      );
    });

    it("lists what it loosens, and until when", async () => {
      const { warnings } = await stackOn("2026-12-01");
      const about = warnings.filter((warning) => warning.includes("debug canary"));
      assert.deepEqual(about, [
        "myapp: the debug canary stays until the first update after 2027-01-31",
        "myapp: debug canary: container debug (registry.example.com/perf:6) sees the app's processes, their memory and environment, secrets included",
        "myapp: debug canary: container debug runs as root",
        "myapp: debug canary: container debug is privileged, within the sandbox of RuntimeClass kata",
        "myapp: debug canary: Namespace myapp lets privileged pods in, whoever makes them, unless policies.admission is true",
      ]);
    });

    it("lets privileged pods into its Namespace, and only as long as it needs them", async () => {
      const level = async (...how: Parameters<typeof stackOn>): Promise<unknown> =>
        at(only((await stackOn(...how)).resources, "Namespace", "myapp"), "metadata.labels");
      assert.deepEqual(await level("2027-01-31"), { "pod-security.kubernetes.io/enforce": "privileged" });
      assert.equal(await level("2027-02-01"), undefined);
      const unprivileged = { ...debug, sidecar: { ...debug.sidecar, privileged: false } };
      assert.equal(await level("2027-01-31", { debug: unprivileged }), undefined);
    });

    it("ends after its last day, with the routes to it, and says so", async () => {
      const without = await stackOn("2027-02-01", { debug: undefined, match: [] });
      const { resources, warnings } = await stackOn("2027-02-01");
      assert.deepEqual(inputsByName(resources), inputsByName(without.resources));
      assert.deepEqual(warnings.slice(without.warnings.length), [
        "myapp: the debug canary's last day was 2027-01-31: the first update since removes it; remove apps.myapp.debug",
      ]);
    });
  });

  it("leads requests that name a branch to its canary, after all that the app matches itself", async () => {
    const branches = {
      header: "x-branch",
      images: { search: "registry.example.com/myapp:s", login: "registry.example.com/myapp:l" },
    };
    const match = [{ cookie: "tester" }];
    const resources = await stack({ apps: { myapp: { ...myapp, branches, match } } });
    const image = at(only(resources, "Deployment", "myapp-login"), "spec.template.spec.containers.0.image");
    assert.equal(image, branches.images.login);
    const targets = [1, 2, 3].map((i) => {
      const route = only(resources, "IngressRoute", `myapp-match-${i}`);
      return [at(route, "spec.routes.0.match"), at(route, "spec.routes.0.services.0.name")].join(" -> ");
    });
    assert.match(targets[0] ?? "", /tester.* -> myapp-canary$/);
    assert.match(targets[1] ?? "", /x-branch`, `login`.* -> myapp-login$/);
    assert.match(targets[2] ?? "", /x-branch`, `search`.* -> myapp-search$/);
    const services = at(only(resources, "TraefikService"), "spec.weighted.services") as { weight: number }[];
    assert.deepEqual(
      services.map(({ weight }) => weight),
      [90, 10, 0, 0],
    );
  });

  describe("with autoscaling", () => {
    const autoscaling = { min: 4, max: 12 };
    it("scales the primary alone, as a canary that scales spreads its regression", async () => {
      const resources = await stack({ apps: { myapp: { ...myapp, autoscaling } } });
      assert.deepEqual(namesOf(resources, "HorizontalPodAutoscaler"), ["myapp"]);
    });

    it("lets a canary scale up to its own number of pods when asked to", async () => {
      const settings = { ...myapp, canaryReplicas: 2, autoscaling: { ...autoscaling, canaries: true } };
      const autoscaler = only(
        await stack({ apps: { myapp: settings } }),
        "HorizontalPodAutoscaler",
        "myapp-canary",
      );
      assert.deepEqual([at(autoscaler, "spec.minReplicas"), at(autoscaler, "spec.maxReplicas")], [1, 2]);
    });

    it("asks the cluster for as many pods whatever the weight, as no update waits for an autoscaler's", async () => {
      const scaled = { ...myapp, canaryReplicas: 8, autoscaling: { ...autoscaling, canaries: true } };
      const at = async (canaryWeight: number) =>
        inputsByName(
          (await stack({ canaryWeight, apps: { myapp: scaled } })).filter(
            ({ kind }) => kind === "HorizontalPodAutoscaler",
          ),
        );
      assert.deepEqual(await at(75), await at(10));
    });

    it("has a canary's pods ready before its weight, where all traffic takes a number of them", async () => {
      const settings = {
        ...myapp,
        canaryWeight: 25,
        canaryReplicas: 4,
        minReadyCapacity: 10,
        autoscaling: { min: 10, max: 20 },
      };
      const resources = await stack({ apps: { myapp: settings } });
      assert.equal(at(only(resources, "Deployment", "myapp-canary"), "spec.replicas"), 4);
      assert.deepEqual(namesOf(resources, "HorizontalPodAutoscaler"), ["myapp"]);
    });

    it("holds the least number of pods against the capacity that is needed", () => {
      const apps = (min: number) => ({
        myapp: { ...myapp, autoscaling: { min, max: 12 }, minReadyCapacity: 10 },
      });
      assert.doesNotThrow(() => settingsOf({ apps: apps(10) }));
      assert.throws(() => settingsOf({ apps: apps(9) }), /autoscaling\.min is 9; allowed: 10 or more/);
    });
  });

  it("gives an app its own secret variables, marked secret", async () => {
    const shop = { host: "shop.example.com", image: "registry.example.com/shop:1" };
    const secrets = { myapp: { TOKEN: "t0ps3cret" }, shop: { TOKEN: "another" } };
    const resources = await stack({ apps: { myapp, shop }, secrets });
    const stringData = at(only(resources, "Secret", "myapp"), "stringData");
    assert.ok(SECRET in (stringData as object));
    assert.deepEqual((stringData as { value: unknown }).value, { TOKEN: "t0ps3cret" });
    const env = at(only(resources, "Deployment", "myapp-canary"), "spec.template.spec.containers.0.env.0");
    assert.deepEqual(env, {
      name: "TOKEN",
      valueFrom: { secretKeyRef: { name: "myapp-1a2b3c4d", key: "TOKEN" } },
    });
  });
});
