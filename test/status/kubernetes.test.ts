import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../cli/run";

const PROJECT = resolve(__dirname, "../..");

describe("canary status, without a cluster that answers", () => {
  const before_ = { cwd: process.cwd(), env: { ...process.env } };
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-status-"));
    process.chdir(PROJECT);
    process.env.HOME = folder;
    delete process.env.KUBECONFIG;
  });

  afterEach(() => {
    process.chdir(before_.cwd);
    process.env = { ...before_.env };
    rmSync(folder, { recursive: true });
  });

  const kubeconfig = (content: object): void => {
    process.env.KUBECONFIG = join(folder, "kubeconfig");
    writeFileSync(process.env.KUBECONFIG, JSON.stringify(content));
  };
  const CONTEXT = {
    clusters: [{ name: "one", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "me", user: { token: "hunter2" } }],
    contexts: [{ name: "one", context: { cluster: "one", user: "me" } }],
  };

  const refusals: readonly [string, () => void, string[], RegExp][] = [
    ["no kubeconfig", () => {}, [], /^no cluster: set KUBECONFIG, or make ~\/\.kube\/config\n$/],
    [
      "a kubeconfig that is not there",
      () => {
        process.env.KUBECONFIG = "/nonexistent/kubeconfig";
      },
      [],
      /^KUBECONFIG: there is no \/nonexistent\/kubeconfig\n$/,
    ],
    [
      "a context that the kubeconfig does not have",
      () => kubeconfig({ ...CONTEXT, "current-context": "one" }),
      ["--context", "two"],
      /^--context two: allowed: one\n$/,
    ],
    ["no current context", () => kubeconfig(CONTEXT), [], /^kubeconfig: no current context.*\n$/],
    [
      "an API server that refuses connections",
      () => kubeconfig({ ...CONTEXT, "current-context": "one" }),
      [],
      /^Kubernetes, TraefikService myapp\/myapp: .*ECONNREFUSED.*\n$/,
    ],
  ];
  for (const [title, given, words, line] of refusals) {
    it(`with ${title} is one line and exit code 2`, async () => {
      given();
      const { code, stdout, stderr } = await run("status", ...words);
      assert.equal(stdout, "");
      assert.match(stderr, line);
      assert.doesNotMatch(stderr, /hunter2/);
      assert.equal(code, 2);
    });
  }

  it("shows in a migration what AWS has, and exits 2 all the same", async () => {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        const action = new URLSearchParams(body).get("Action") ?? "ListResourceRecordSets";
        response.end(`<${action}Response><${action}Result/></${action}Response>`);
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing-secret",
    });
    try {
      const { code, stdout } = await run("status", "-s", "prod");
      assert.match(stdout, /myapp +canary +\S+ +classic ELB +10 % +10 % +none !\n/);
      assert.match(stdout, /myapp +canary +\S+ +traefik +10 % +10 % +not seen !\n/);
      assert.match(stdout, /\nNot seen: the cluster's routing objects: no cluster: set KUBECONFIG/);
      assert.equal(code, 2);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
