import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { readConfiguration } from "../../../offline/configuration";
import { renderObjects } from "../../../offline/manifests";
import { evaluate } from "../../../offline/program";
import type { Properties } from "../../../offline/values";
import { needing } from "../../needing";
import { CONTROLS, podsWith } from "./controls";

const PROJECT = resolve(__dirname, "../../..");
const NAMESPACE = "canary-admission-tests";
const SANDBOX = "kata-canary-tests";
const REFUSED =
  /a privileged pod needs label canary-traffic\/debug: "true" and a runtimeClassName of kata\*, gvisor/;

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const kubectl = (args: readonly string[], input?: object): Answer =>
  spawnSync("kubectl", args, { encoding: "utf8", ...(input && { input: JSON.stringify(input) }) });

/** The objects of stack dev, its app in the tests' namespace, whose kind is like this. */
async function rendered(kind: RegExp): Promise<readonly Properties[]> {
  const set = { "policies.admission": "true", "apps.myapp.namespace": NAMESPACE };
  const overrides = Object.entries(set).map(([key, value]) => ({ key, value, path: true }));
  const { states } = await evaluate(PROJECT, readConfiguration(PROJECT, "dev", overrides), []);
  return renderObjects(states).objects.filter((object) => kind.test(String(object.kind)));
}

const container = { name: "app", image: "registry.example.com/myapp:1.0.0" };
const privileged = { ...container, name: "perf", securityContext: { privileged: true } };
const debug = { "canary-traffic/debug": "true" };
const sandbox = { runtimeClassName: SANDBOX };

const pod = (name: string, labels: object, spec: object, namespace = NAMESPACE): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels },
  spec: { containers: [container], ...spec },
});

/** A Deployment like one of the program's, of a pod. */
const workload = (name: string, spec: object): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: NAMESPACE },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container], ...spec } },
  },
});

/** What the API server says to a pod that it does not keep. */
const tryPod = (...args: Parameters<typeof pod>): Answer =>
  kubectl(["create", "--dry-run=server", "--filename=-"], pod(...args));

const admits = (answer: Answer): void => assert.equal(answer.status, 0, answer.stderr);

function refuses(answer: Answer): void {
  assert.notEqual(answer.status, 0);
  assert.match(answer.stderr, REFUSED);
}

async function until(what: string, met: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (met()) return;
    await setTimeout(200);
  }
  throw new Error(`${what}: not in time`);
}

/**
 * A cluster that KUBECONFIG names on purpose, in which nobody has a namespace but tests, and whose API server lets
 * privileged pods in at all (`--allow-privileged`).
 */
function lacksCluster(): string | undefined {
  if (process.env.KUBECONFIG === undefined) return "a cluster that KUBECONFIG names";
  const { status, stdout } = kubectl(["get", "namespaces", "--output=name", "--request-timeout=5s"]);
  const names = (stdout ?? "").trim().split("\n");
  const own = names.every((name) => /^namespace\/(default|kube-.*|canary-.*|myapp|traefik)$/.test(name));
  if (status !== 0) return "a cluster that KUBECONFIG reaches";
  if (!own) return "a cluster in which nobody but tests has a namespace";
  const probe = tryPod("probe", {}, { containers: [privileged] }, "default");
  return probe.status === 0 ? undefined : "an API server with --allow-privileged";
}

const lacking = lacksCluster();

describe(needing(lacking, "admission of pods by the API server"), function () {
  this.timeout(60_000);
  let policies: readonly Properties[] = [];
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
  const edge = { apiVersion: "v1", kind: "Namespace", metadata: { name: "traefik" } };
  const runtimeClass = {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name: SANDBOX },
    handler: "kata",
  };

  before(async function () {
    if (lacking !== undefined) this.skip();
    policies = await rendered(/^ValidatingAdmissionPolicy/);
    assert.equal(policies.length, 2);
    for (const object of [namespace, edge, runtimeClass, ...policies]) {
      admits(kubectl(["apply", "--server-side", "--filename=-"], object));
    }
    await until("policy in force", () =>
      REFUSED.test(tryPod("probe", {}, { containers: [privileged] }).stderr),
    );
  });

  after(() => {
    for (const object of [...policies, runtimeClass, namespace]) {
      kubectl(["delete", "--ignore-not-found", "--wait=false", "--filename=-"], object);
    }
  });

  it("has no type error that the API server knows of", async () => {
    const status = (path: string): string =>
      kubectl(["get", "validatingadmissionpolicies", `--output=jsonpath={.items[*].status${path}}`]).stdout;
    await until("type check", () => status(".observedGeneration") !== "");
    assert.equal(status(".typeChecking.expressionWarnings"), "");
  });

  it("lets the debug canary in", () => {
    admits(tryPod("debug", debug, { ...sandbox, containers: [container, privileged] }));
  });

  it("refuses the same pod without its RuntimeClass, or without its label", () => {
    refuses(tryPod("debug", debug, { containers: [container, privileged] }));
    refuses(tryPod("debug", {}, { ...sandbox, containers: [container, privileged] }));
  });

  it("lets an ordinary pod in", () => {
    admits(tryPod("ordinary", {}, {}));
    const unprivileged = { ...container, securityContext: { privileged: false, runAsUser: 1000 } };
    admits(
      tryPod(
        "ordinary",
        {},
        { containers: [unprivileged], initContainers: [{ ...container, name: "first" }] },
      ),
    );
  });

  it("sees containers that run before the others", () => {
    refuses(tryPod("early", {}, { initContainers: [privileged] }));
    admits(tryPod("early", debug, { ...sandbox, initContainers: [privileged] }));
  });

  it("sees containers that a person adds to a running pod", async () => {
    const add = (name: string, profile: string): Answer =>
      kubectl([
        "debug",
        `pod/${name}`,
        `--namespace=${NAMESPACE}`,
        `--profile=${profile}`,
        "--image=registry.example.com/tools:1.0.0",
        "--attach=false",
      ]);
    for (const object of [pod("plain", {}, {}), pod("sandboxed", debug, sandbox)]) {
      admits(kubectl(["create", "--filename=-"], object));
    }
    refuses(add("plain", "sysadmin"));
    admits(add("plain", "baseline"));
    admits(add("sandboxed", "sysadmin"));
  });

  it("lets the program's own Deployments make their pods, and no privileged one", async () => {
    for (const object of await rendered(/^Deployment$/))
      admits(kubectl(["apply", "--server-side", "--filename=-"], object));
    admits(kubectl(["create", "--filename=-"], workload("rogue", { containers: [privileged] })));
    const get = (...args: string[]): string => kubectl(["get", `--namespace=${NAMESPACE}`, ...args]).stdout;
    await until("the program's four pods", () => {
      const names = get("pods", "--selector=app.kubernetes.io/name=myapp", "--output=name");
      return names.trim().split("\n").length === 4;
    });
    const failure = '{.items[*].status.conditions[?(@.type=="ReplicaFailure")].message}';
    await until("a refusal of the rogue's pod", () =>
      REFUSED.test(get("replicasets", "--selector=app=rogue", `--output=jsonpath=${failure}`)),
    );
    assert.equal(get("pods", "--selector=app=rogue", "--output=name"), "");
  });

  for (const [control, parts] of Object.entries(CONTROLS)) {
    it(`holds to the standard's control ${control}`, () => {
      for (const part of parts) {
        const whole = { containers: [container], runtimeClassName: SANDBOX };
        // The API server itself takes no ephemeral containers of a new pod.
        const without = (specs: object[]) => specs.filter((spec) => !("ephemeralContainers" in spec));
        for (const broken of part.broken)
          for (const spec of without(podsWith(part, broken))) {
            const answer = tryPod("broken", {}, { containers: [container], ...spec });
            assert.notEqual(answer.status, 0, JSON.stringify(spec));
            assert.match(answer.stderr, /privileged-pods|is invalid/);
            const folder = JSON.stringify(spec).includes('"/run/out"');
            if (part.sandboxed || folder) {
              const { stderr } = tryPod("broken", debug, { ...whole, ...spec });
              assert.ok(!stderr.includes("privileged-pods"), stderr);
            }
          }
        for (const fine of part.fine)
          for (const spec of without(podsWith(part, fine))) {
            const { status, stderr } = tryPod("fine", {}, { containers: [container], ...spec });
            assert.ok(status === 0 || !stderr.includes("privileged-pods"), stderr);
          }
      }
    });
  }

  it("lets Traefik alone serve on its node's network", () => {
    const traefik = { "app.kubernetes.io/name": "traefik" };
    admits(tryPod("edge", traefik, { hostNetwork: true }, "traefik"));
    assert.notEqual(tryPod("edge", {}, { hostNetwork: true }, "traefik").status, 0);
    assert.notEqual(tryPod("edge", traefik, { hostNetwork: true }).status, 0);
    assert.notEqual(tryPod("edge", traefik, { hostNetwork: true, hostPID: true }, "traefik").status, 0);
  });

  it("leaves other namespaces alone, kube-system among them", () => {
    admits(tryPod("driver", {}, { containers: [privileged], serviceAccountName: "default" }, "kube-system"));
  });
});
