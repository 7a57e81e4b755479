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
        assert.deepEqual([...one.dependencies].sort(), ready);
        assert.equal(one.parent, "CanaryApp/myapp");
      }
    }
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
      { redirectToHttps, install: false },
    ]) {
      it(`and of none with ${JSON.stringify(traefik)}`, async () => {
        assert.deepEqual(await warningsOf({ traefik }), []);
      });
    }
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
