import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type ApiObject, at } from "../../../../components/kubernetes/manifest/object";
import {
  type ManifestArgs,
  type ManifestPlan,
  ManifestProblems,
  planManifest,
} from "../../../../components/kubernetes/manifest/plan";
import { readManifest } from "../../../../components/kubernetes/manifest/read";

/** An API with environment from everywhere, an init container, a sidecar, volumes, two ports, and what stands around it. */
const API = readFileSync(join(__dirname, "../../../fixtures/api.yaml"), "utf8");

const objectsOf = (text: string): readonly ApiObject[] => {
  const { objects, problems } = readManifest(text);
  assert.deepEqual(problems, []);
  return objects;
};

const plan = (text = API, change: Partial<ManifestArgs> = {}): ManifestPlan =>
  planManifest({
    app: "api",
    namespace: "shop",
    objects: objectsOf(text),
    hosts: ["api.example.com"],
    canaries: [{ name: "canary", image: "registry.example.com/api:1.1.0", replicas: 1 }],
    ...change,
  });

const problemsOf = (text: string, change: Partial<ManifestArgs> = {}): readonly string[] => {
  try {
    plan(text, change);
  } catch (error) {
    if (error instanceof ManifestProblems) return error.problems;
    throw error;
  }
  return [];
};

const object = (text: string, kind: string, name?: string): ApiObject =>
  objectsOf(text).find((each) => each.kind === kind && (name === undefined || each.metadata.name === name)) ??
  assert.fail(`no ${kind}`);

const named = (objects: readonly ApiObject[], kind: string, name: string): ApiObject =>
  objects.find((each) => each.kind === kind && each.metadata.name === name) ??
  assert.fail(
    `no ${kind} ${name}: ${objects.map((each) => `${each.kind} ${each.metadata.name}`).join(", ")}`,
  );

interface Changing {
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

/** The manifest with one object changed. */
const changed = (kind: string, change: (object: Changing) => void): string =>
  API.split(/^---$/m)
    .map((text) => {
      const content = parse(text) as Changing;
      if (content.kind === kind) change(content);
      return stringify(content, { version: "1.1" });
    })
    .join("---\n");

const more = (text: string): string => `${API}---\n${text}\n`;

describe("a team's manifest beside a canary", () => {
  it("has the primary's Deployment and Service to the letter", () => {
    const [primary] = plan().variants;
    assert.deepEqual(primary.deployment.spec, object(API, "Deployment").spec);
    assert.deepEqual(primary.service.spec, object(API, "Service").spec);
    assert.deepEqual(primary.deployment.metadata.labels, { app: "api" });
  });

  it("has a copy of the Deployment with a name, a selector and an image of its own", () => {
    const [, canary] = plan().variants;
    assert.ok(canary);
    const own = { "canary-traffic/app": "api", "canary-traffic/variant": "canary" };
    assert.equal(canary.deployment.metadata.name, "api-canary");
    assert.deepEqual(at(canary.deployment, "spec", "selector"), { matchLabels: own });
    const template = at(canary.deployment, "spec", "template");
    assert.deepEqual(at(template, "metadata", "labels"), { team: "shop", ...own });
    const images = ["initContainers", "containers"].flatMap((key) =>
      (at(template, "spec", key) as readonly ApiObject[]).map(({ image }) => image),
    );
    // The init container runs the app's image: a migration goes with its version.
    assert.deepEqual(images, [
      ...[
        "registry.example.com/api:1.1.0",
        "registry.example.com/api:1.1.0",
        "registry.example.com/shipper:2",
      ],
    ]);
    assert.deepEqual(at(template, "spec", "topologySpreadConstraints"), [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: own },
      },
    ]);
    assert.equal(at(canary.deployment, "spec", "replicas"), 1);
  });

  it("has a Service of the canary's within the cluster, with the same ports", () => {
    const [primary, canary] = plan().variants;
    assert.deepEqual(at(canary?.service, "spec", "ports"), at(primary.service, "spec", "ports"));
    assert.equal(at(canary?.service, "spec", "type"), undefined);
  });

  it("copies what selects the pods, and names what does not cover the canary", () => {
    const { copies, notes, others } = plan(
      more(
        "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: api}\nspec: {selector: {matchLabels: {app: api}}}",
      ),
    );
    assert.deepEqual(
      copies.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ["PodDisruptionBudget api-canary", "NetworkPolicy api-canary", "PodMonitor api-canary"],
    );
    // Two pods that must stay would be all of a canary's.
    assert.deepEqual(at(named(copies, "PodDisruptionBudget", "api-canary"), "spec", "maxUnavailable"), 1);
    assert.equal(at(named(copies, "PodDisruptionBudget", "api-canary"), "spec", "minAvailable"), undefined);
    assert.ok(notes.some((note) => /^HorizontalPodAutoscaler api is about Deployment api alone/.test(note)));
    assert.ok(!others.some(({ kind }) => kind === "Deployment" || kind === "Ingress"));
  });

  it("lets a canary ask whom the primary may ask: peers of policies are copied, too", () => {
    const policy =
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db}\n" +
      "spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]}";
    const copy = named(plan(more(policy)).copies, "NetworkPolicy", "db-canary");
    assert.deepEqual(at(copy, "spec", "podSelector"), { matchLabels: { app: "db" } });
    assert.match(JSON.stringify(at(copy, "spec", "ingress")), /canary-traffic\/variant/);
  });

  it("names a route past the weights, and leaves out one of the app's own host", () => {
    const { notes, others } = plan(API.replace("host: api.example.com", "host: old.example.com"));
    assert.ok(
      notes.some((note) =>
        /^Ingress api leads to Service api past the weights: its requests reach no canary$/.test(note),
      ),
    );
    named(others, "Ingress", "api");
    assert.ok(
      plan().notes.some((note) => /^Ingress api leads .* by api\.example\.com, .* left out/.test(note)),
    );
  });

  it("names a Service past the weights, and a volume that the canary shares", () => {
    const outside = changed("Service", (service) => {
      Object.assign(service, { spec: { ...(service.spec as object), type: "LoadBalancer" } });
    });
    assert.ok(
      plan(outside).notes.includes(
        "Service api is of type LoadBalancer: requests that come by its own address reach no canary",
      ),
    );
    const claim = changed("Deployment", (deployment) => {
      const pod = (deployment.spec as { template: { spec: { volumes?: object[] } } }).template.spec;
      pod.volumes = [...(pod.volumes ?? []), { name: "data", persistentVolumeClaim: { claimName: "data" } }];
    });
    const of = `---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data }\nspec: { accessModes: [ReadWriteOnce] }\n`;
    const [note] = plan(claim + of).notes.filter((one) => /PersistentVolumeClaim/.test(one));
    assert.match(
      note ?? "",
      /^PersistentVolumeClaim data is .* together; ReadWriteOnce lets pods of one node/,
    );
  });

  it("is as it is without canaries", () => {
    const { variants, copies, notes } = plan(API, { canaries: [] });
    assert.deepEqual([variants.length, copies.length], [1, 0]);
    assert.ok(!notes.some((note) => /HorizontalPodAutoscaler/.test(note)));
  });

  it("gives the primary another image where one is set", () => {
    const [primary] = plan(API, { image: "registry.example.com/api:1.0.5" }).variants;
    assert.equal(primary.image, "registry.example.com/api:1.0.5");
    assert.ok(!JSON.stringify(primary.deployment).includes("1.0.0"));
  });

  it("takes what kubectl prints of the cluster", () => {
    const text = changed("Deployment", (deployment) => {
      Object.assign(deployment, { status: { replicas: 3 } });
      Object.assign(deployment.metadata, {
        uid: "u",
        resourceVersion: "1",
        managedFields: [],
        generation: 4,
      });
    });
    assert.deepEqual(Object.keys(plan(text).variants[0].deployment.metadata).sort(), [
      "labels",
      "name",
      "namespace",
    ]);
    assert.ok(!("status" in plan(text).variants[0].deployment));
  });

  it("knows the app's Deployment among several: of its name, or the one whose pods its Service takes", () => {
    const version = (name: string, app: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${app}, version: ${name} } }
  template:
    metadata: { labels: { app: ${app}, version: ${name} } }
    spec: { containers: [{ name: ${app}, image: "registry.example.com/${name}:1" }] }
`;
    const service = (app: string): string =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: ${app} }\nspec: { selector: { app: ${app} }, ports: [{ port: 9080 }] }\n`;
    const text = [
      ...[version("page-v1", "page"), service("page"), service("reviews")],
      ...[version("reviews-v1", "reviews"), version("reviews-v2", "reviews")],
    ].join("---\n");
    const canary = { name: "canary", replicas: 1, image: "registry.example.com/page-v1:2" };
    const { variants } = plan(text, { app: "page", canaries: [canary] });
    assert.deepEqual(
      variants.map(({ deployment, service: of }) => [deployment.metadata.name, of.metadata.name]),
      [
        ["page-v1", "page"],
        ["page-v1-canary", "page-canary"],
      ],
    );
    assert.match(
      problemsOf(text, { app: "reviews" }).join("\n"),
      /there are page-v1, reviews-v1, reviews-v2$/,
    );
  });

  it("knows the port of users' requests: the only one, the one named http, or the one that is set", () => {
    assert.deepEqual([plan().port, plan().portName], [80, "http"]);
    assert.equal(plan(API, { servicePort: 9090 }).port, 9090);
    const unnamed = changed("Service", (service) => {
      Object.assign(service, {
        spec: {
          ...service.spec,
          ports: [
            { port: 1, name: "a" },
            { port: 2, name: "b" },
          ],
        },
      });
    });
    assert.deepEqual(problemsOf(unnamed), [
      "servicePort, which tells the port of users' requests: Service api has 1 (a), 2 (b)",
    ]);
    assert.deepEqual(problemsOf(API, { servicePort: 7 }), [
      "servicePort among those of Service api: 80 (http), 9090 (metrics)",
    ]);
  });

  it("has the canary's own Deployment where there is a second file", () => {
    const second = changed("Deployment", (deployment) => {
      Object.assign(deployment.spec, { replicas: 2 });
    });
    const only = second.split(/^---$/m).filter((text) => /kind: Deployment/.test(text));
    const [, canary] = plan(API, {
      canaries: [{ name: "canary", replicas: 1, objects: objectsOf(only.join("---")) }],
    }).variants;
    assert.equal(canary?.deployment.metadata.name, "api-canary");
    assert.equal(at(canary?.deployment, "spec", "replicas"), 2);
    assert.equal(canary?.service.metadata.name, "api-canary");
  });

  it("keeps names and Services of a second file, and its other objects", () => {
    const second = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: api-next}
spec:
  selector: {matchLabels: {app: api-next}}
  template: {metadata: {labels: {app: api-next}}, spec: {containers: [{name: api, image: "api:2"}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: next}, spec: {selector: {app: api-next}, ports: [{port: 80, name: http}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: next}, data: {}}
`;
    const { variants, others } = plan(API, {
      canaries: [{ name: "canary", replicas: 1, objects: objectsOf(second) }],
    });
    assert.deepEqual(
      [variants[1]?.deployment, variants[1]?.service].map((each) => each?.metadata.name),
      ["api-next", "next"],
    );
    named(others, "ConfigMap", "next");
  });

  const refusals: readonly [string, string, Partial<ManifestArgs>, RegExp][] = [
    [
      "a StatefulSet",
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\n",
      {},
      /^a Deployment, no StatefulSet db: its pods have names and volumes of their own/,
    ],
    [
      "a Deployment of an API that is gone",
      "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: web}\n",
      {},
      /^Deployment web of apiVersion apps\/v1, not extensions\/v1beta1, which Kubernetes no longer has$/,
    ],
    [
      "an Argo Rollout",
      more("apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: api}"),
      {},
      /^no Rollout api of Argo Rollouts, which shifts the weights itself/,
    ],
    [
      "no workload",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
      {},
      /^a Deployment: the file has ConfigMap alone$/,
    ],
    [
      "several Deployments, none of the app's name",
      more(stringify({ ...object(API, "Deployment"), metadata: { name: "worker" } })),
      { app: "shop" },
      /^one Deployment, one that is named as the app, shop, or one whose pods alone a Service of that name takes: there are api, worker$/,
    ],
    [
      "no Service for the pods",
      changed("Service", (service) => Object.assign(service, { spec: { selector: { app: "other" } } })),
      {},
      /^a Service with a clusterIP whose spec\.selector takes the pods of Deployment api$/,
    ],
    [
      "another namespace than the settings'",
      changed("Deployment", (deployment) => Object.assign(deployment.metadata, { namespace: "other" })),
      {},
      /^namespace other, which Deployment api names, or a manifest without it: the app's namespace is shop/,
    ],
    [
      "a selector that its own pods don't meet",
      changed("Deployment", (deployment) =>
        Object.assign(deployment.spec, { selector: { matchLabels: { app: "else" } } }),
      ),
      {},
      /^a spec\.selector of Deployment api that its own spec\.template\.metadata\.labels meet/,
    ],
    [
      "a container that is not there",
      API,
      { container: "web" },
      /^a container of Deployment api as apps\.api\.container: api, log-shipper$/,
    ],
    [
      "an object of the copy's name",
      more("apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: api-canary}\nspec: {}"),
      {},
      /^another name than PodDisruptionBudget api-canary in shop, of which there would be two$/,
    ],
  ];
  for (const [title, text, change, line] of refusals) {
    it(`is refused with ${title}`, () => assert.match(problemsOf(text, change).join("\n"), line));
  }
});
