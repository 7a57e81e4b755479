import assert from "node:assert/strict";
import { openPrometheus as prometheus } from "../../../analysis/sources/prometheus";
import { rollout } from "../../../stacks/schema/rollout";
import { metric, NEVER, type Reply, window, withServer } from "./server";

const settings = (given: object) => {
  const { prometheus: parsed } = rollout.parse({ sources: { prometheus: given } }).sources;
  assert.ok(parsed !== undefined);
  return parsed;
};
const matrix = (...series: [number, string][][]): Reply => ({
  body: JSON.stringify({ status: "success", data: { result: series.map((values) => ({ values })) } }),
});
const vector = (value: string): Reply => ({
  body: JSON.stringify({ status: "success", data: { result: [{ value: [1150, value] }] } }),
});

/** What a server is asked, and what the source makes of its answers. */
async function read(query: string, reply: (path: string) => Reply, change = {}, more = {}, env = {}) {
  const asked: { path: string; parameters: Record<string, string>; authorization?: string }[] = [];
  let result: Awaited<ReturnType<ReturnType<typeof prometheus>["read"]>> | undefined;
  await withServer(
    ({ headers: { authorization } }, { pathname: path, searchParams }) => {
      asked.push({
        path,
        parameters: Object.fromEntries(searchParams),
        ...(authorization && { authorization }),
      });
      return reply(path);
    },
    async (url) => {
      const source = prometheus(settings({ url: `${url}/metrics/`, ...more }), env);
      result = await source.read(metric(query), window(change), NEVER);
    },
  );
  assert.ok(result !== undefined);
  return { ...result, asked };
}

describe("The metric source prometheus", () => {
  it("asks for a range whose rates don't overlap and don't reach before it, each over two scrapes", async () => {
    const { asked } = await read("rate(x[{{window}}])", () => matrix());
    assert.deepEqual(asked, [
      {
        path: "/metrics/api/v1/query_range",
        parameters: { query: "rate(x[30s])", start: "1030", end: "1150", step: "30" },
      },
    ]);
  });

  it("asks nothing about a window that is shorter than a rate", async () => {
    const { asked, samples } = await read("x", () => matrix(), { from: 1_130_000 });
    assert.deepEqual([asked, samples], [[], []]);
  });

  it("takes the values, but not those that are none", async () => {
    const { samples } = await read("x", () =>
      matrix([
        [1030, "1.5"],
        [1060, "NaN"],
        [1090, "+Inf"],
        [1120, "2"],
      ]),
    );
    assert.deepEqual(samples, [
      { time: 1_030_000, value: 1.5 },
      { time: 1_120_000, value: 2 },
    ]);
  });

  it("counts a built-in query's requests over the whole window, of a query of one's own none", async () => {
    const reply = (path: string): Reply => (path.endsWith("query") ? vector("42") : matrix());
    const { requests, asked } = await read("success-rate", reply);
    assert.equal(requests, 42);
    assert.deepEqual(asked.find(({ path }) => path.endsWith("query"))?.parameters, {
      query:
        'sum(increase(traefik_service_requests_total{service=~"shop-(myapp-canary-(80|http)@kubernetescrd|' +
        'myapp-canary-http-80@kubernetesgateway|myapp-myapp-80-canary@kubernetesingressnginx)"}[150s]))',
      time: "1150",
    });
    assert.equal((await read("x", () => matrix())).requests, undefined);
  });

  it("asks by a built-in query about the variant's own series alone", async () => {
    for (const query of ["success-rate", "error-rate", "latency-p90"]) {
      const { asked } = await read(query, () => matrix());
      const ranges = asked.filter(({ path }) => path.endsWith("query_range"));
      const metrics = ranges.flatMap(
        ({ parameters }) => parameters.query?.match(/traefik_\w+(\{service=~"\S+)?/g) ?? [],
      );
      assert.ok(metrics.length > 0);
      for (const series of metrics) assert.match(series, /\{service=~"shop-\(myapp-canary-/, query);
    }
  });

  it("counts no request where there is no series", async () => {
    assert.equal((await read("error-rate", () => matrix())).requests, 0);
  });

  it("fills placeholders", async () => {
    const { asked } = await read('x{a="{{app}}",n="{{namespace}}",v="{{variant}}",s="{{ service }}"}', () =>
      matrix(),
    );
    assert.equal(asked[0]?.parameters.query, 'x{a="myapp",n="shop",v="canary",s="myapp-canary"}');
  });

  it("links to the page that shows the same again", async () => {
    const { look } = await read("rate(x[{{window}}])", () => matrix());
    const page = new URL(look);
    assert.equal(page.pathname, "/metrics/graph");
    assert.deepEqual(Object.fromEntries(page.searchParams), {
      "g0.expr": "rate(x[30s])",
      "g0.tab": "0",
      "g0.range_input": "150s",
      "g0.end_input": "1970-01-01 00:19:10",
    });
  });

  it("sends headers from variables", async () => {
    const { asked } = await read(
      "x",
      () => matrix(),
      {},
      { headers: { Authorization: "TOKEN" } },
      { TOKEN: "Bearer s3cret" },
    );
    assert.equal(asked[0]?.authorization, "Bearer s3cret");
  });

  it("is failed by several series, of which none could be meant", async () => {
    await assert.rejects(
      read("x", () => matrix([], [])),
      { message: "the query has 2 series; allowed: one: x" },
    );
  });

  it("is failed by a refusal, with its reason, and by an answer that is none of Prometheus", async () => {
    const refusal = { status: 400, body: JSON.stringify({ status: "error", error: "parse error" }) };
    await assert.rejects(
      read("x(", () => refusal),
      /answers with status 400: parse error$/,
    );
    await assert.rejects(
      read("x", () => ({ body: "<html>" })),
      /query_range does not answer as Prometheus does$/,
    );
  });
});
