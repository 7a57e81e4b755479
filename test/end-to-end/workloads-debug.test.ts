import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { nodeFolder } from "../../lab/kubelet/perf";
import { send } from "../../lab/load/load";
import { answers, counts } from "../../lab/load/tally";
import { App } from "./app";
import { origins, untilSettled } from "./edges";
import { lab } from "./hooks";

const RUNTIME_CLASS = {
  apiVersion: "node.k8s.io/v1",
  kind: "RuntimeClass",
  metadata: { name: "kata" },
  handler: "kata",
};

describe("a debug canary at weight 0, beside a branch's", () => {
  let app: App;
  let pod: V1Pod;

  before(async function () {
    // A real node would need the runtime and an image of the tools.
    if (lab().attached) this.skip();
    await lab().apply([RUNTIME_CLASS]);
    app = await App.deploy(lab(), "debugged", [
      "match[0].header=x-debug",
      "match[0].variant=debug",
      "debug.runtimeClass=kata",
      "debug.sidecar.image=registry.example.com/perf:6.12.0",
      "debug.sidecar.hostPath=/run/out",
      "branches.images.next=registry.example.com/debugged:next",
    ]);
    const [only] = await app.pods("debug");
    assert.ok(only);
    pod = only;
    await untilSettled(lab());
  });

  after(async () => {
    await app?.remove();
    await lab().cluster.delete(RUNTIME_CLASS);
  });

  it("runs the app and the tools in one pod under the sandboxed runtime", () => {
    const { runtimeClassName, shareProcessNamespace, containers = [] } = pod.spec ?? {};
    assert.deepEqual([runtimeClassName, shareProcessNamespace], ["kata", true]);
    const ready = pod.status?.containerStatuses?.map(({ name, ready }) => [name, ready]);
    assert.deepEqual(
      ready,
      containers.map(({ name }) => [name, true]),
    );
    assert.equal(containers[1]?.securityContext?.privileged, true);
  });

  it("takes the requests with its header, the branch's those that name it, and no others", async () => {
    for (const origin of await origins(lab())) {
      const variantFor = async (headers: Record<string, string>) =>
        (await lab().get(origin, { host: app.host, headers })).headers["x-variant"];
      assert.equal(await variantFor({ "x-debug": "always" }), "debug");
      assert.equal(await variantFor({ "x-branch": "next" }), "next");
    }
    const others = await send(lab(), { origins: await origins(lab()), host: app.host, requests: 1000 });
    assert.deepEqual(Object.keys(answers(counts(others))).sort(), ["canary", "primary"]);
  });

  it("has its tools write to the node's folder what they see of the app", async () => {
    const node = nodeFolder(dirname(lab().kubeconfig), pod.spec?.nodeName ?? "");
    const file = join(node, "run/out/perf.data");
    await lab().until("the tools have seen a request", async () => {
      return existsSync(file) && /^http_requests_total\{code="200"\} [1-9]/m.test(readFileSync(file, "utf8"));
    });
  });
});
