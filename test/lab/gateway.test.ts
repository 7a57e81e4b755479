import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { LabAgent, processStatus, signalProcess } from "../../lab/dial";
import { serveGateway } from "../../lab/gateway";

describe("a lab's gateway", () => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-"));
  const socket = join(folder, "lab.sock");
  const status = [{ name: "etcd", pid: 7, memory: 40, restarts: 1 }];
  const signals: string[] = [];
  let gateway: Server;
  let inside: Server;
  let agent: LabAgent;

  before(async () => {
    const signal = (name: string, signal: string) => name === "etcd" && signals.push(signal) > 0;
    gateway = serveGateway(socket, { status: () => status, signal });
    inside = createServer((request, response) => response.end(request.url)).listen(0, "127.0.0.1");
    await Promise.all([once(gateway, "listening"), once(inside, "listening")]);
    agent = new LabAgent(socket);
  });

  after(() => {
    agent.destroy();
    gateway.close();
    inside.close();
    rmSync(folder, { recursive: true });
  });

  const ask = (port: number): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ host: "127.0.0.1", port, path: "/hello", agent }, (response) => {
        text(response).then(resolve, reject);
      }).once("error", reject);
    });

  it("connects to addresses behind it", async () => {
    const { port } = inside.address() as AddressInfo;
    assert.deepEqual([await ask(port), await ask(port)], ["/hello", "/hello"]);
  });

  it("says so when nothing listens there", async () => {
    await assert.rejects(ask(1), { code: "ECONNREFUSED" });
  });

  it("tells what the processes are doing, and passes signals on to them", async () => {
    assert.deepEqual(await processStatus(socket), status);
    await signalProcess(socket, "etcd", "SIGTERM");
    assert.deepEqual(signals, ["SIGTERM"]);
    await assert.rejects(signalProcess(socket, "nope", "SIGTERM"), /404/);
  });
});
