import assert from "node:assert/strict";
import { AppsV1Api, AutoscalingV2Api } from "@kubernetes/client-node";
import { DEBUG_LABEL } from "../../components/kubernetes/labels";
import type { KubernetesObject } from "../../lab/cluster";
import { App } from "./app";
import { lab } from "./hooks";
import { rendered } from "./rendered";

describe("an app with an autoscaler", () => {
  const AUTOSCALING = ["autoscaling.min=4", "autoscaling.max=8"];
  let app: App;
  afterEach(() => app.remove());

  it("is accepted, and the second time changes nothing", async () => {
    app = await App.deploy(lab(), "scaled");
    await app.configure(...AUTOSCALING);
    assert.deepEqual(await app.configure(...AUTOSCALING), []);
    const autoscalers = lab().cluster.api(AutoscalingV2Api);
    const { items } = await autoscalers.listNamespacedHorizontalPodAutoscaler({ namespace: app.name });
    const bounds = items.map(({ metadata, spec }) => [metadata?.name, spec?.minReplicas, spec?.maxReplicas]);
    assert.deepEqual(bounds, [[app.name, 4, 8]]);
  });

  it("keeps its pods when the number of them was handed over before, and else has one for a while", async () => {
    app = await App.deploy(lab(), "handed-over");
    await app.configure(...AUTOSCALING);
    assert.equal((await deployment(app)).spec?.replicas, 1);
    await app.configure();
    const apps = lab().cluster.api(AppsV1Api);
    const name = { name: app.name, namespace: app.name };
    const body = await apps.readNamespacedDeploymentScale(name);
    await apps.replaceNamespacedDeploymentScale({ ...name, body: { ...body, spec: { replicas: 4 } } });
    await app.configure(...AUTOSCALING);
    assert.equal((await deployment(app)).spec?.replicas, 4);
  });
});

const deployment = (app: App) =>
  lab().cluster.api(AppsV1Api).readNamespacedDeployment({ name: app.name, namespace: app.name });

describe("pods under a sandboxed runtime", () => {
  const SETTINGS = [
    "host=debugged.example.com",
    "image=registry.example.com/debugged:1.0.0",
    "runAsNonRoot=true",
    "canaries.kata.image=registry.example.com/debugged:1.0.0",
    "canaries.kata.weight=10",
    "canaries.kata.runtimeClass=kata",
    "debug.runtimeClass=kata",
    "debug.sidecar.image=registry.example.com/perf:6.12.0",
    "debug.sidecar.hostPath=/run/out",
  ];
  const runtimeClass = {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name: "kata" },
    handler: "kata",
  };
  const levels = ["baseline", "restricted"].map((level) => namespace(`level-${level}`, level));
  let objects: KubernetesObject[];
  let rules: KubernetesObject[];

  before(async () => {
    const all = await rendered("dev", [
      "policies.admission=true",
      ...SETTINGS.map((setting) => `apps.debugged.${setting}`),
    ]);
    objects = all.filter(({ metadata }) => metadata.name.startsWith("debugged"));
    rules = all.filter(({ kind }) => kind.startsWith("ValidatingAdmissionPolicy"));
    await lab().apply([runtimeClass, ...levels, ...own(), ...rules]);
    await lab().until("the rules hold", async () => {
      const refusal = await refusalOf(debugPod({ [DEBUG_LABEL]: "false" }));
      return refusal?.includes("a privileged pod needs label") === true;
    });
  });
  after(async () => {
    for (const object of [...rules].reverse().concat(own(), levels, [runtimeClass]))
      await lab().cluster.delete(object);
  });

  it("may be privileged with the debug canary's label in the Namespace that the program makes", async () => {
    assert.equal(await refusalOf(debugPod()), undefined);
  });

  it("may not be privileged without that label, and not without the sandbox", async () => {
    assert.match(
      (await refusalOf(debugPod({ [DEBUG_LABEL]: "false" }))) ?? "",
      /a privileged pod needs label/,
    );
    const { runtimeClassName: _, ...unconfined } = debugPod().spec as Record<string, unknown>;
    const refusal = await refusalOf({ ...debugPod(), spec: unconfined });
    assert.match(refusal ?? "", /a runtimeClassName of kata\*, gvisor/);
  });

  it("need Pod Security's level privileged for debugging, and for their runtime alone none but restricted", async () => {
    const refusal = await refusalOf(debugPod({}, "level-baseline"));
    assert.match(refusal ?? "", /violates PodSecurity "baseline:latest": .*hostPath.*privileged/);
    assert.equal(await refusalOf(podOf("debugged-kata", {}, "level-restricted")), undefined);
  });

  const own = (): KubernetesObject[] => objects.filter(({ kind }) => kind === "Namespace");
  const debugPod = (labels: Record<string, string> = {}, namespace?: string): KubernetesObject =>
    podOf("debugged-debug", labels, namespace);

  /** The pod that a Deployment makes. */
  function podOf(name: string, labels: Record<string, string>, namespace = "debugged"): KubernetesObject {
    const found = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === name);
    if (found === undefined) throw new Error(`no Deployment ${name} is rendered`);
    const { template } = found.spec as { template: { metadata: { labels: object }; spec: object } };
    const metadata = { name: "one", namespace, labels: { ...template.metadata.labels, ...labels } };
    return { apiVersion: "v1", kind: "Pod", metadata, spec: template.spec };
  }
});

function namespace(name: string, level: string): KubernetesObject {
  const metadata = { name, labels: { "pod-security.kubernetes.io/enforce": level } };
  return { apiVersion: "v1", kind: "Namespace", metadata };
}

/** Why the API server would not take it; undefined when it would. */
const refusalOf = (object: KubernetesObject): Promise<string | undefined> =>
  lab()
    .cluster.apply(object, { dryRun: true })
    .then(
      () => undefined,
      ({ message }: Error) => message,
    );
