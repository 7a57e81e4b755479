import assert from "node:assert/strict";
import { openDatadog as datadog, datadog as kind } from "../../../analysis/sources/datadog";
import { metric, NEVER, type Reply, window, withServer } from "./server";

const ENV = { DD_API_KEY: "api-s3cret", DD_APP_KEY: "app-s3cret" };
const QUERY = "sum:shop.errors{service:{{service}},env:{{namespace}}}.as_rate()";
const points = (...pointlists: [number, number | null][][]): Reply => ({
  body: JSON.stringify({
    status: "ok",
    res_type: "time_series",
    series: pointlists.map((pointlist) => ({ metric: "shop.errors", scope: "*", interval: 20, pointlist })),
  }),
});

async function read(
  query: string,
  reply: Reply | ((query: string) => Reply),
  env: NodeJS.ProcessEnv = ENV,
  of?: string,
) {
  const asked: unknown[] = [];
  let result: Awaited<ReturnType<ReturnType<typeof datadog>["read"]>> | undefined;
  await withServer(
    ({ headers }, { pathname, searchParams }) => {
      asked.push([
        pathname,
        Object.fromEntries(searchParams),
        headers["dd-api-key"],
        headers["dd-application-key"],
      ]);
      return typeof reply === "function" ? reply(searchParams.get("query") ?? "") : reply;
    },
    async (address) => {
      const source = datadog({ site: "datadoghq.eu" }, env, address);
      result = await source.read({ ...metric(query), of }, window(), NEVER);
    },
  );
  assert.ok(result !== undefined);
  return { ...result, asked };
}

describe("The metric source datadog", () => {
  it("asks for the window's points, with placeholders filled and the keys of Datadog's own variables", async () => {
    const { asked, look } = await read(QUERY, points());
    const query = "sum:shop.errors{service:myapp-canary,env:shop}.as_rate()";
    assert.deepEqual(asked, [
      ["/api/v1/query", { from: "1000", to: "1150", query }, "api-s3cret", "app-s3cret"],
    ]);
    assert.equal(look, `${query} at datadoghq.eu`);
  });

  it("takes the points that lie in the window as a whole, but not those without a value", async () => {
    const { samples } = await read(
      QUERY,
      points([
        [980_000, 9],
        [1_000_000, 1],
        [1_020_000, null],
        [1_040_000, 2.5],
        [1_140_000, 9],
      ]),
    );
    assert.deepEqual(samples, [
      { time: 1_000_000, value: 1 },
      { time: 1_040_000, value: 2.5 },
    ]);
  });

  it("counts by errors and hits, as many for each time, and none where there is no point", async () => {
    const { counts, samples, asked } = await read(
      "sum:errors{s:{{service}}}.as_count()",
      (query) =>
        query.includes("errors")
          ? points([[1_020_000, 3]])
          : points([
              [1_020_000, 100],
              [1_040_000, 120],
            ]),
      ENV,
      "sum:hits{s:{{service}}}.as_count().rollup(sum, 20)",
    );
    assert.deepEqual(samples, []);
    assert.deepEqual(counts?.intervals, [
      { time: 1_020_000, requests: 100, bad: [3] },
      { time: 1_040_000, requests: 120, bad: [0] },
    ]);
    assert.deepEqual((asked as [string, { query: string }][]).map(([, { query }]) => query).sort(), [
      "sum:errors{s:myapp-canary}.as_count().rollup(sum, 30)",
      "sum:hits{s:myapp-canary}.as_count().rollup(sum, 20)",
    ]);
  });

  it("refuses rates where counts are asked for", () => {
    const rate = { ...metric("sum:errors{*}.as_rate()"), of: "sum:hits{*}.as_count()" };
    assert.deepEqual(kind.metricProblems(rate, { hasCluster: true }), [
      ["query", rate.query, "a count: a query with .as_count()"],
    ]);
  });

  it("has no samples where Datadog has no series", async () => {
    assert.deepEqual((await read(QUERY, points())).samples, []);
  });

  for (const { title, reply, message } of [
    {
      title: "keys that are refused, with the reason and without the keys",
      reply: { status: 403, body: '{"errors":["Forbidden"]}' },
      message: /\/api\/v1\/query answers with status 403: Forbidden$/,
    },
    {
      title: "too many questions",
      reply: { status: 429, body: "" },
      message: /\/api\/v1\/query answers with status 429$/,
    },
    {
      title: "a query that is refused within an answer",
      reply: { body: '{"status":"error","error":"Error parsing query","series":[]}' },
      message: /^Datadog refuses the query: Error parsing query$/,
    },
    {
      title: "several series, of which none could be meant",
      reply: points([], []),
      message: /^the query has 2 series, and needs one: sum:/,
    },
    {
      title: "an answer that is none of Datadog's",
      reply: { body: "<html>" },
      message: /\/api\/v1\/query does not answer as Datadog does$/,
    },
  ]) {
    it(`is failed by ${title}`, async () => {
      await assert.rejects(read(QUERY, reply), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      });
    });
  }

  it("is failed by a key that is not set", async () => {
    await assert.rejects(read(QUERY, points(), { DD_API_KEY: "x" }), {
      message: "environment variable DD_APP_KEY, for header DD-APPLICATION-KEY, is not set",
    });
  });
});
