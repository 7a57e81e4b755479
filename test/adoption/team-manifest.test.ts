import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Adopted, adoptFromCluster } from "../../adoption";
import { foundLabel } from "../../adoption/found";
import { manifestKeeper } from "../../cli/adopt";
import { readManifest } from "../../components/kubernetes/manifest/read";
import type { Manifest } from "../../components/routers";
import { readConfiguration } from "../../offline/configuration";
import type { ListedCluster } from "../../status/kubernetes";
import { Project } from "../cli/project";

const API = readFileSync(join(__dirname, "../fixtures/api.yaml"), "utf8");

/** The API's objects as a cluster has them. */
const objects: readonly Manifest[] = readManifest(API).objects.map((object) => {
  const { spec, metadata } = object;
  const fields = {
    namespace: "shop",
    uid: "1",
    resourceVersion: "7",
    creationTimestamp: "2026-01-31T00:00:00Z",
  };
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", owner: "shop" };
  return {
    ...object,
    metadata: { ...metadata, ...fields, ...(object.kind === "Deployment" && { annotations }) },
    ...(object.kind === "Ingress" && {
      metadata: {
        ...metadata,
        ...fields,
        annotations: { "nginx.ingress.kubernetes.io/proxy-body-size": "8m" },
      },
    }),
    ...(object.kind === "Service" && {
      spec: { ...(spec as object), clusterIP: "10.0.0.7", clusterIPs: ["10.0.0.7"], type: "ClusterIP" },
    }),
    status: {},
  } as unknown as Manifest;
});

const cluster: ListedCluster = {
  find: async ({ kind, metadata }) =>
    objects.find(
      (each) => each.kind === kind && each.metadata.name === metadata.name && metadata.namespace === "shop",
    ),
  all: async (_, kind) => objects.filter((each) => each.kind === kind),
};

describe("an app with everything, adopted from a cluster", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
    project.stackFile("dev", {
      router: "nginx",
      traefik: { providers: ["crd", "ingressNginx"] },
      apps: { api: { host: "api.example.com" } },
    });
  });
  afterEach(() => project.remove());

  const adopted = (keep?: ReturnType<typeof manifestKeeper>): Promise<Adopted> =>
    adoptFromCluster(project.folder, readConfiguration(project.folder, "dev"), cluster, keep);

  it("has settings for what there are some, and a word for all else", async () => {
    const { settings, notes } = await adopted();
    const { api } = settings["canary-traffic:apps"] as { api: Record<string, unknown> };
    assert.equal(api.image, "registry.example.com/api:1.0.0");
    assert.equal(api.serviceAccountName, "api");
    const all = notes.join("\n");
    for (const lost of [
      "container log-shipper",
      "port metrics",
      "envFrom",
      "volumeMounts",
      "volumes",
      "initContainers",
      "topologySpreadConstraints",
    ])
      assert.ok(all.includes(lost), `${lost}: ${all}`);
    assert.match(all, /^HorizontalPodAutoscaler shop\/api scales Deployment api: /m);
    assert.match(
      all,
      /^Ingress shop\/api has annotations nginx\.ingress\.kubernetes\.io\/proxy-body-size: /m,
    );
  });

  it("loses nothing by a manifest, and the first update changes nothing of its pods", async () => {
    const { settings, notes, found, differences } = await adopted(manifestKeeper(project.folder, "k8s"));
    const { api } = settings["canary-traffic:apps"] as { api: Record<string, unknown> };
    assert.equal(api.manifest, "k8s/api.yaml");
    assert.equal(api.servicePort, 80);
    assert.ok(!("image" in api) && !("replicas" in api));
    const text = readFileSync(join(project.folder, "k8s/api.yaml"), "utf8");
    const kept = readManifest(text).objects;
    for (const kind of [
      "Deployment",
      "Service",
      "ConfigMap",
      "ServiceAccount",
      "PodDisruptionBudget",
      "NetworkPolicy",
      "HorizontalPodAutoscaler",
    ])
      assert.ok(
        kept.some((each) => each.kind === kind),
        kind,
      );
    assert.deepEqual(
      kept.find(({ kind }) => kind === "Deployment")?.spec,
      objects.find(({ kind }) => kind === "Deployment")?.spec,
    );
    assert.doesNotMatch(text, /sesame|uid|resourceVersion|last-applied|10\.0\.0\.7/);
    assert.match(text, /owner: shop/);
    assert.ok(notes.some((note) => /^Secret shop\/api-secret: stays in the cluster/.test(note)));
    const labels = found.map(foundLabel);
    for (const label of [
      "Deployment/api",
      "Service/api",
      "ConfigMap/api-config",
      "HorizontalPodAutoscaler/api",
    ])
      assert.ok(labels.includes(label), `${label}: ${labels.join(", ")}`);
    assert.deepEqual(
      differences.filter((line) =>
        /^(Deployment|Service|ConfigMap|HorizontalPodAutoscaler|NetworkPolicy)\/api/.test(line),
      ),
      [],
    );
  });

  it("overwrites no file, and writes none outside of the project", async () => {
    const keep = manifestKeeper(project.folder, "k8s");
    keep("api", "a: 1\n");
    assert.throws(() => keep("api", "a: 2\n"), /--manifest k8s: there is k8s\/api\.yaml already/);
    for (const folder of ["/tmp", "../k8s", "a/../../b"])
      assert.throws(() => manifestKeeper(project.folder, folder), /allowed: a folder below the project's/);
  });
});
