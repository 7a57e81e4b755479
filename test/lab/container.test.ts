import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Container } from "@kubernetes/client-node";
import { ContainerWorker } from "../../lab/kubelet/container";
import type { Runtime } from "../../lab/kubelet/runtime";

describe("a container in a lab", () => {
  const events: string[] = [];
  let answer = 200;
  let server: Server;
  let end: (reason: string) => void;

  const runtime: Runtime = {
    async start() {
      events.push("start");
      const ended = new Promise<string>((resolve) => {
        end = resolve;
      });
      const stop = async (): Promise<void> => {
        events.push("SIGTERM");
        end("Completed");
      };
      return { ended, stop };
    },
  };

  beforeEach(async () => {
    events.length = 0;
    answer = 200;
    server = createServer((_request, response) => response.writeHead(answer).end()).listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterEach(() => server.close());

  it("is ready at once without a probe", async () => {
    const container = run({});
    await until(() => container.ready);
    await container.stop(0);
  });

  it("is ready while the app says so, as often as the thresholds ask for", async () => {
    answer = 503;
    const container = run({ readinessProbe: probe({ failureThreshold: 2 }) });
    await until(() => "running" in container.state);
    await sleep(50);
    assert.equal(container.ready, false);
    answer = 200;
    await until(() => container.ready);
    answer = 503;
    await until(() => !container.ready);
    await container.stop(0);
  });

  it("is not asked whether it is ready before its startup probe has succeeded", async () => {
    answer = 503;
    const container = run({ startupProbe: probe({ failureThreshold: 1000 }), readinessProbe: undefined });
    await sleep(50);
    assert.deepEqual([container.started, container.ready], [false, false]);
    answer = 200;
    await until(() => container.started && container.ready);
    await container.stop(0);
  });

  it("is started again when it ends, and when it is not alive", async () => {
    const container = run({ livenessProbe: probe({ failureThreshold: 2 }) });
    await until(() => container.started);
    answer = 500;
    await until(() => container.restarts === 1);
    answer = 200;
    await until(() => events.join() === "start,SIGTERM,start");
    await container.stop(0);
  });

  it("serves during its preStop hook and is told to end after it", async () => {
    const container = run({ lifecycle: { preStop: { sleep: { seconds: 0.1 } } }, readinessProbe: probe({}) });
    await until(() => container.ready);
    const stopped = container.stop(30);
    await sleep(50);
    assert.deepEqual([events, container.ready], [["start"], true]);
    await stopped;
    assert.deepEqual([events, container.ready], [["start", "SIGTERM"], false]);
  });

  it("is told to end in time by a hook that is longer than the grace period", async () => {
    const container = run({ lifecycle: { preStop: { sleep: { seconds: 60 } } } });
    await until(() => container.ready);
    const begun = Date.now();
    await container.stop(0.1);
    assert.ok(Date.now() - begun < 10_000);
  });

  function run(settings: Partial<V1Container>): ContainerWorker {
    const { port } = server.address() as AddressInfo;
    const container = { name: "app", ports: [{ name: "http", containerPort: port }], ...settings };
    const worker = new ContainerWorker({ pod: {}, container, address: "127.0.0.1" }, runtime, () => {});
    void worker.run();
    return worker;
  }

  const probe = (settings: object) => ({ httpGet: { port: "http" }, periodSeconds: 0.01, ...settings });

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(5);
  }
});
