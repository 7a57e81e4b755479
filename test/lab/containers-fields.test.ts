import assert from "node:assert/strict";
import { ApiException, type V1Pod } from "@kubernetes/client-node";
import { located } from "../../lab/kubelet/command";
import { type Configuration, containerEnvironment } from "../../lab/kubelet/environment";
import { ignoredFields } from "../../lab/kubelet/fields";
import { checkOf } from "../../lab/kubelet/probe";
import { succeeds } from "../../lab/kubelet/process";

const missing = (): never => {
  throw new ApiException(404, "not found", undefined, {});
};
const core = {
  readNamespacedConfigMap: async ({ name }: { name: string }) =>
    name === "settings" ? { data: { A: "1", B: "2" } } : missing(),
  readNamespacedSecret: async ({ name }: { name: string }) =>
    name === "keys" ? { data: { KEY: Buffer.from("open").toString("base64") } } : missing(),
} as unknown as Configuration;
const pod: V1Pod = {
  metadata: { name: "web-1", namespace: "shop", labels: { app: "web" } },
  spec: { containers: [], nodeName: "edge-1" },
};

describe("a container's environment in a lab", () => {
  it("is of ConfigMaps, Secrets, the pod's fields and its own variables, which may name earlier ones", async () => {
    const container = {
      name: "web",
      envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "keys" }, prefix: "S_" }],
      env: [
        { name: "B", value: "mine" },
        { name: "C", value: "$(B)-$(A)-$$(A)-$(NONE)" },
        { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "KEY" } } },
        { name: "GONE", valueFrom: { configMapKeyRef: { name: "none", key: "A", optional: true } } },
      ],
    };
    assert.deepEqual(await containerEnvironment(core, pod, container, "10.0.0.1"), {
      A: "1",
      B: "mine",
      S_KEY: "open",
      C: "mine-1-$(A)-$(NONE)",
      POD: "web-1",
      APP: "web",
      IP: "10.0.0.1",
      KEY: "open",
    });
  });

  it("is refused by the name of what is missing, or what the lab does not know", async () => {
    const of = (env: object) => containerEnvironment(core, pod, { name: "web", ...env }, "10.0.0.1");
    await assert.rejects(
      of({ envFrom: [{ configMapRef: { name: "none" } }] }),
      /^Error: ConfigMap shop\/none is missing$/,
    );
    const from = (valueFrom: object) => of({ env: [{ name: "A", valueFrom }] });
    await assert.rejects(from({ secretKeyRef: { name: "keys", key: "X" } }), /Secret keys has no key X/);
    await assert.rejects(
      from({ fieldRef: { fieldPath: "spec.hostname" } }),
      /the lab ignores fieldRef spec\.hostname/,
    );
    await assert.rejects(
      from({ resourceFieldRef: { resource: "limits.cpu" } }),
      /the lab ignores env\.valueFrom\.resourceFieldRef/,
    );
  });
});

describe("a pod in a lab", () => {
  it("is refused by the names of the fields that the lab ignores", () => {
    const container = {
      name: "web",
      image: "web:1",
      readinessProbe: { exec: { command: ["true"] } },
      workingDir: "/",
    };
    const init = { name: "init", lifecycle: { postStart: {} } };
    const spec = {
      containers: [{ name: "known", resources: {}, imagePullPolicy: "Always" }, container],
      initContainers: [init],
    };
    assert.deepEqual(ignoredFields({ spec }).sort(), [
      ...[
        "containers[1].readinessProbe.exec",
        "containers[1].workingDir",
        "initContainers[0].lifecycle.postStart",
      ],
    ]);
  });

  it("may have probes that run a command, in a container whose runtime can", () => {
    const exec = { command: ["true"] };
    const web = { name: "web", readinessProbe: { exec }, livenessProbe: { exec, grace: 1 } };
    const spec = { containers: [web] };
    assert.deepEqual(
      ignoredFields({ spec }, () => true),
      ["containers[0].livenessProbe.grace"],
    );
  });

  it("is asked by a probe's command in its time, and is not ready without one that ends well", async () => {
    const asked: unknown[] = [];
    const container = { name: "web" };
    const check = (good: boolean) =>
      checkOf(
        { exec: { command: ["a", "b"] }, timeoutSeconds: 5 },
        container,
        "10.0.0.1",
        async (...args) => {
          asked.push(args);
          return good;
        },
      );
    assert.deepEqual([await check(true)(), await check(false)()], [true, false]);
    assert.deepEqual(asked[0], [["a", "b"], 5000]);
    const { PATH = "" } = process.env;
    const of = (script: string, ms = 5000) =>
      succeeds({ words: ["sh", "-c", script], folder: ".", env: { PATH, CODE: "3" } }, ms);
    assert.deepEqual(
      [await of("exit 0"), await of('exit "$CODE"'), await of("sleep 5", 50)],
      [true, false, false],
    );
  });

  it("has the lab's folders in its commands' words, the deepest mount first", () => {
    const mounts = [
      { mountPath: "/work", path: "/lab/work" },
      { mountPath: "/work/deep", path: "/lab/deep" },
    ];
    assert.equal(
      located("cat /work/a /work/deep/b > /work; ls /workshop /x/work", mounts),
      "cat /lab/work/a /lab/deep/b > /lab/work; ls /workshop /x/work",
    );
  });
});
