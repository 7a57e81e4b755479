import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import { openInfluxdb as influxdb } from "../../../analysis/sources/influxdb";
import { metric, NEVER, type Reply, window, withServer } from "./server";

const ENV = { INFLUX_TOKEN: "t0ken-s3cret" };
const FLUX = `from(bucket: "shop")
  |> range(start: {{from}}, stop: {{to}})
  |> filter(fn: (r) => r.service == "{{service}}")`;

/** Annotated CSV, as InfluxDB answers it: a block of rows for each table. */
const table = (rows: readonly string[], number = 0): string =>
  [
    "#datatype,string,long,dateTime:RFC3339,double",
    "#group,false,false,false,false",
    "#default,_result,,,",
    ",result,table,_time,_value",
    ...rows.map((row) => `,,${number},${row}`),
    "",
    "",
  ].join("\r\n");
const csv = (...tables: string[]): Reply => ({
  headers: { "content-type": "text/csv" },
  body: tables.join(""),
});

const JSON_ANSWER = { "content-type": "application/json; charset=utf-8" };

async function read(reply: Reply | (() => Reply), env: NodeJS.ProcessEnv = ENV, signal = NEVER, of?: string) {
  const asked: { request: IncomingMessage; url: URL }[] = [];
  let result: Awaited<ReturnType<ReturnType<typeof influxdb>["read"]>> | undefined;
  await withServer(
    (request, url) => {
      asked.push({ request, url });
      return typeof reply === "function" ? reply() : reply;
    },
    async (url) => {
      result = await influxdb({ url: `${url}/influx`, org: "ops" }, env).read(
        { ...metric(FLUX), of },
        window(),
        signal,
      );
    },
  );
  assert.ok(result !== undefined);
  return { ...result, asked };
}

describe("The metric source influxdb", () => {
  it("asks in Flux, with the window's seconds, the organization and the token of InfluxDB's own variable", async () => {
    const { asked, look } = await read(csv());
    const [{ request, url }] = asked as [(typeof asked)[number]];
    assert.deepEqual(
      [request.method, url.pathname, url.searchParams.get("org"), request.headers.authorization],
      ["POST", "/influx/api/v2/query", "ops", "Token t0ken-s3cret"],
    );
    assert.match(look, /range\(start: 1000, stop: 1150\)\n.*"myapp-canary"\) at http:/);
  });

  it("takes each row's time and value, null being none", async () => {
    const { samples } = await read(
      csv(table(["1970-01-01T00:17:00Z,1.5", "1970-01-01T00:18:00Z,", "1970-01-01T00:19:00Z,3"])),
    );
    assert.deepEqual(samples, [
      { time: 1_020_000, value: 1.5 },
      { time: 1_140_000, value: 3 },
    ]);
  });

  it("counts by two queries, of the bad ones and of all", async () => {
    let asked = 0;
    const reply = () => {
      asked++;
      return csv(table(["1970-01-01T00:17:00Z,3"]));
    };
    const { counts, samples } = await read(reply, ENV, NEVER, FLUX);
    assert.deepEqual([samples, asked], [[], 2]);
    assert.deepEqual(counts?.intervals, [{ time: 1_020_000, requests: 3, bad: [3] }]);
  });

  it("has no samples where there is no row", async () => {
    assert.deepEqual((await read(csv())).samples, []);
  });

  for (const { title, reply, message } of [
    {
      title: "several tables, of which none could be meant",
      reply: csv(table(["1970-01-01T00:17:00Z,1"]), table(["1970-01-01T00:17:00Z,2"], 1)),
      message: /^the query has 2 tables, and needs one: from/,
    },
    {
      title: "a query that is none, with what is wrong",
      reply: {
        status: 400,
        headers: JSON_ANSWER,
        body: '{"code":"invalid","message":"compilation failed: expected RPAREN"}',
      },
      message: /\/influx answers with status 400: compilation failed: expected RPAREN$/,
    },
    {
      title: "a token that is refused",
      reply: {
        status: 401,
        headers: JSON_ANSWER,
        body: '{"code":"unauthorized","message":"no entry for t0ken-s3cret"}',
      },
      message: /\/influx answers with status 401$/,
    },
  ]) {
    it(`is failed by ${title}`, async () => {
      await assert.rejects(read(reply), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      });
    });
  }

  it("is failed by a token that is not set, and a server that is not there", async () => {
    await assert.rejects(
      read(csv(), {}),
      /^Error: environment variable INFLUX_TOKEN, for http:.* is not set$/,
    );
    let gone = "";
    await withServer(
      () => csv(),
      async (url) => {
        gone = url;
      },
    );
    const asked = influxdb({ url: gone, org: "ops" }, ENV).read(metric(FLUX), window(), NEVER);
    await assert.rejects(asked, { message: `${gone} can't be reached` });
  });

  it("is failed by an answer of more than 8 MiB, whether it is one line, an error, or packed", async () => {
    const long = "1".repeat(8 * 2 ** 20 + 1);
    const packed = gzipSync(long).toString("latin1");
    for (const reply of [
      csv(long),
      { status: 400, headers: JSON_ANSWER, body: `{"message":"${long}"}` },
      {
        headers: { "content-type": "text/csv", "content-encoding": "gzip" },
        body: packed,
        encoding: "latin1",
      },
    ] as const)
      await assert.rejects(read(reply), /\/influx answers with more than 8 MiB$/);
  });

  it("ends at once when it is interrupted", async () => {
    const stop = new AbortController();
    await withServer(
      () => {
        stop.abort(new Error("stopped"));
        return csv(table(["1970-01-01T00:17:00Z,1.5"]));
      },
      async (url) => {
        const asked = influxdb({ url, org: "ops" }, ENV).read(metric(FLUX), window(), stop.signal);
        await assert.rejects(asked, /stopped/);
      },
    );
  });
});
