import assert from "node:assert/strict";
import { openHttp as http } from "../../../analysis/sources/http";
import { metric, NEVER, window, withServer } from "./server";

const read = (
  url: string,
  query: string,
  headers: Record<string, string> = {},
  env: NodeJS.ProcessEnv = {},
) => http({ url, headers }, env).read(metric(query), window(), NEVER);

describe("The metric source http", () => {
  it("finds values in the answer by JSONPath, null being none", async () => {
    const body = JSON.stringify({ data: [{ v: 1.5 }, { v: null }, { v: 3 }], all: [4, 5], empty: [] });
    await withServer(
      () => ({ body }),
      async (url) => {
        const values = async (path: string) => (await read(url, path)).samples.map(({ value }) => value);
        assert.deepEqual(await values("$.data[*].v"), [1.5, 3]);
        assert.deepEqual(await values("$.all"), [4, 5]);
        assert.deepEqual(await values("$.empty"), []);
      },
    );
  });

  it("fills the address with the variant and the window, and sends headers from variables", async () => {
    const asked: string[] = [];
    await withServer(
      (request, { pathname, search }) => {
        asked.push(`${pathname}${search} ${request.headers["x-key"]}`);
        return { body: "7" };
      },
      async (url) => {
        const address = `${url}/{{namespace}}/{{service}}?from={{from}}&to={{to}}`;
        const { samples } = await read(address, "$", { "X-Key": "KEY" }, { KEY: "s3cret" });
        assert.deepEqual(samples, [{ time: 1_150_000, value: 7 }]);
      },
    );
    assert.deepEqual(asked, ["/shop/myapp-canary?from=1000&to=1150 s3cret"]);
  });

  it("says where to look without the address's query, which may hold a secret", async () => {
    await withServer(
      () => ({ body: "7" }),
      async (url) => {
        const { look } = await read(`${url}/{{service}}?token=s3cret`, "$");
        assert.equal(look, `$ of ${url}/myapp-canary`);
      },
    );
  });

  it("says what is wrong without the header's value or the answer", async () => {
    const secret = { KEY: "s3cret" };
    await withServer(
      ({ headers }) => ({ status: 403, body: `no entry for ${headers["x-key"]}` }),
      async (url) => {
        const asked = read(`${url}/a?token=s3cret`, "$", { "X-Key": "KEY" }, secret);
        await assert.rejects(asked, { message: `${url}/a answers with status 403` });
      },
    );
  });

  it("follows no redirect, with which its headers would go", async () => {
    await withServer(
      () => ({ status: 302, headers: { location: "http://127.0.0.1:9/" }, body: "" }),
      async (url) => {
        await assert.rejects(read(url, "$"), { message: `${url}/ answers with status 302` });
      },
    );
  });

  for (const [title, body, path, message] of [
    ["an answer that is no JSON", "<html>", "$", /answers with no JSON$/],
    ["a path where nothing is", "{}", "$.a", /^there is nothing at \$\.a$/],
    ["a path to a text", '{"a":"1"}', "$.a", /^there is no number at \$\.a$/],
    ["what is no JSONPath", "{}", "a[", /^no JSONPath: a\[$/],
  ] as const) {
    it(`is failed by ${title}`, async () => {
      await withServer(
        () => ({ body }),
        async (url) => {
          await assert.rejects(read(url, path), { message });
        },
      );
    });
  }

  it("is failed by a server that is not there, a variable that is not set, and an unknown placeholder", async () => {
    let gone = "";
    await withServer(
      () => ({ body: "" }),
      async (url) => {
        gone = url;
      },
    );
    await assert.rejects(read(`${gone}/x`, "$"), { message: `${gone}/x can't be reached` });
    await assert.rejects(read(gone, "$", { Authorization: "TOKEN" }), {
      message: "environment variable TOKEN, for header Authorization, is not set",
    });
    await assert.rejects(
      read(`${gone}/{{pod}}`, "$"),
      /no such placeholder: \{\{pod\}\}; allowed: \{\{app\}\}/,
    );
  });
});
