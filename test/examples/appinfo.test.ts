import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get as ask, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { AppInfo, type Ending } from "../../examples/appinfo/app";
import { appInfo } from "../../examples/appinfo/info";
import { switchesFrom } from "../../examples/appinfo/switches";

const FOLDER = resolve(__dirname, "../../examples/appinfo");
const AT_ONCE: Ending = { servesMs: 0, finishesMs: 0 };
const env = { MY_POD_NAME: "web-1", MY_POD_NAMESPACE: "shop", VERSION: "3" };

describe("the example app appinfo", () => {
  let folder: string;
  let labelsFile: string;
  let app: AppInfo | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "appinfo-"));
    labelsFile = join(folder, "labels");
    writeFileSync(labelsFile, 'app="appinfo"\nrelease="stable"\npod-template-hash="1236545534"\n');
  });

  afterEach(async () => {
    await app?.finish();
    app = undefined;
    rmSync(folder, { recursive: true });
  });

  const start = async (
    variables: Record<string, string> = {},
    labels = labelsFile,
    ending = AT_ONCE,
  ): Promise<void> => {
    const switches = switchesFrom(variables);
    const info = () => appInfo(env, labels);
    app = new AppInfo({ info, labels: { version: env.VERSION }, ports: [0], adminPort: 0, switches, ending });
    await app.start();
  };
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${app?.port}${path}`);
  const info = async (): Promise<Record<string, unknown>> =>
    (await (await get("/v1/appinfo")).json()) as Record<string, unknown>;
  const set = (switches: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${app?.adminPort}/switches`, { method: "PUT", body: JSON.stringify(switches) });

  it("says which pod of which release answered, and its other labels", async () => {
    await start();
    assert.deepEqual(await info(), {
      PodName: "web-1",
      AppName: "appinfo",
      Namespace: "shop",
      Release: "stable",
      Version: "3",
      Labels: { "pod-template-hash": "1236545534" },
    });
  });

  it("shows a label as soon as it is there, in the folder that a volume makes too", async () => {
    await start({}, folder);
    assert.deepEqual((await info()).Labels, { "pod-template-hash": "1236545534" });
    writeFileSync(labelsFile, 'app.kubernetes.io/name="shop"\nvariant="canary"\nnewlabel="realtime"\n');
    const { AppName, Release, Labels } = await info();
    assert.deepEqual([AppName, Release, Labels], ["shop", "canary", { newlabel: "realtime" }]);
  });

  it("answers without any label", async () => {
    await start({}, join(folder, "none"));
    assert.deepEqual((await info()).Labels, {});
  });

  it("fails exactly the share of requests that it is told to, but no probe", async () => {
    await start();
    assert.equal((await set({ errorRate: 25 })).status, 200);
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push((await get("/v1/appinfo")).status);
    assert.deepEqual(statuses, [200, 200, 200, 500, 200, 200, 200, 500]);
    for (const path of ["/healthz", "/readyz"]) assert.equal((await get(path)).status, 200);
  });

  it("starts as broken as its variables say", async () => {
    await start({ ERROR_RATE: "100", SHOW_NAMESPACE: "false" });
    const answer = await get("/v1/appinfo");
    assert.equal(answer.status, 500);
    assert.deepEqual(await answer.json(), { error: "something went wrong" });
    await set({ errorRate: 0 });
    assert.equal((await info()).Namespace, "");
  });

  it("takes its time when told to", async () => {
    await start({ LATENCY_MS: "150" });
    const begun = performance.now();
    await info();
    assert.ok(performance.now() - begun >= 145);
  });

  for (const wrong of [{ errorRate: 101 }, { latencyMs: "slow" }, { showNamespace: 1 }, { colour: "blue" }]) {
    it(`refuses ${JSON.stringify(wrong)}`, async () => {
      await start();
      const answer = await set(wrong);
      assert.equal(answer.status, 400);
      assert.match(((await answer.json()) as { error: string }).error, /; allowed: /);
    });
  }

  it("counts answers by status and time, and leaves probes out", async () => {
    await start({ ERROR_RATE: "50" });
    for (const path of ["/v1/appinfo", "/v1/appinfo", "/readyz", "/nowhere"]) await get(path);
    const metrics = await (await get("/metrics")).text();
    assert.match(metrics, /^app_info\{version="3"\} 1$/m);
    for (const code of [200, 404, 500])
      assert.match(metrics, new RegExp(`^http_requests_total\\{code="${code}"\\} 1$`, "m"));
    assert.match(metrics, /^http_request_duration_seconds_bucket\{le="\+Inf"\} 3$/m);
    assert.match(metrics, /^http_request_duration_seconds_count 3$/m);
  });

  it("is a folder of its own: no dependency, and no import from elsewhere", () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8"));
    assert.deepEqual([dependencies, devDependencies], [undefined, undefined]);
    for (const file of ["app.ts", "info.ts", "main.ts", "metrics.ts", "switches.ts"]) {
      const imports = [...readFileSync(join(FOLDER, file), "utf8").matchAll(/ from "([^"]+)"/g)];
      for (const [, from = ""] of imports) assert.match(from, /^(node:[\w/]+|\.\/\w+\.ts)$/, file);
    }
  });

  it("is built on an exact base, and runs as a user that Kubernetes can see is not root", () => {
    const lines = readFileSync(join(FOLDER, "Dockerfile"), "utf8").split("\n");
    const bases = lines.filter((line) => line.startsWith("FROM "));
    assert.ok(bases.length > 0);
    for (const base of bases) assert.match(base, /:\d+\.\d+\.\d+-alpine\d+\.\d+$|@sha256:[0-9a-f]{64}$/);
    const users = lines.filter((line) => line.startsWith("USER "));
    assert.match(users.at(-1) ?? "", /^USER [1-9]\d*$/);
  });

  describe("told to end", () => {
    let kept: Agent;
    let silent: Socket | undefined;

    beforeEach(() => {
      kept = new Agent({ keepAlive: true, maxSockets: 1 });
    });

    afterEach(() => {
      kept.destroy();
      silent?.destroy();
    });

    const finish = async (): Promise<void> => {
      await app?.finish();
      app = undefined;
    };
    const askKept = async (path: string) => {
      const request = ask({ port: app?.port, path, agent: kept });
      const [answer] = (await once(request, "response")) as [IncomingMessage];
      await text(answer);
      return {
        reused: request.reusedSocket,
        status: answer.statusCode,
        connection: answer.headers.connection,
      };
    };
    const connected = async (): Promise<Socket> => {
      silent = connect(app?.port ?? 0, "127.0.0.1").on("error", () => {});
      await once(silent, "connect");
      return silent;
    };

    for (const [path, status] of [
      ["/v1/appinfo", 200],
      ["/metrics", 200],
      ["/readyz", 503],
    ] as const) {
      it(`answers what a kept connection asks of ${path}, and says that it closes it`, async () => {
        await start({}, labelsFile, { servesMs: 300, finishesMs: 0 });
        assert.equal((await askKept("/healthz")).connection, "keep-alive");
        const finished = finish();
        assert.deepEqual(await askKept(path), { reused: true, status, connection: "close" });
        await finished;
      });
    }

    it("then closes connections that ask for nothing, without waiting for them", async () => {
      await start({}, labelsFile, { servesMs: 50, finishesMs: 60_000 });
      await askKept("/healthz");
      const begun = performance.now();
      await finish();
      assert.ok(performance.now() - begun < 10_000);
    });

    it("finishes a request that takes longer than it serves, and ends with it", async () => {
      await start({ LATENCY_MS: "300" }, labelsFile, { servesMs: 50, finishesMs: 60_000 });
      const begun = performance.now();
      const asked = askKept("/v1/appinfo");
      // What was asked before is under way by then.
      await get("/healthz");
      await finish();
      assert.equal((await asked).status, 200);
      assert.ok(performance.now() - begun < 10_000);
    });

    for (const [what, sent] of [
      ["sends nothing", ""],
      ["sends half a request", "GET /healthz HTTP/1.1\r\nHost: a\r\n"],
    ] as const) {
      it(`ends although a connection ${what}`, async () => {
        await start({}, labelsFile, { servesMs: 50, finishesMs: 50 });
        (await connected()).write(sent);
        await sleep(50);
        await finish();
      });
    }
  });

  describe("as a process", () => {
    let child: ChildProcess;
    let port: string;

    beforeEach(async () => {
      const variables = { ...env, LATENCY_MS: "1000", PORT: "0", ADMIN_PORT: "0", LABELS_FILE: folder };
      child = spawn(process.execPath, ["--import", "tsx", "main.ts"], {
        cwd: FOLDER,
        env: { ...process.env, ...variables },
        stdio: ["ignore", "pipe", "inherit"],
      });
      assert.ok(child.stdout);
      const [line] = await once(child.stdout, "data");
      port = /port (\d+)/.exec(String(line))?.[1] ?? "";
    });

    afterEach(() => {
      child.kill("SIGKILL");
    });

    it("answers on SIGTERM what it has and what comes yet, and ends", async () => {
      const ended = once(child, "exit");
      const asked = fetch(`http://127.0.0.1:${port}/v1/appinfo`);
      const probe = async (path: string) => (await fetch(`http://127.0.0.1:${port}/${path}`)).status;
      assert.equal(await probe("healthz"), 200);
      child.kill("SIGTERM");
      while ((await probe("readyz")) !== 503) await sleep(10);
      const answer = await asked;
      assert.equal(answer.status, 200);
      assert.equal(((await answer.json()) as { PodName: string }).PodName, "web-1");
      assert.deepEqual(await ended, [0, null]);
    });
  });
});
