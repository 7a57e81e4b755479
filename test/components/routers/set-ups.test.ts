import assert from "node:assert/strict";
import { type Manifest, type Route, type RouterName, routers } from "../../../components/routers";
import { routeTo, specOf } from "./route";

/** What a router makes with settings of its own. */
function made(name: RouterName, settings: object, changes: Partial<Route> = {}): Manifest[] {
  const route = routeOf(name, settings, changes);
  assert.deepEqual(routers[name].problems(route), []);
  return routers[name].manifests(route);
}

const routeOf = (name: RouterName, settings: object, changes: Partial<Route> = {}): Route =>
  routeTo(name, [10], { ...changes, settings: routers[name].settings.parse(settings) });
const problem = (name: RouterName, settings: object, changes: Partial<Route> = {}): string =>
  routers[name].problems(routeOf(name, settings, changes)).join();
const tlsSecret = "myapp-tls";

describe("in common set-ups, routers", () => {
  it("gateway and istio redirect port 80 of the apps' own Gateways, where there is a certificate", () => {
    const [redirect] = made("gateway", { redirectToHttps: true }, { tlsSecret }).filter(
      ({ metadata }) => metadata.name === "myapp-https",
    );
    assert.deepEqual(specOf(redirect), {
      parentRefs: [{ name: "myapp", sectionName: "http" }],
      hostnames: ["myapp.example.com"],
      rules: [
        {
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
        },
      ],
    });
    const main = made("gateway", { redirectToHttps: true }, { tlsSecret }).find(
      ({ kind, metadata }) => kind === "HTTPRoute" && metadata.name === "myapp",
    );
    assert.deepEqual(specOf<{ parentRefs: unknown }>(main).parentRefs, [
      { name: "myapp", sectionName: "https" },
    ]);
    const own = made("istio", { redirectToHttps: true }, { tlsSecret }).find(
      ({ kind }) => kind === "Gateway",
    );
    const [http, https] = specOf<{ servers: { tls?: unknown }[] }>(own).servers;
    assert.deepEqual(http?.tls, { httpsRedirect: true });
    assert.deepEqual(https?.tls, { mode: "SIMPLE", credentialName: tlsSecret });
    for (const name of ["gateway", "istio"] as const)
      assert.match(
        problem(name, { redirectToHttps: true }),
        /redirectToHttps together with host and tlsSecret/,
      );
  });

  it("gateway takes one listener of a Gateway that is there", () => {
    const existing = { name: "shared", namespace: "infra", listener: "https" };
    const [route] = made("gateway", { existing });
    const parent = { name: "shared", namespace: "infra", sectionName: "https" };
    assert.deepEqual(specOf<{ parentRefs: unknown }>(route).parentRefs, [parent]);
  });

  it("apisix redirects all of its rules", () => {
    const routes = made("apisix", { redirectToHttps: true }).filter(({ kind }) => kind === "ApisixRoute");
    for (const { spec } of routes)
      for (const rule of (spec as { http: { plugins?: unknown }[] }).http)
        assert.deepEqual(rule.plugins, [{ name: "redirect", enable: true, config: { http_to_https: true } }]);
  });

  it("contour takes a certificate of another namespace, and one alone", () => {
    const [proxy] = made("contour", { certificate: "certs/wildcard" });
    const { virtualhost } = specOf<{ virtualhost: unknown }>(proxy);
    assert.deepEqual(virtualhost, {
      fqdn: "myapp.example.com",
      tls: { secretName: "certs/wildcard" },
    });
    assert.match(problem("contour", { certificate: "certs/wildcard" }, { tlsSecret }), /not both/);
  });

  it("alb-ingress lets the controller find the certificate, or names it", () => {
    const [ingress] = made("alb-ingress", { https: true });
    const { annotations = {} } = ingress?.metadata ?? {};
    assert.equal(annotations["alb.ingress.kubernetes.io/listen-ports"], '[{"HTTP":80},{"HTTPS":443}]');
    assert.equal(annotations["alb.ingress.kubernetes.io/ssl-redirect"], "443");
    assert.equal(annotations["alb.ingress.kubernetes.io/certificate-arn"], undefined);
    const certificateArn = "arn:aws:acm:eu-west-1:123456789012:certificate/a";
    assert.match(
      problem("alb-ingress", { https: true, certificateArn }),
      /https or certificateArn, not both/,
    );
  });

  it("traefik says what a Traefik of others' may do with a canary without pods", () => {
    const { backends, ...rest } = routeOf("traefik", {});
    const [primary, ...canaries] = backends;
    const none = canaries.map((canary) => ({ ...canary, replicas: 0 }));
    const route: Route = { ...rest, backends: [primary, ...none] };
    assert.deepEqual(routers.traefik.warnings(route), []);
    assert.match(
      routers.traefik.warnings({ ...route, foreignTraefik: true }).join(),
      /no pods: its users get 503 where your Traefik has allowEmptyServices/,
    );
  });

  it("all say what their data plane's documentation asks for", () => {
    for (const { traits } of Object.values(routers)) assert.ok(traits.setUps.length > 0);
  });
});
