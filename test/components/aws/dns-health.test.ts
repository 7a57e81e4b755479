import assert from "node:assert/strict";
import { inputsOf } from "./declared";
import { fleet } from "./fleet";

describe("A fleet beside another side", () => {
  const metrics = {
    classic: {
      myapp: ["AWS/ELB", { LoadBalancerName: "myapp" }],
      "myapp-canary": ["AWS/ELB", { LoadBalancerName: "myapp-canary" }],
    },
    alb: {
      myapp: ["AWS/ApplicationELB", dimensions("myapp", "myapp")],
      "myapp-canary": ["AWS/ApplicationELB", dimensions("myapp", "myapp-canary")],
    },
    nlb: {
      myapp: ["AWS/NetworkELB", dimensions("myapp", "myapp")],
      "myapp-canary": ["AWS/NetworkELB", dimensions("myapp-canary", "myapp-canary-own")],
    },
  } as const;

  for (const kind of ["classic", "alb", "nlb"] as const) {
    it(`has records with its weight, and with the health of what they lead to, by ${kind}`, async () => {
      const idle = kind === "nlb" ? {} : { idleTimeout: 40 };
      const resources = await fleet({ ...idle, loadBalancer: kind, dnsWeight: 75 });
      for (const [name, [namespace, of]] of Object.entries(metrics[kind])) {
        const record = inputsOf(resources, "Record", name);
        assert.deepEqual(record.weightedRoutingPolicies, [{ weight: 75 }]);
        assert.equal(record.healthCheckId, `HealthCheck/${name}-healthy`);
        const check = inputsOf(resources, "HealthCheck", `${name}-healthy`);
        assert.deepEqual(
          [check.type, check.cloudwatchAlarmName, check.insufficientDataHealthStatus],
          ["CLOUDWATCH_METRIC", `${name}-healthy`, "Unhealthy"],
        );
        const alarm = inputsOf(resources, "MetricAlarm", `${name}-healthy`);
        assert.deepEqual([alarm.namespace, alarm.dimensions], [namespace, of]);
      }
    });
  }

  it("fails for DNS as soon as no instance is healthy, or none is there to be counted", async () => {
    const alarm = inputsOf(await fleet({ dnsWeight: 75 }), "MetricAlarm", "myapp-healthy");
    assert.deepEqual(
      [alarm.metricName, alarm.statistic, alarm.comparisonOperator, alarm.threshold],
      ["HealthyHostCount", "Maximum", "LessThanThreshold", 1],
    );
    assert.equal(alarm.treatMissingData, "breaching");
  });

  for (const kind of ["alb", "nlb"] as const) {
    it(`leads the zone's own name by an alias that no other variant's instances fail, by ${kind}`, async () => {
      const apex = { host: "example.com", zoneName: "example.com" };
      const idle = kind === "nlb" ? {} : { idleTimeout: 40 };
      const resources = await fleet({ ...apex, ...idle, loadBalancer: kind, dnsWeight: 75, canarySize: 0 });
      const { type, aliases, healthCheckId } = inputsOf(resources, "Record", "myapp");
      const [alias] = aliases as [{ evaluateTargetHealth: boolean }];
      assert.deepEqual([type, alias.evaluateTargetHealth], ["A", false]);
      assert.equal(healthCheckId, "HealthCheck/myapp-healthy");
      const alarm = inputsOf(resources, "MetricAlarm", "myapp-healthy");
      assert.deepEqual([alarm.namespace, alarm.dimensions], metrics[kind].myapp);
    });
  }

  it("leads the zone's own name by an alias that asks itself, by classic, and has neither check nor alarm for it", async () => {
    const resources = await fleet({ host: "example.com", zoneName: "example.com", dnsWeight: 75 });
    assert.equal(inputsOf(resources, "Record", "myapp").type, "A");
    const checks = resources.filter(({ type }) => /:(HealthCheck|MetricAlarm)$/.test(type));
    assert.deepEqual(
      checks.map(({ name }) => name),
      ["myapp-canary-healthy", "myapp-canary-healthy"],
    );
  });

  it("has neither check nor alarm where it is alone", async () => {
    const checks = (await fleet({})).filter(({ type }) => /:(HealthCheck|MetricAlarm)$/.test(type));
    assert.deepEqual(checks, []);
  });
});

/** What the metric of a load balancer's target group is found by. */
function dimensions(balancer: string, group: string): Record<string, string> {
  return {
    LoadBalancer: `suffix:LoadBalancer/${balancer}`,
    TargetGroup: `suffix:TargetGroup/${group}`,
  };
}
