import assert from "node:assert/strict";
import { readConfiguration } from "../../offline/configuration";
import { deployed, preview } from "../../offline/preview";
import { departing } from "../../policy/departures";
import { previewFindings, previewGraph } from "../../policy/preview";
import { heldBack } from "../../rollout/updates/held-back";
import { Project } from "../cli/project";
import { app, dev, prod, type Raw } from "../stacks/raw";

const IMAGE = "registry.example.com/myapp:1.2.0";

describe("policies on a preview", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  /** An update from one configuration to the other. */
  async function update(before: Raw, after: Raw) {
    const configuration = (settings: Raw) => {
      project.stackFile("dev", settings);
      return readConfiguration(project.folder, "dev");
    };
    const states = await deployed(project.folder, configuration(before));
    return preview(project.folder, configuration(after), states);
  }
  const refused = async (before: Raw, after: Raw): Promise<string[]> =>
    previewFindings(await update(before, after))
      .filter(({ severity }) => severity === "mandatory")
      .map(({ rule }) => rule);

  it("let a branch go with its image, and a match", async () => {
    const branches = (...names: string[]) => ({
      branches: { header: "x-branch", images: Object.fromEntries(names.map((name) => [name, IMAGE])) },
    });
    assert.deepEqual(await refused(app(branches("one", "two", "three")), app(branches("two", "three"))), []);
    assert.deepEqual(await refused(app(branches("one")), app({})), []);
    const match = [{ header: "x-canary", value: "always", variant: "canary" }];
    assert.deepEqual(await refused(app({ match }), app({})), []);
  });

  it("let a debug canary go whose last day has passed, with all that leads to it", async () => {
    const debugged = (until: object): Raw => ({
      ...app({
        debug: {
          runtimeClass: "kata",
          weight: 10,
          sidecar: { image: "registry.example.com/tools:1" },
          ...until,
        },
        match: [{ header: "x-debug", value: "on", variant: "debug" }],
        mirror: { variant: "debug", percent: 10 },
      }),
      policies: { sandboxedRuntimeClasses: ["kata"] },
    });
    const live = debugged({});
    assert.deepEqual(await refused(live, debugged({ until: "2026-01-01" })), []);
    assert.ok((await refused(live, app({}))).includes("traffic-kept"));
  });

  it("keep an app that is named like another's idle canary", async () => {
    const shop = { host: "shop.example.com", canaries: { eu: { weight: 0 } } };
    const apps = { shop, "shop-eu-west": { host: "eu.example.com", canaryWeight: 10 } };
    const seen = await update(prod({ apps }), prod({ apps: { shop } }));
    assert.deepEqual(
      departing(previewGraph(seen))
        .map(({ name }) => name)
        .sort(),
      ["shop-eu-west", "shop-eu-west-canary"],
    );
    assert.ok(previewFindings(seen).some(({ rule }) => rule === "traffic-kept"));
  });

  it("hold pods against an autoscaler that takes their number over, and canary up leaves it for later", async () => {
    const autoscaling = { min: 1, max: 9, canaries: true };
    const before = app({ replicas: 9, canaryReplicas: 6, canaryWeight: 50 });
    const after = app({ autoscaling, canaryReplicas: 6, canaryWeight: 10 });
    assert.deepEqual(await refused(before, after), ["primary-capacity", "weight-before-pods"]);
    const { labels, reasons } = heldBack(await update(before, after)) ?? {};
    assert.deepEqual(labels, ["HorizontalPodAutoscaler myapp-canary", "Deployment myapp-canary"]);
    assert.deepEqual(reasons, ["myapp: canary goes from 50 % to 10 % and from 6 pods to 1"]);
  });

  it("let a canary rise whose share is made of the app's pods", async () => {
    const at = (canaryWeight: number): Raw => ({
      ...dev({ apps: { myapp: { replicas: 4, canaryWeight } } }),
      router: "replicas",
    });
    assert.deepEqual(await refused(at(0), at(25)), []);
  });
});
