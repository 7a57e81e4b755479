import assert from "node:assert/strict";
import { CanaryFleet, type CanaryFleetArgs } from "../../../components/aws/canary-fleet";
import { type Declared, declared, inputsOf } from "./declared";

const args: CanaryFleetArgs = {
  host: "myapp.example.com",
  canaries: [
    { name: "canary", weight: 10, amiId: "ami-0b1c2d3e4f5061728", host: "canary.myapp.example.com" },
  ],
  amiId: "ami-0a1b2c3d4e5f60718",
  instanceType: "m7g.large",
  port: 8080,
  healthPath: "/healthz",
  vpcId: "vpc-0a1b2c3d4e5f60718",
  publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
  fleetSize: 9,
  maxSize: 18,
  canaryMin: 0,
  zoneId: "Z0123456789ABCDEFGHIJ",
  dnsTtl: 30,
  idleTimeout: 40,
  drainingTimeout: 50,
  healthCheckGracePeriod: 120,
};

const fleet = (changes: Partial<CanaryFleetArgs>): Promise<Declared[]> =>
  declared(() => new CanaryFleet("myapp", { ...args, ...changes }));

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

  it("leads the zone's own name by an alias, and has neither check nor alarm for it", async () => {
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
