import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { isReady } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { Project } from "../cli/project";
import { lab } from "./hooks";

const CANARY = resolve(__dirname, "../../bin/canary.js");
const HOST = "adopted.example.com";

const object = (apiVersion: string, kind: string, name: string, spec: object): KubernetesObject =>
  ({ apiVersion, kind, metadata: { name, namespace: "web" }, spec }) as KubernetesObject;

const deployment = (name: string, run: string): KubernetesObject =>
  object("apps/v1", "Deployment", name, {
    replicas: 2,
    selector: { matchLabels: { run } },
    template: {
      metadata: { labels: { run } },
      spec: {
        containers: [
          {
            name: "web",
            image: "registry.example.com/web:1.0.0",
            ports: [{ name: "http", containerPort: 8080 }],
            readinessProbe: { httpGet: { path: "/healthz", port: "http" } },
          },
        ],
      },
    },
  });

/** What somebody applied by hand: an Ingress of the app's name, and a Service and pods of other names. */
const THEIRS: readonly KubernetesObject[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } },
  deployment("web-1", "web"),
  object("v1", "Service", "web", { selector: { run: "web" }, ports: [{ port: 80, targetPort: "http" }] }),
  object("networking.k8s.io/v1", "Ingress", "shop", {
    ingressClassName: "nginx",
    rules: [
      {
        host: HOST,
        http: {
          paths: [
            { path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } },
          ],
        },
      },
    ],
  }),
];

describe("canary adopt --from-cluster, asked of the cluster", () => {
  let project: Project;

  before(async () => {
    await lab().apply(THEIRS);
    project = new Project();
    project.stackFile("dev", {
      router: "nginx",
      traefik: { providers: ["crd", "ingressNginx"] },
      apps: { shop: { host: HOST } },
    });
  });
  after(async () => {
    project?.remove();
    for (const each of [...THEIRS].reverse()) await lab().cluster.delete(each);
  });

  const canary = (...words: string[]) => lab().exec([process.execPath, CANARY, ...words]);

  it("finds the Ingress of the host and what is behind it, and the first preview imports it", async () => {
    const { code, stdout, stderr } = await canary("adopt", "--from-cluster", "--write");
    assert.equal(code, 0, stdout + stderr);
    const { config } = parse(stdout);
    assert.deepEqual(config["canary-traffic:adopt"], { "Ingress/shop": "web/shop" });
    assert.deepEqual(config["canary-traffic:apps"].shop, {
      namespace: "web",
      createNamespace: false,
      port: 8080,
      healthPath: "/healthz",
      image: "registry.example.com/web:1.0.0",
      replicas: 2,
    });
    project.write("empty.json", JSON.stringify({ version: 3, deployment: {} }));
    const previewed = await canary("preview", "--state", "empty.json");
    assert.equal(previewed.code, 0, previewed.stderr);
    assert.match(previewed.stdout, /Ingress +shop +import/);
  });

  it("finds nothing in a namespace that the host is not in", async () => {
    const other = ["-c", "apps.shop.host=elsewhere.example.com", "--config-path"];
    const { code, stdout } = await canary("adopt", "--from-cluster", ...other);
    assert.equal(code, 1);
    assert.match(stdout, /which one serves path \/ of elsewhere\.example\.com can't be told: none/);
  });

  it("gets a Deployment of the app's name out of the way as documented, with its pods ready all the time", async () => {
    const text = readFileSync(resolve(__dirname, "../../docs/adoption.md"), "utf8");
    const [, recipe] = /```sh\n(kubectl -n web get deployment[\s\S]*?)```/.exec(text) ?? [];
    assert.ok(recipe !== undefined);
    await lab().apply([deployment("shop", "shop")]);
    const ready = async (): Promise<number> => (await lab().pods("run=shop", "web")).filter(isReady).length;
    await lab().until("the pods are ready", async () => (await ready()) === 2);
    assert.match(
      (await canary("adopt", "--from-cluster")).stdout,
      /Deployment\/shop: web\/shop is there and in the way/,
    );

    const moved = lab().exec(["sh", "-ec", recipe]);
    let [least, ended] = [2, false];
    moved.finally(() => {
      ended = true;
    });
    while (!ended) least = Math.min(least, await ready());
    const { code, stdout, stderr } = await moved;
    assert.equal(code, 0, stdout + stderr);
    assert.equal(least, 2);
    assert.doesNotMatch((await canary("adopt", "--from-cluster")).stdout, /in the way/);
    await lab().cluster.delete(deployment("shop-before", "shop"));
  });
});
