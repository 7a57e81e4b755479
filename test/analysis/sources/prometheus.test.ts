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
  body: JSON.stringify({
    status: "success",
    data: { result: series.map((values) => ({ metric: {}, values })) },
  }),
});
/** Raw samples by the labels of their series. */
const raw = (...series: [Record<string, string>, [number, string][]][]): Reply => ({
  body: JSON.stringify({
    status: "success",
    data: {
      result: series.map(([labels, values]) => ({ metric: { job: "t", instance: "a", ...labels }, values })),
    },
  }),
});

/** What a server is asked, and what the source makes of its answers. */
async function read(
  query: string,
  reply: (path: string, query: string) => Reply,
  change = {},
  more = {},
  env = {},
  of?: string,
) {
  const asked: { path: string; parameters: Record<string, string>; authorization?: string }[] = [];
  let result: Awaited<ReturnType<ReturnType<typeof prometheus>["read"]>> | undefined;
  await withServer(
    ({ headers: { authorization } }, { pathname: path, searchParams }) => {
      asked.push({
        path,
        parameters: Object.fromEntries(searchParams),
        ...(authorization && { authorization }),
      });
      return reply(path, searchParams.get("query") ?? "");
    },
    async (url) => {
      const source = prometheus(settings({ url: `${url}/metrics/`, ...more }), env);
      result = await source.read({ ...metric(query), of }, window(change), NEVER);
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

  const PRIMARY = { service: "myapp", namespace: "shop", variant: "primary" };

  it("counts what a router's counters counted since the window's begin, and says when there will be more", async () => {
    const { counts, due, samples, asked } = await read("success-rate", (_path, query) =>
      query.includes("canary")
        ? raw(
            [
              { code: "200" },
              [
                [1012, "100"],
                [1027, "109"],
                [1042, "118"],
              ],
            ],
            [{ code: "502" }, [[1042, "3"]]],
          )
        : raw(),
    );
    assert.deepEqual(samples, []);
    assert.deepEqual(counts, {
      intervals: [
        { time: 1_020_000, requests: 0, bad: [0] },
        { time: 1_035_000, requests: 9, bad: [0] },
        { time: 1_050_000, requests: 12, bad: [3] },
      ].slice(1),
      length: 15_000,
      until: 1_140_000,
    });
    assert.equal(due, 1_155_000);
    assert.deepEqual(asked[0]?.parameters, {
      query:
        'traefik_service_requests_total{service=~"shop-(myapp-canary-(80|http)@kubernetescrd|' +
        'myapp-canary-http-80@kubernetesgateway|myapp-myapp-80-canary@kubernetesingressnginx)"}[900s]',
      time: "1150",
    });
  });

  it("asks for the port and the primary's Service that an app of others has", async () => {
    const { asked } = await read("success-rate", () => raw(), {
      service: "shop-next",
      primary: "shop-stable",
      port: 8080,
      portName: "web",
    });
    assert.equal(
      asked[0]?.parameters.query,
      'traefik_service_requests_total{service=~"shop-(shop-next-(8080|web)@kubernetescrd|' +
        'shop-next-http-8080@kubernetesgateway|myapp-shop-stable-8080-canary@kubernetesingressnginx)"}[900s]',
    );
  });

  it("knows by the primary's series that a target was there before the canary's first request", async () => {
    const before: [number, string][] = [
      [1012, "5000"],
      [1027, "5100"],
    ];
    const reply = (_path: string, query: string): Reply =>
      query.includes("canary") ? raw([{ code: "500" }, [[1027, "7"]]]) : raw([{ code: "200" }, before]);
    const { counts } = await read("success-rate", reply, { beside: PRIMARY });
    assert.deepEqual(counts?.intervals, [{ time: 1_035_000, requests: 7, bad: [7] }]);
    assert.deepEqual((await read("success-rate", reply)).counts?.intervals, []);
  });

  it("asks the same question once, whichever metrics and variants are made of the answer", async () => {
    const asked: string[] = [];
    await withServer(
      (_request, { searchParams }) => {
        asked.push(searchParams.get("query") ?? "");
        return raw();
      },
      async (url) => {
        const source = prometheus(settings({ url }), {});
        const canary = window({ beside: PRIMARY });
        for (const query of ["success-rate", "client-error-rate"]) {
          await source.read(metric(query), canary, NEVER);
          await source.read(metric(query), { ...canary, ...PRIMARY, beside: canary }, NEVER);
        }
      },
    );
    assert.equal(asked.length, 2);
  });

  it("counts answers 4xx, and gRPC's statuses by whose fault they are", async () => {
    const twice = (value: string): [number, string][] => [
      [1012, "0"],
      [1027, value],
    ];
    const reply = (): Reply =>
      raw(
        [{ response_code: "200", grpc_response_status: "0" }, twice("10")],
        [{ response_code: "200", grpc_response_status: "14" }, twice("2")],
        [{ response_code: "200", grpc_response_status: "5" }, twice("3")],
        [{ response_code: "404" }, twice("4")],
        [{ response_code: "503" }, twice("5")],
      );
    const of = async (query: string) =>
      (await read(query, reply, {}, { metrics: "istio" })).counts?.intervals;
    assert.deepEqual(await of("error-rate"), [{ time: 1_035_000, requests: 24, bad: [7] }]);
    assert.deepEqual(await of("client-error-rate"), [{ time: 1_035_000, requests: 24, bad: [7] }]);
  });

  it("counts the requests beyond each bound of latency, in milliseconds", async () => {
    const twice = (value: string): [number, string][] => [
      [1012, "0"],
      [1027, value],
    ];
    const { counts } = await read("latency-p90", () =>
      raw([{ le: "0.1" }, twice("80")], [{ le: "0.3" }, twice("95")], [{ le: "+Inf" }, twice("100")]),
    );
    assert.deepEqual(counts, {
      bounds: [100, 300],
      intervals: [{ time: 1_035_000, requests: 100, bad: [20, 5] }],
      length: 15_000,
      until: 1_140_000,
    });
  });

  it("counts by counters of one's own: the bad ones, and all", async () => {
    const reply = (_path: string, query: string): Reply =>
      query.startsWith("failures")
        ? raw([{}, [[1027, "2"]]])
        : raw([
            {},
            [
              [1012, "100"],
              [1027, "140"],
            ],
          ]);
    const { counts, asked } = await read('failures{s="{{service}}"}', reply, {}, {}, {}, "requests");
    assert.deepEqual(counts?.intervals, [{ time: 1_035_000, requests: 40, bad: [2] }]);
    assert.deepEqual(
      asked.map(({ parameters }) => parameters.query),
      ['failures{s="myapp-canary"}[900s]', "requests[900s]"],
    );
  });

  it("asks by a built-in query about the variant's own series alone", async () => {
    for (const query of ["success-rate", "error-rate", "client-error-rate", "latency-p90"]) {
      const { asked } = await read(query, () => matrix());
      for (const { parameters } of asked)
        assert.match(parameters.query ?? "", /^traefik_\w+\{service=~"shop-\(myapp-canary-/, query);
    }
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
      "g0.range_input": "600s",
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
      { message: "the query has 2 series, and needs one: x" },
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
