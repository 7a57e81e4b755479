import assert from "node:assert/strict";
import { CanaryApp } from "../../../components/kubernetes/canary-app";
import { loosened, podSecurityLevel, type Sidecar } from "../../../components/kubernetes/debug-canary";
import { DEBUG_LABEL } from "../../../components/kubernetes/labels";
import { at, only, type Registered, registered } from "./registered";
import { args } from "./workload";

const perf: Sidecar = { image: "registry.example.com/perf:6", privileged: true, hostPath: "/run/out" };
const image = args.primary.image;

const app = (sidecar: Sidecar, downwardApi = false): Promise<Registered[]> => {
  const canaries = [{ name: "debug", image, replicas: 1, runtimeClass: "kata", sidecar }];
  return registered(() => new CanaryApp("myapp", { ...args, downwardApi, canaries }));
};
const podOf = (resources: Registered[], name: string, path: string): unknown =>
  at(only(resources, "Deployment", name), `spec.template.spec.${path}`);

describe("a debug canary", () => {
  it("runs the app, its tools beside it, under the sandboxed runtime, where they see its processes", async () => {
    const resources = await app(perf);
    assert.equal(podOf(resources, "myapp-debug", "runtimeClassName"), "kata");
    assert.equal(podOf(resources, "myapp-debug", "shareProcessNamespace"), true);
    assert.equal(podOf(resources, "myapp-debug", "containers.0.image"), image);
    assert.equal(podOf(resources, "myapp-debug", "containers.1.image"), perf.image);
    assert.deepEqual(podOf(resources, "myapp-debug", "containers.1.resources.requests"), {
      cpu: "100m",
      memory: "128Mi",
    });
  });

  it("has a privileged sidecar that writes to the node, and an app as confined as ever", async () => {
    const resources = await app(perf);
    const privileges = podOf(resources, "myapp-debug", "containers.1.securityContext");
    assert.deepEqual(privileges, { runAsNonRoot: false, runAsUser: 0, privileged: true });
    const primary = podOf(resources, "myapp", "containers.0.securityContext");
    assert.deepEqual(podOf(resources, "myapp-debug", "containers.0.securityContext"), primary);
    const mounts = podOf(resources, "myapp-debug", "containers.1.volumeMounts") as { name: string }[];
    assert.deepEqual(mounts, [{ name: mounts[0]?.name, mountPath: "/out" }]);
    const hostPath = { path: "/run/out", type: "DirectoryOrCreate" };
    assert.deepEqual(podOf(resources, "myapp-debug", "volumes"), [{ name: mounts[0]?.name, hostPath }]);
  });

  it("starts the tools by the command that it is given, else as their image says", async () => {
    const command = ["sleep", "infinity"];
    const given = await app({ ...perf, command });
    assert.deepEqual(podOf(given, "myapp-debug", "containers.1.command"), command);
    const tools = podOf(await app(perf), "myapp-debug", "containers.1") as object;
    assert.ok(!("command" in tools));
  });

  it("keeps the app's own volumes", async () => {
    const volumes = podOf(await app(perf, true), "myapp-debug", "volumes") as { name: string }[];
    assert.deepEqual(
      volumes.map(({ name }) => name),
      ["labels", "debug-output"],
    );
  });

  it("alone has the label that admission goes by, and does not select by it", async () => {
    const resources = await app(perf);
    const label = (name: string): unknown => {
      const deployment = only(resources, "Deployment", name);
      return (at(deployment, "spec.template.metadata.labels") as Record<string, string>)[DEBUG_LABEL];
    };
    assert.deepEqual([label("myapp-debug"), label("myapp")], ["true", undefined]);
    const selector = at(only(resources, "Deployment", "myapp-debug"), "spec.selector.matchLabels") as object;
    assert.ok(!(DEBUG_LABEL in selector));
  });

  it("has neither privileges nor a folder of the node that it is not given", async () => {
    const resources = await app({ image: perf.image, privileged: false });
    const rights = podOf(resources, "myapp-debug", "containers.1.securityContext");
    assert.deepEqual(rights, { runAsNonRoot: false });
    assert.equal(podOf(resources, "myapp-debug", "volumes"), undefined);
    assert.equal(podOf(resources, "myapp-debug", "containers.1.volumeMounts"), undefined);
  });

  it("says what it loosens, and needs Pod Security's level privileged for that alone", () => {
    assert.equal(loosened("shop", "kata", perf).length, 5);
    assert.match(loosened("shop", "kata", perf).join("\n"), /privileged.*kata.*\/run\/out.*Namespace shop/s);
    const plain = { image: perf.image, privileged: false };
    assert.equal(loosened("shop", "kata", plain).length, 2);
    assert.equal(loosened("shop", "kata", plain)[1], "container debug runs as root where its image does");
    assert.equal(podSecurityLevel(plain), undefined);
    assert.equal(podSecurityLevel({ ...plain, privileged: true }), "privileged");
    assert.equal(podSecurityLevel({ ...plain, hostPath: "/run/out" }), "privileged");
  });
});

describe("a variant under another runtime", () => {
  it("has the pods of any other, as many as asked for, and no rights more", async () => {
    const kata = { name: "kata", image, replicas: 3, runtimeClass: "kata", args: ["-v"] };
    const resources = await registered(() => new CanaryApp("myapp", { ...args, canaries: [kata] }));
    const spec = (name: string) =>
      at(only(resources, "Deployment", name), "spec.template.spec") as Record<string, unknown>;
    assert.equal(at(only(resources, "Deployment", "myapp-kata"), "spec.replicas"), 3);
    const { runtimeClassName, securityContext, containers } = spec("myapp-kata");
    assert.equal(runtimeClassName, "kata");
    assert.deepEqual(securityContext, spec("myapp").securityContext);
    const [own] = containers as Record<string, unknown>[];
    const [primary] = spec("myapp").containers as object[];
    assert.deepEqual(own, { ...primary, args: ["-v"] });
    assert.ok(!("runtimeClassName" in spec("myapp")));
  });
});
