import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { metricSources } from "../../analysis/sources";
import { fronts } from "../../components/aws/fronts";
import { metricsReach } from "../../status/aws-access";

const METRIC = {
  name: "errors",
  source: "cloudwatch",
  query: "error-rate",
  better: "lower",
  unit: "%",
} as const;

describe("metrics of a stack's load balancers", () => {
  let server: Server;
  let keys: (string | undefined)[];

  beforeEach(async () => {
    keys = [];
    server = createServer((request, response) => {
      keys.push(/Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1]);
      request.resume().on("end", () => {
        response.setHeader("content-type", "application/x-amz-json-1.0");
        response.end(JSON.stringify({ MetricDataResults: [{ Id: "asked", StatusCode: "Complete" }] }));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function read(more: Record<string, string> = {}) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const values = {
      "aws:accessKey": "AKIASTACK",
      "aws:secretKey": "stack-secret",
      "aws:endpoints": JSON.stringify([{ cloudwatch: url, sts: url }]),
      ...more,
    };
    const { cloudwatch } = metricSources({ cloudwatch: { region: "eu-west-1" } }, {}, metricsReach(values));
    const balancer = { metrics: fronts.alb.metrics, dimensions: { LoadBalancer: "app/shop/1" } };
    const about = { app: "shop", variant: "canary", namespace: "shop", service: "shop-canary" };
    const to = Date.now();
    return cloudwatch?.read(
      METRIC,
      { ...about, balancer, from: to - 600_000, to },
      new AbortController().signal,
    );
  }

  it("are asked for with the stack's own keys", async () => {
    await read();
    assert.deepEqual([...new Set(keys)], ["AKIASTACK"]);
  });

  it("say what is wrong with how the stack reaches AWS", async () => {
    const role = { roleArn: "arn:aws:iam::123456789012:role/metrics" };
    await assert.rejects(async () => read({ "aws:assumeRoles": JSON.stringify([role]) }), {
      message: "role arn:aws:iam::123456789012:role/metrics can't be assumed",
    });
  });
});
