import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planPromotion } from "../../rollout/updates/promotion";
import { kubernetes } from "../../stacks/kubernetes";
import { hasCluster, parseSettings } from "../../stacks/settings";
import { at, only, registered, SECRET } from "../components/kubernetes/registered";

const API = readFileSync(join(__dirname, "../fixtures/api.yaml"), "utf8");

describe("an app from a manifest", () => {
  const here = process.cwd();
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-manifest-"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: canary-traffic\n");
    writeFileSync(join(folder, "api.yaml"), API);
    writeFileSync(join(folder, "bad.yaml"), "kind: A\n---\na: [\n");
    for (const name of ["k8s", "k8s/empty", "k8s/kustomize", "k8s/parts"]) mkdirSync(join(folder, name));
    writeFileSync(
      join(folder, "k8s/kustomize/kustomization.yaml"),
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
    );
    for (const [i, text] of API.split(/^---$/m).entries())
      writeFileSync(join(folder, `k8s/parts/${i}.yaml`), text);
    process.chdir(folder);
  });
  after(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true });
  });

  const api = {
    host: "api.example.com",
    namespace: "shop",
    manifest: "api.yaml",
    canaryImage: "registry.example.com/api:1.1.0",
  };

  function settingsOf(change: object = {}, all: object = {}) {
    const settings = parseSettings({
      platform: "kubernetes",
      canaryWeight: 10,
      traefik: { install: false, ingressClass: "theirs" },
      apps: { api: { ...api, ...change } },
      ...all,
    });
    if (!hasCluster(settings)) throw new Error("settings of another platform");
    return settings;
  }

  it("stands in one file, or in all files of a folder", async () => {
    const declared = async (manifest: string) =>
      (await registered(() => kubernetes(settingsOf({ manifest }), {})))
        .map(({ type, name }) => `${type} ${name}`)
        .sort();
    assert.deepEqual(await declared("k8s/parts"), await declared("api.yaml"));
  });

  it("is declared by its objects' own types, with a copy for the canary, and routed by its Services", async () => {
    const resources = await registered(() => kubernetes(settingsOf(), {}));
    const types = new Set(resources.map(({ type, name }) => `${type} ${name}`));
    for (const each of [
      "kubernetes:apps/v1:Deployment api",
      "kubernetes:apps/v1:Deployment api-canary",
      "kubernetes:core/v1:Service api-canary",
      "kubernetes:core/v1:ConfigMap api-config",
      "kubernetes:policy/v1:PodDisruptionBudget api-canary",
      "kubernetes:autoscaling/v2:HorizontalPodAutoscaler api",
    ])
      assert.ok(types.has(each), `${each}: ${[...types].join(", ")}`);
    const deployment = resources.find(({ kind, name }) => kind === "Deployment" && name === "api");
    assert.ok(deployment?.dependencies.includes("ConfigMap/api-config"));
    assert.deepEqual(at(only(resources, "TraefikService"), "spec.weighted.services"), [
      { name: "api", port: 80, weight: 90 },
      { name: "api-canary", port: 80, serversTransport: "api-canary", weight: 10 },
    ]);
  });

  it("keeps the values of its Secrets secret", async () => {
    const resources = await registered(() => kubernetes(settingsOf(), {}));
    assert.ok(JSON.stringify(at(only(resources, "Secret"), "stringData")).includes(SECRET));
  });

  it("has the size and the images of its manifest, but for what is set", () => {
    const [app] = settingsOf({ canaryReplicas: 2 }).apps;
    assert.equal(app?.image, "registry.example.com/api:1.0.0");
    assert.equal(app?.replicas, 3);
    assert.deepEqual(
      app?.canaries.map(({ image, replicas }) => [image, replicas]),
      [["registry.example.com/api:1.1.0", 2]],
    );
  });

  it("is compared with new pods of the primary's version, if asked", async () => {
    const settings = settingsOf({}, { rollout: { baseline: "fresh" } });
    const resources = await registered(() => kubernetes(settings, {}));
    const baseline = resources.find(({ kind, name }) => kind === "Deployment" && name === "api-baseline");
    assert.equal(
      at(baseline ?? assert.fail("none"), "spec.template.spec.containers.0.image"),
      "registry.example.com/api:1.0.0",
    );
  });

  it("is promoted by the setting image, which stands above the manifest's", () => {
    const file = `config:\n  canary-traffic:apps:\n    api:\n      manifest: api.yaml\n      canaryImage: registry.example.com/api:1.1.0\n      canaryWeight: 100\n`;
    const { primaries } = planPromotion(
      file,
      "canary-traffic",
      settingsOf({ canaryWeight: 100 }),
      [{ app: "api", canary: "canary" }],
      { "api/canary": 100 },
      [],
    );
    assert.match(primaries, /^ {6}image: registry\.example\.com\/api:1\.1\.0$/m);
  });

  const refusals: readonly [string, object, RegExp][] = [
    [
      "a file that is not there",
      { manifest: "k8s/none.yaml" },
      /^apps\.api\.manifest is "k8s\/none\.yaml"; allowed: a file of the project's: there is no /,
    ],
    [
      "a folder of which a file is wrong",
      { manifest: "." },
      /^apps\.api\.manifest is "\."; allowed: in its file Pulumi\.yaml: /m,
    ],
    [
      "a folder without such files",
      { manifest: "k8s/empty" },
      /^apps\.api\.manifest is "k8s\/empty"; allowed: a folder with files that end in \.yaml, \.yml or \.json$/,
    ],
    [
      "a folder that Kustomize is to render",
      { manifest: "k8s/kustomize" },
      /^apps\.api\.manifest is "k8s\/kustomize"; allowed: in its file kustomization\.yaml: .*no Kustomization: render it first/,
    ],
    [
      "a path of this machine",
      { manifest: "/etc/passwd" },
      /^apps\.api\.manifest is "\/etc\/passwd"; allowed: a file such as/,
    ],
    [
      "all that is wrong with it",
      { manifest: "bad.yaml" },
      /^apps\.api\.manifest is "bad\.yaml"; allowed: in document 1 .*\napps\.api\.manifest is "bad\.yaml"; allowed: YAML in document 2/,
    ],
    [
      "pods' settings",
      { replicas: 2 },
      /^apps\.api\.replicas is 2; allowed: no such key beside manifest: set it in the manifest, or by patches$/,
    ],
    [
      "a Service of others",
      { service: "api" },
      /^apps\.api\.service is "api"; allowed: no such key beside manifest/,
    ],
    [
      "a canary that is the primary",
      { canaryImage: undefined, canaries: { blue: { weight: 1 } } },
      /^apps\.api\.canaries\.blue\.image is missing: set it to an image, or manifest with/,
    ],
    [
      "a weight without a canary",
      { canaryImage: undefined, canaryWeight: 5 },
      /^apps\.api\.canaryWeight is 5; allowed: together with canaryImage or canaryManifest only$/,
    ],
    [
      "a split by pods",
      { router: "replicas" },
      /^apps\.api\.router is "replicas"; allowed: a router that shares requests out between Services, beside manifest/,
    ],
  ];
  for (const [title, change, line] of refusals) {
    it(`is refused with ${title}`, () =>
      assert.throws(
        () => settingsOf(change),
        (error: Error) => line.test(error.message) || assert.fail(error.message),
      ));
  }
});
