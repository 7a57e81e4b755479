import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isPerf, nodeFolder, PerfRuntime } from "../../lab/kubelet/perf";

describe("tools beside an app in a lab", () => {
  const lab = mkdtempSync(join(tmpdir(), "canary-perf-"));
  const server = createServer((_, response) =>
    response.end('# HELP\nhttp_requests_total{code="200"} 7\nother 1\n'),
  );
  after(() => {
    server.close();
    rmSync(lab, { recursive: true });
  });

  it("write to the node's folder how much the app has answered, until they are ended", async () => {
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    const app = { name: "app", ports: [{ containerPort: port }] };
    const container = { name: "debug", volumeMounts: [{ name: "output", mountPath: "/out" }] };
    const volumes = [{ name: "output", hostPath: { path: "/run/out" } }];
    const pod = { spec: { nodeName: "node-0", containers: [app, container], volumes } };
    const running = await new PerfRuntime(lab).start({ pod, container, address: "127.0.0.1" });
    const file = join(nodeFolder(lab, "node-0"), "run/out/perf.data");
    while (!existsSync(file)) await sleep(50);
    await running.stop(0);
    assert.equal(await running.ended, "Completed");
    assert.equal(readFileSync(file, "utf8").split("\n")[0], 'http_requests_total{code="200"} 7');
    assert.doesNotMatch(readFileSync(file, "utf8"), /other/);
  });

  it("are told from apps by their image", () => {
    assert.ok(isPerf("registry.example.com/perf:6.12.0"));
    assert.ok(!isPerf("registry.example.com/perfume:1.0.0"));
  });
});
