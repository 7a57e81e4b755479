import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { awsAccess } from "../../status/aws-access";
import { StatusError } from "../../status/errors";
import { usageAccount, usageMetrics } from "../../status/requests";

/** A page of CloudWatch's answer. */
interface Page {
  readonly StatusCode?: string;
  readonly Values?: readonly number[];
  readonly Messages?: readonly { readonly Code: string; readonly Value: string }[];
}

describe("requests, counted by CloudWatch", () => {
  const before_ = { ...process.env };
  let server: Server;
  let pages: readonly Page[];
  let asked: number;

  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume().on("end", () => {
        const page = pages[asked++] ?? {};
        const MetricDataResults = page.StatusCode === undefined ? [] : [{ Id: "asked", ...page }];
        response.setHeader("content-type", "application/x-amz-json-1.0");
        response.end(
          JSON.stringify({ MetricDataResults, ...(asked < pages.length && { NextToken: `${asked}` }) }),
        );
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing-secret",
    });
  });

  afterEach(() => {
    process.env = { ...before_ };
    server.closeAllConnections();
    server.close();
  });

  const total = async (...answer: Page[]): Promise<number> => {
    [pages, asked] = [answer, 0];
    const [metric] = usageMetrics("myapp-1a2b3c4");
    assert.ok(metric);
    return (await usageAccount(awsAccess({ "aws:region": "eu-west-1" }))).total(
      metric,
      new Date(Date.now() - 600_000),
    );
  };

  it("are the sum of what a complete answer has, and 0 where it has nothing", async () => {
    assert.equal(await total({ StatusCode: "Complete", Values: [3, 4] }), 7);
    assert.equal(await total({ StatusCode: "Complete", Values: [] }), 0);
  });

  it("are those of all pages of an answer", async () => {
    const [first, last] = [
      { StatusCode: "PartialData", Values: [3] },
      { StatusCode: "Complete", Values: [4] },
    ];
    assert.equal(await total(first, last), 7);
  });

  const unfinished: readonly [string, Page[], string][] = [
    [
      "an error of CloudWatch's own",
      [{ StatusCode: "InternalError", Messages: [{ Code: "InternalError", Value: "could not be read" }] }],
      "InternalError: could not be read",
    ],
    ["a metric that may not be read", [{ StatusCode: "Forbidden" }], "Forbidden"],
    ["an answer that ends before it is whole", [{ StatusCode: "PartialData", Values: [0] }], "PartialData"],
    [
      "an error on a later page",
      [{ StatusCode: "PartialData", Values: [0] }, { StatusCode: "InternalError" }],
      "InternalError",
    ],
    ["an answer about nothing", [{}], "no answer"],
  ];
  for (const [title, answer, reason] of unfinished) {
    it(`are not 0 but unknown with ${title}`, async () => {
      await assert.rejects(
        total(...answer),
        new StatusError(`AWS, metric RequestCount of myapp-1a2b3c4: ${reason}`),
      );
    });
  }
});
