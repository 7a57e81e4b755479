import assert from "node:assert/strict";
import { routerNames, routers } from "../../components/routers";
import { run } from "./run";

describe("canary routers", () => {
  it("prints every router, with what it can do and what to know of it, within a terminal's width", async () => {
    const { code, stdout } = await run("routers");
    assert.equal(code, 0);
    for (const name of routerNames()) assert.match(stdout, new RegExp(`^${name} .*\\b(yes|no)$`, "m"));
    for (const heading of ["match by", "shield", "missing canary", "time to empty", "needs", "tested on"]) {
      assert.match(stdout, new RegExp(heading));
    }
    for (const line of stdout.split("\n")) assert.ok(line.length <= 120, line);
  });

  it("prints one router in full, with the keys, defaults and meaning of its settings", async () => {
    const { stdout } = await run("routers", "istio");
    assert.match(stdout, /^istio\nIstio: a VirtualService/);
    assert.match(stdout, /^sticky +a cookie with the variant's name/m);
    assert.match(stdout, /^time to empty +requests in flight alone/m);
    assert.match(stdout, /^circuitBreaker\.consecutive5xxErrors +5 +answers 5xx in a row/m);
    assert.match((await run("routers", "replicas")).stdout, /No settings of its own\n$/);
  });

  it("prints the same as JSON", async () => {
    const all = JSON.parse((await run("routers", "--json")).stdout);
    assert.deepEqual(
      all.map(({ name }: { name: string }) => name),
      routerNames(),
    );
    const one = JSON.parse((await run("routers", "gateway", "--format", "json")).stdout);
    const { settings, name, ...traits } = one;
    assert.deepEqual([name, traits], ["gateway", routers.gateway.traits]);
    assert.deepEqual(settings.at(-1), {
      key: "redirectToHttps",
      default: false,
      description: "whether port 80 of the apps' own Gateways redirects to https; with tlsSecret",
    });
  });

  it("refuses a router that there is not, and two formats at once", async () => {
    const unknown = await run("routers", "f5");
    assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
    assert.match(unknown.stderr, /^router f5; allowed: one of traefik, .*istio/);
    const both = await run("routers", "--json", "--format", "text");
    assert.equal(both.code, 2);
    assert.match(both.stderr, /--json and --format text/);
    assert.equal((await run("routers", "istio", "--format", "markdown")).code, 2);
  });
});
