import assert from "node:assert/strict";
import { type RouterName, routerNames, routers } from "../../components/routers";
import { placesOf } from "../../rollout/places";
import { planPromotion } from "../../rollout/updates/promotion";
import { routeOf } from "../../stacks/apps";
import { kubernetes } from "../../stacks/kubernetes";
import { hasCluster, parseSettings } from "../../stacks/settings";
import { missingServices } from "../../status/services";
import { registered } from "../components/kubernetes/registered";

const shop = {
  host: "shop.example.com",
  namespace: "web",
  service: "shop-stable",
  canaryService: "shop-next",
  servicePort: 8080,
  canaries: { blue: { weight: 5, service: "shop-blue" } },
};

function settingsOf(raw: Record<string, unknown> = {}) {
  const settings = parseSettings({ platform: "kubernetes", canaryWeight: 10, apps: { shop }, ...raw });
  if (!hasCluster(settings)) throw new Error("settings of another platform");
  return settings;
}

describe("an app whose Services others make", () => {
  it("has its routes made, and nothing else", async () => {
    const resources = await registered(() =>
      kubernetes(settingsOf({ traefik: { install: false, ingressClass: "theirs" } }), {}),
    );
    const kinds = new Set(resources.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ["CanaryApp", "IngressRoute", "ServersTransport", "TraefikService"]);
  });

  it("is a split between them, by every router that shares requests out between Services", () => {
    const able: RouterName[] = [];
    for (const router of routerNames()) {
      const traefik = { install: false, ingressClass: "theirs" };
      let settings: ReturnType<typeof settingsOf>;
      try {
        const routers = { gateway: { gatewayClass: "theirs" } };
        settings = settingsOf({ router, routers, traefik, apps: { shop: { ...shop, canaries: {} } } });
      } catch {
        continue;
      }
      able.push(router);
      const app = settings.apps[0] ?? assert.fail("no app");
      const route = routeOf(app, settings.traefik);
      const weights = routers[router].readWeights(routers[router].manifests(route));
      assert.deepEqual(
        Object.keys(weights).sort(),
        ["shop-next", "shop-stable"],
        `${router}: ${JSON.stringify(weights)}`,
      );
      // A Route of OpenShift's has no number: it takes a Service's only port.
      const text = JSON.stringify(routers[router].manifests(route));
      if (router !== "openshift") assert.match(text, /\b8080\b/, router);
      if (router !== "proxy") assert.doesNotMatch(text, /"(targetPort|port)":"http"/, router);
    }
    for (const router of ["traefik", "nginx", "gateway", "istio", "contour"] as const)
      assert.ok(able.includes(router), router);
    for (const router of ["replicas", "blue-green"] as const) assert.ok(!able.includes(router), router);
  });

  it("says in the stack's outputs which Services they are", () =>
    registered(() => {
      assert.deepEqual(kubernetes(settingsOf(), {}).services, {
        shop: { primary: "web/shop-stable", canary: "web/shop-next", blue: "web/shop-blue" },
      });
    }));

  it("is measured at those Services", async () => {
    const { place } = placesOf(settingsOf(), () => assert.fail("not asked"));
    const all = { namespace: "web", primary: "shop-stable", port: 8080 };
    assert.deepEqual(await place("shop", "primary"), { ...all, service: "shop-stable" });
    assert.deepEqual(await place("shop", "blue"), { ...all, service: "shop-blue" });
  });

  it("is promoted by whoever makes its pods", () => {
    assert.throws(
      () =>
        planPromotion(
          "",
          "canary-traffic",
          settingsOf(),
          [{ app: "shop", canary: "canary" }],
          {
            "shop/canary": 100,
          },
          [],
        ),
      /^Error: shop\/canary: promote is not the program's, as its pods are made by whoever makes its Services.*: give the pods of shop-stable the version of those of shop-next there, then run canary rollback$/,
    );
  });

  it("names the Services that the cluster does not have", async () => {
    const there = ["shop-stable", "shop-blue"];
    const cluster = {
      find: async (manifest: Parameters<Parameters<typeof missingServices>[1]["find"]>[0]) =>
        there.includes(manifest.metadata.name) && manifest.metadata.namespace === "web"
          ? manifest
          : undefined,
    };
    assert.deepEqual(await missingServices(settingsOf().apps, cluster), [
      "Service web/shop-next of shop's canary is not there; whoever makes the Services sets that, in Helm, Argo CD or another stack",
    ]);
  });
});
