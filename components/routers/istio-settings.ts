import * as z from "zod";
import { flag, integer, labels, list, text, weight } from "../fields";

const LARGEST_INTEGER = 2 ** 31 - 1;

/** https://istio.io/latest/docs/reference/config/networking/destination-rule/#TrafficPolicy */
const circuitBreaker = z.strictObject({
  maxConnections: integer(1, LARGEST_INTEGER, "connections")
    .optional()
    .describe("connections to a variant from each proxy; default no limit"),
  maxPendingRequests: integer(1, LARGEST_INTEGER, "requests")
    .optional()
    .describe("requests that wait for one; more are answered with 503; default no limit"),
  maxRequestsPerConnection: integer(1, 2 ** 29, "requests")
    .optional()
    .describe("requests after which a connection is closed; default no limit"),
  consecutive5xxErrors: integer(1, LARGEST_INTEGER, "answers")
    .default(5)
    .describe("answers 5xx in a row after which a pod gets no requests for a while"),
  intervalSeconds: integer(1, 86_400, "seconds")
    .default(10)
    .describe("seconds between two checks of the pods"),
  baseEjectionSeconds: integer(1, 86_400, "seconds")
    .default(30)
    .describe("seconds that a pod is left out, times how often it was before"),
  maxEjectionPercent: integer(1, 100, "percent")
    .default(10)
    .describe("percent of a variant's pods that may be left out at the same time"),
});

/** https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPFaultInjection */
const fault = z
  .strictObject({
    percent: weight.default(100).describe("percent of the requests, at most two decimals"),
    delaySeconds: integer(1, 3600, "seconds").optional().describe("seconds that they are held back"),
    abortStatus: integer(200, 599).optional().describe("status that they are answered with, by no pod"),
    on: z
      .enum(["matched", "all"], { error: "one of matched, all" })
      .default("matched")
      .describe("matched: requests that `match` sends to a canary; all: everybody's"),
  })
  .refine(({ delaySeconds, abortStatus }) => delaySeconds !== undefined || abortStatus !== undefined, {
    error: "delaySeconds, abortStatus or both",
  });

/** https://istio.io/latest/docs/reference/config/telemetry/#Tracing */
const tracing = z.strictObject({
  percent: weight.describe("percent of requests, at most two decimals"),
});

export const settings = z
  .strictObject({
    gateways: list(
      text(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "a Gateway as NAMESPACE/NAME"),
      1,
      "a list of Gateways",
    )
      .optional()
      .describe("existing Gateways that serve the apps, as NAMESPACE/NAME; default one of each app's own"),
    gatewaySelector: labels("a map from pods' labels to their values")
      .optional()
      .describe(
        "labels of the ingress gateway's pods, which serve the apps' own Gateways; default istio: ingressgateway",
      ),
    redirectToHttps: flag
      .default(false)
      .describe("whether port 80 of the apps' own Gateways redirects to https; with tlsSecret"),
    circuitBreaker: circuitBreaker
      .optional()
      .describe("leaves pods out that fail, and limits connections, in all variants; default neither"),
    fault: fault.optional().describe("delays or aborts requests on purpose; default none"),
    tracing: tracing
      .optional()
      .describe(
        "traces requests to the app's pods that come without a decision; the ingress gateway decides for those from outside; default the mesh's",
      ),
  })
  .refine(({ gateways, gatewaySelector }) => gateways === undefined || gatewaySelector === undefined, {
    path: ["gatewaySelector"],
    error: "no such key beside gateways",
  });

export type IstioSettings = z.output<typeof settings>;
