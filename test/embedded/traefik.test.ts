import assert from "node:assert/strict";
import { UserError } from "../../base/user-error";
import { type Manifest, type Route, routers } from "../../components/routers";
import { readTraefik } from "../../embedded/traefik";
import { routeTo } from "../components/routers/route";
import { HOST, manifestsFor } from "./route";

const ingressRoute = (route: object): Manifest => ({
  apiVersion: "traefik.io/v1alpha1",
  kind: "IngressRoute",
  metadata: { name: "myapp", namespace: "myapp" },
  spec: { routes: [route] },
});

describe("reading Traefik's objects", () => {
  it("finds the weighted route, the fallback to the primary and the canary's own host", () => {
    assert.deepEqual(readTraefik(manifestsFor(10)), [
      { host: HOST, priority: 10, services: [{ name: "myapp", weight: 1 }] },
      {
        host: HOST,
        priority: 20,
        services: [
          { name: "myapp", weight: 90 },
          { name: "myapp-canary", weight: 10 },
        ],
      },
      { host: `canary.${HOST}`, priority: 20, services: [{ name: "myapp-canary", weight: 1 }] },
    ]);
  });

  it("leaves out a route to a TraefikService of another namespace or of no existence", () => {
    const elsewhere = manifestsFor(10).map((manifest) =>
      manifest.kind === "TraefikService"
        ? { ...manifest, metadata: { ...manifest.metadata, namespace: "other" } }
        : manifest,
    );
    assert.deepEqual(
      readTraefik(elsewhere).map(({ priority }) => priority),
      [10, 20],
    );
  });

  it("takes the rule's length for a missing priority, as Traefik does", () => {
    const match = "Host(`a.example.com`)";
    const [route] = readTraefik([ingressRoute({ match, services: [{ name: "a" }] })]);
    assert.equal(route?.priority, match.length);
  });

  it("refuses a rule that the data plane would not obey", () => {
    const route = ingressRoute({
      match: `Host(\`${HOST}\`) && PathPrefix(\`/api\`)`,
      services: [{ name: "myapp" }],
    });
    assert.throws(() => readTraefik([route]), /IngressRoute myapp: .*PathPrefix/);
  });

  it("takes sticky users for new ones", () => {
    const sticky = { cookie: "variant", seconds: 0 };
    const { traefik } = routers;
    assert.deepEqual(
      readTraefik(traefik.manifests(routeTo("traefik", [10], { sticky }))),
      readTraefik(traefik.manifests(routeTo("traefik", [10]))),
    );
  });

  for (const [title, changes] of Object.entries<Partial<Route>>({
    "a match": { matches: [{ kind: "header", name: "x-version", value: "always", variant: "canary" }] },
    "a mirror": { mirror: { variant: "canary", percent: 10 } },
    "a shield": { shield: true },
    "a split of clients": { splitBy: "clients" },
  })) {
    it(`refuses ${title} in one line`, () => {
      const manifests = routers.traefik.manifests(routeTo("traefik", [10], changes));
      assert.throws(
        () => readTraefik(manifests),
        (error) => error instanceof UserError && /^\S+ myapp\S*: the embedded .*$/.test(error.message),
      );
    });
  }

  it("refuses a TraefikService that is not of kind weighted", () => {
    const mirroring = { ...ingressRoute({}), kind: "TraefikService", spec: { mirroring: { name: "myapp" } } };
    assert.throws(() => readTraefik([mirroring]), /TraefikService myapp: .*weighted/);
  });
});
