import assert from "node:assert/strict";
import { type Route, routers } from "../../../components/routers";
import { routeTo, specOf } from "./route";

const { "alb-ingress": alb } = routers;
const ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d";
const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("alb-ingress", weights, changes);
const annotation = (of: Route, name: string): string | undefined =>
  alb.manifests(of)[0]?.metadata.annotations?.[`alb.ingress.kubernetes.io/${name}`];

describe("router alb-ingress", () => {
  it("forwards the host to weighted target groups by an annotation", () => {
    const [ingress, ...more] = alb.manifests(route([10]));
    assert.deepEqual(more, []);
    assert.deepEqual(JSON.parse(annotation(route([10]), "actions.myapp-split") ?? ""), {
      type: "forward",
      forwardConfig: {
        targetGroups: [
          { serviceName: "myapp", servicePort: 80, weight: 90 },
          { serviceName: "myapp-canary", servicePort: 80, weight: 10 },
        ],
      },
    });
    assert.deepEqual(ingress?.spec, {
      ingressClassName: "alb",
      rules: [
        {
          host: "myapp.example.com",
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: "myapp-split", port: { name: "use-annotation" } } },
              },
            ],
          },
        },
      ],
    });
  });

  it("comes as close as 999 allows", () => {
    assert.deepEqual(alb.weights(route([0.5])), [199, 1]);
    assert.deepEqual(alb.weights(route([0.01])), [999, 1]);
  });

  it("faces the internet with pods as targets, unless told otherwise", () => {
    assert.equal(annotation(route([10]), "scheme"), "internet-facing");
    assert.equal(annotation(route([10]), "target-type"), "ip");
    const settings = alb.settings.parse({ scheme: "internal", targetType: "instance", group: "shop" });
    assert.equal(annotation(route([10], { settings }), "scheme"), "internal");
    assert.equal(annotation(route([10], { settings }), "target-type"), "instance");
    assert.equal(annotation(route([10], { settings }), "group.name"), "shop");
  });

  it("serves 443 with a certificate and redirects 80 there", () => {
    const settings = alb.settings.parse({ certificateArn: ARN });
    assert.equal(annotation(route([10], { settings }), "certificate-arn"), ARN);
    assert.equal(annotation(route([10], { settings }), "ssl-redirect"), "443");
    assert.equal(annotation(route([10]), "listen-ports"), undefined);
    assert.match(
      alb.problems(route([10], { tlsSecret: "myapp-tls" })).join(),
      /certificateArn, not by tlsSecret/,
    );
  });

  it("asks what matches before the split", () => {
    const matches = [
      { kind: "header", name: "x-canary", value: "always", variant: "canary" },
      { kind: "query", name: "canary", value: "1", variant: "canary" },
    ] as const;
    const matched = route([10], { matches });
    const { rules } = specOf<{
      rules: { http: { paths: { backend: { service: { name: string } } }[] } }[];
    }>(alb.manifests(matched)[0]);
    const order = rules[0]?.http.paths.map(({ backend }) => backend.service.name);
    assert.deepEqual(order, ["myapp-match-1", "myapp-match-2", "myapp-split"]);
    assert.deepEqual(JSON.parse(annotation(matched, "conditions.myapp-match-1") ?? ""), [
      { field: "http-header", httpHeaderConfig: { httpHeaderName: "x-canary", values: ["always"] } },
    ]);
    assert.deepEqual(JSON.parse(annotation(matched, "conditions.myapp-match-2") ?? ""), [
      { field: "query-string", queryStringConfig: { values: [{ key: "canary", value: "1" }] } },
    ]);
    assert.deepEqual(JSON.parse(annotation(matched, "actions.myapp-match-1") ?? ""), {
      type: "forward",
      forwardConfig: { targetGroups: [{ serviceName: "myapp-canary", servicePort: 80, weight: 1 }] },
    });
  });

  it("keeps users at a variant for 1 second to 7 days", () => {
    const sticky = { cookie: "variant", seconds: 3600 };
    const action = JSON.parse(annotation(route([10], { sticky }), "actions.myapp-split") ?? "");
    assert.deepEqual(action.forwardConfig.targetGroupStickinessConfig, {
      enabled: true,
      durationSeconds: 3600,
    });
    for (const seconds of [0, 604_801]) {
      assert.match(alb.problems(route([10], { sticky: { ...sticky, seconds } })).join(), /from 1 to 604800/);
    }
  });

  it("refuses a fifth canary", () => {
    assert.deepEqual(alb.problems(route([1, 1, 1, 1])), []);
    assert.match(alb.problems(route([1, 1, 1, 1, 1])).join(), /^at most 4 canaries/);
  });
});
