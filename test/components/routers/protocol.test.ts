import assert from "node:assert/strict";
import {
  type Manifest,
  type Protocol,
  type Route,
  type RouterName,
  routerNames,
  routers,
} from "../../../components/routers";
import { routeTo } from "./route";

function made(name: RouterName, protocol: Protocol, settings?: object): readonly Manifest[] {
  const { backends, ...rest } = routeTo(name, name === "blue-green" ? [100] : [10]);
  const [primary, ...canaries] = backends.map((backend) =>
    protocol === "http" ? backend : { ...backend, protocol },
  );
  assert.ok(primary !== undefined);
  const route: Route = {
    ...rest,
    backends: [primary, ...canaries],
    ...(settings && { settings: routers[name].settings.parse(settings) }),
  };
  assert.deepEqual(routers[name].problems(route), []);
  return routers[name].manifests(route);
}

const SETTINGS: Partial<Record<RouterName, object>> = { "alb-ingress": { https: true } };

/** What says so in each router's objects; by appProtocol of the Services alone where there is nothing. */
const SIGNS: Partial<Record<RouterName, Partial<Record<Protocol, RegExp>>>> = {
  traefik: {
    h2c: /"scheme":"h2c"/,
    grpc: /"scheme":"h2c"/,
    https: /"scheme":"https".*|"insecureSkipVerify":true/,
  },
  replicas: { h2c: /"scheme":"h2c"/, grpc: /"scheme":"h2c"/ },
  "blue-green": { h2c: /"scheme":"h2c"/, grpc: /"scheme":"h2c"/ },
  nginx: { grpc: /backend-protocol":"GRPC"/, https: /backend-protocol":"HTTPS"/ },
  istio: { https: /"tls":\{"mode":"SIMPLE","insecureSkipVerify":true\}/ },
  "alb-ingress": {
    h2c: /backend-protocol-version":"HTTP2"/,
    grpc: /backend-protocol-version":"GRPC"/,
    https: /backend-protocol":"HTTPS"/,
  },
  contour: { h2c: /"protocol":"h2c"/, grpc: /"protocol":"h2c"/, https: /"protocol":"tls"/ },
  apisix: { grpc: /"scheme":"grpc"/, https: /"scheme":"https"/ },
};

describe("what pods speak", () => {
  for (const name of routerNames()) {
    for (const protocol of routers[name].traits.protocols) {
      if (protocol === "http") continue;
      it(`is ${protocol}, by router ${name}, for every Service that it leads to`, () => {
        const text = JSON.stringify(made(name, protocol, SETTINGS[name]));
        const plain = JSON.stringify(made(name, "http", SETTINGS[name]));
        const sign = SIGNS[name]?.[protocol];
        if (sign === undefined) return assert.equal(text, plain);
        assert.match(text, sign);
        assert.doesNotMatch(plain, sign);
      });
    }
  }

  it("is on each of Traefik's ways to a Service, with a transport that trusts the pods' certificate", () => {
    const objects = made("traefik", "https");
    const transports = objects.filter(({ kind }) => kind === "ServersTransport");
    assert.deepEqual(
      transports.map(({ metadata, spec }) => [metadata.name, spec]),
      ["myapp", "myapp-canary"].map((name) => [name, { insecureSkipVerify: true }]),
    );
    const text = JSON.stringify(objects);
    assert.equal(
      text.match(/"port":80/g)?.length,
      text.match(/"port":80,"scheme":"https","serversTransport"/g)?.length,
    );
  });

  it("needs HTTP/2 in front of an ALB, too, which it has with TLS alone", () => {
    const { backends, ...rest } = routeTo("alb-ingress", [10]);
    const [primary, ...others] = backends;
    const grpc: Route = { ...rest, backends: [{ ...primary, protocol: "grpc" }, ...others] };
    assert.match(routers["alb-ingress"].problems(grpc).join(), /^protocol grpc together with/);
  });

  it("may become a WebSocket with Contour and APISIX, which refuse that by default", () => {
    const rules = (name: RouterName, key: string): object[] =>
      made(name, "http").flatMap(({ spec }) => (spec as Record<string, object[]>)[key] ?? []);
    const [contour, apisix] = [rules("contour", "routes"), rules("apisix", "http")];
    assert.ok(contour.length > 0 && apisix.length > 0);
    for (const rule of contour) assert.equal((rule as { enableWebsockets?: boolean }).enableWebsockets, true);
    for (const rule of apisix) assert.equal((rule as { websocket?: boolean }).websocket, true);
  });
});
