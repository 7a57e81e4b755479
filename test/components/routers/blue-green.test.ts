import assert from "node:assert/strict";
import { type Backend, type Route, routers } from "../../../components/routers";
import { routeTo } from "./route";

const blueGreen = routers["blue-green"];

const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("blue-green", weights, changes);

/** What each Service selects: the variant's name. */
function selected(of: Route): Record<string, unknown> {
  const services = blueGreen.manifests(of).filter(({ kind }) => kind === "Service");
  return Object.fromEntries(
    services.map(({ metadata, spec }) => [
      metadata.name,
      (spec as { selector: { variant: string } }).selector.variant,
    ]),
  );
}

describe("router blue-green", () => {
  it("leads all requests to one variant, and the preview to the other", () => {
    assert.deepEqual(selected(route([0])), { "myapp-front": "primary", "myapp-preview": "canary" });
    assert.deepEqual(selected(route([100])), { "myapp-front": "canary", "myapp-preview": "primary" });
  });

  it("switches to one of several canaries", () => {
    assert.deepEqual(selected(route([0, 100])), { "myapp-front": "canary2", "myapp-preview": "primary" });
  });

  it("has no preview where there is no other variant", () => {
    assert.deepEqual(selected(route([])), { "myapp-front": "primary" });
  });

  it("refuses every other weight, in one sentence", () => {
    for (const weights of [[0.01], [50], [99.99], [50, 50]]) {
      assert.deepEqual(blueGreen.problems(route(weights)), [
        "a split that gives one variant 100 %: it switches, at 0 or 100",
      ]);
    }
    for (const weights of [[0], [100], [0, 100]]) assert.deepEqual(blueGreen.problems(route(weights)), []);
  });

  it("serves the host by the front Service, and by the primary while that has no endpoints", () => {
    const routes = blueGreen.manifests(route([100])).filter(({ kind }) => kind === "IngressRoute");
    assert.deepEqual(
      routes.map(({ metadata, spec }) => {
        const [{ priority, services }] = (spec as { routes: [{ priority: number; services: object[] }] })
          .routes;
        return [metadata.name, priority, services];
      }),
      [
        ["myapp-front", 20, [{ name: "myapp-front", port: 80 }]],
        ["myapp-front-fallback", 10, [{ name: "myapp", port: 80 }]],
      ],
    );
  });

  it("changes Services alone when it switches", () => {
    const others = (weight: number) =>
      blueGreen.manifests(route([weight])).filter(({ kind }) => kind !== "Service");
    assert.deepEqual(others(100), others(0));
  });

  it("tells who is live from its objects", () => {
    assert.deepEqual(blueGreen.readWeights(blueGreen.manifests(route([0]))), {
      myapp: 100,
      "myapp-canary": 0,
    });
    assert.deepEqual(blueGreen.readWeights(blueGreen.manifests(route([100]))), {
      myapp: 0,
      "myapp-canary": 100,
    });
  });

  it("warns of a canary that takes all requests with fewer pods, and refuses one without any", () => {
    assert.deepEqual(blueGreen.warnings(route([0])), []);
    assert.deepEqual(blueGreen.warnings(route([100])), [
      "myapp: canary takes all requests with 1 pods, where the primary has 3",
    ]);
    const { backends, ...rest } = route([100]);
    const [primary, canary] = backends as [Backend, Backend];
    const none = blueGreen.problems({ ...rest, backends: [primary, { ...canary, replicas: 0 }] });
    assert.deepEqual(none, ["with pods of canary, which takes all requests"]);
  });
});
