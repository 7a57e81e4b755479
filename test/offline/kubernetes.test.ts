import assert from "node:assert/strict";
import { changes, paths, previewed, stepOf } from "./sandbox";

const configMap = (args: string) => `new ConfigMap("it", ${args});`;
const service = (spec: string) => `new Service("it", { metadata: { name: "it" }, spec: ${spec} });`;
const pod = (container: string) => `new Deployment("it", { metadata: { name: "it" }, spec: {
  selector: { matchLabels: { app: "a" } },
  template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "app", image: "app:1", ${container} }] } },
} });`;

/** From, to, and the paths that differ. */
const table: [title: string, from: string, to: string, paths: Record<string, string>][] = [
  [
    "takes amounts in other words for the same",
    pod(`resources: { requests: { cpu: "2000m", memory: "1024Mi" } }`),
    pod(`resources: { requests: { cpu: "2", memory: "1Gi" } }`),
    {},
  ],
  [
    "sees other amounts",
    pod(`resources: { requests: { cpu: "2" } }`),
    pod(`resources: { requests: { cpu: "2500m" } }`),
    { "spec.template.spec.containers[0].resources.requests.cpu": "update" },
  ],
  [
    "updates for a default that is written out",
    service(`{ ports: [{ port: 80 }] }`),
    service(`{ ports: [{ port: 80, protocol: "TCP" }] }`),
    { "spec.ports[0].protocol": "add" },
  ],
  ["takes empty lists for nothing", pod(""), pod("env: [], args: []"), {}],
  ["takes empty maps for nothing", configMap(`{}`), configMap(`{ metadata: { labels: {} }, data: {} }`), {}],
  ["takes false for nothing where Kubernetes does", pod(""), pod("tty: false"), {}],
  [
    "lists a list that goes as one",
    pod(`env: [{ name: "A", value: "1" }]`),
    pod("env: []"),
    { "spec.template.spec.containers[0].env": "delete" },
  ],
  [
    "lists members of a list by place",
    pod(`env: [{ name: "A", value: "1" }, { name: "B", value: "2" }]`),
    pod(`env: [{ name: "B", value: "2" }]`),
    {
      "spec.template.spec.containers[0].env[0].name": "update",
      "spec.template.spec.containers[0].env[0].value": "update",
      "spec.template.spec.containers[0].env[1]": "delete",
    },
  ],
  [
    "takes the default namespace for none",
    configMap(`{ data: { a: "1" } }`),
    configMap(`{ metadata: { namespace: "default" }, data: { a: "1" } }`),
    {},
  ],
  [
    "replaces for another name",
    configMap(`{ metadata: { name: "a" } }`),
    configMap(`{ metadata: { name: "b" } }`),
    { "metadata.name": "update-replace" },
  ],
  [
    "replaces for another selector",
    service(`{ clusterIP: "None" }`),
    service(`{ clusterIP: "10.0.0.1" }`),
    { "spec.clusterIP": "update-replace" },
  ],
  [
    "updates for a label that goes",
    configMap(`{ metadata: { labels: { a: "1", b: "2" } } }`),
    configMap(`{ metadata: { labels: { a: "1" } } }`),
    { "metadata.labels.b": "delete" },
  ],
];

describe("differences between Kubernetes objects, as the provider finds them", () => {
  for (const [title, from, to, expected] of table) {
    it(title, async () => assert.deepEqual(paths(stepOf(await previewed(from, to), "it")), expected));
  }

  it("compares what a Secret says in plain with what it says encoded", async () => {
    const plain = `new Secret("it", { stringData: { A: "text" } });`;
    const encoded = (text: string) =>
      `new Secret("it", { data: { A: "${Buffer.from(text).toString("base64")}" } });`;
    assert.deepEqual(changes(await previewed(plain, encoded("text"))), {});
    assert.deepEqual(changes(await previewed(plain, encoded("other"))), { it: "replace" });
  });

  it("says of an update that the API will refuse it", async () => {
    const ingressClass = (controller: string) =>
      `new IngressClass("it", { metadata: { name: "it" }, spec: { controller: "${controller}" } });`;
    const preview = await previewed(ingressClass("a.com/a"), ingressClass("a.com/b"));
    assert.deepEqual(changes(preview), { it: "update" });
    assert.match(preview.refusals.join(), /it: spec\.controller of a IngressClass is immutable/);
  });
});
