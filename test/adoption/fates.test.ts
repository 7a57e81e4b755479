import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Fate, type Lost, losable, unheardOf } from "../../adoption/fates";
import {
  accessLogFates,
  actionFates,
  additionalAttributeFates,
  balancerAttributeFates,
  balancerFates,
  listenerFates,
  ruleFates,
  targetGroupAttributeFates,
  targetGroupFates,
} from "../../adoption/fates-of-balancers";
import { groupFates } from "../../adoption/fates-of-groups";
import { followsOf } from "../../adoption/losses";
import { awsTypes } from "../../components/aws/types";

const lost = (fates: Readonly<Record<string, Fate>>): Lost[] =>
  Object.values(fates).filter((fate): fate is Lost => typeof fate === "object");

describe("what becomes of what AWS has", () => {
  it("is kept by inputs that the provider has, and each loss says what follows", () => {
    const declared = (file: string): string =>
      readFileSync(join(__dirname, "../../node_modules/@pulumi/aws", file), "utf8");
    const tables: [string, string, Readonly<Record<string, Fate>>[]][] = [
      [awsTypes.group, "autoscaling/group.d.ts", [groupFates]],
      [awsTypes.loadBalancer, "lb/loadBalancer.d.ts", [balancerFates, balancerAttributeFates]],
      [awsTypes.targetGroup, "lb/targetGroup.d.ts", [targetGroupFates, targetGroupAttributeFates]],
      [awsTypes.listener, "lb/listener.d.ts", [listenerFates]],
      [awsTypes.listenerRule, "lb/listenerRule.d.ts", [ruleFates]],
      [awsTypes.classicLoadBalancer, "elb/loadBalancer.d.ts", [accessLogFates, additionalAttributeFates]],
    ];
    for (const [type, file, fates] of tables)
      for (const { input, follows } of fates.flatMap(lost)) {
        const [first] = input.split(".");
        assert.match(declared(file), new RegExp(`^ {4}${first}\\??: pulumi\\.Input`, "m"), input);
        assert.match(follows, /\w/);
        assert.equal(followsOf(type, input), follows);
      }
    for (const { follows } of lost(actionFates)) assert.match(follows, /\w/);
  });

  it("is nothing of AWS's usual values, nor of what it does not say", () => {
    const usual = {
      TerminationPolicies: ["Default"],
      NewInstancesProtectedFromScaleIn: false,
      MaxInstanceLifetime: 0,
      DesiredCapacityType: "units",
      SuspendedProcesses: [],
      EnabledMetrics: [],
      InstanceMaintenancePolicy: { MinHealthyPercentage: -1, MaxHealthyPercentage: -1 },
      Context: undefined,
    };
    assert.deepEqual(losable(usual, groupFates), {});
    const attributes = {
      "client_keep_alive.seconds": "3600",
      "routing.http.desync_mitigation_mode": "defensive",
      "routing.http.drop_invalid_header_fields.enabled": "false",
      "routing.http2.enabled": "true",
      "waf.fail_open.enabled": "false",
      "access_logs.s3.prefix": "",
    };
    assert.deepEqual(losable(attributes, balancerAttributeFates), {});
  });

  it("is told in the provider's form", () => {
    const group = {
      TerminationPolicies: ["OldestInstance", "Default"],
      NewInstancesProtectedFromScaleIn: true,
      SuspendedProcesses: [{ ProcessName: "AZRebalance", SuspensionReason: "by hand" }],
      EnabledMetrics: [
        { Metric: "GroupTotalInstances", Granularity: "1Minute" },
        { Metric: "GroupMinSize", Granularity: "1Minute" },
      ],
      MaxInstanceLifetime: 604_800,
      CapacityRebalance: true,
      InstanceMaintenancePolicy: { MinHealthyPercentage: 90, MaxHealthyPercentage: 120 },
      WarmPoolConfiguration: {
        MinSize: 2,
        PoolState: "Stopped",
        InstanceReusePolicy: { ReuseOnScaleIn: true },
      },
    };
    assert.deepEqual(losable(group, groupFates), {
      terminationPolicies: ["OldestInstance", "Default"],
      protectFromScaleIn: true,
      suspendedProcesses: ["AZRebalance"],
      enabledMetrics: ["GroupMinSize", "GroupTotalInstances"],
      maxInstanceLifetime: 604_800,
      capacityRebalance: true,
      instanceMaintenancePolicy: { minHealthyPercentage: 90, maxHealthyPercentage: 120 },
      warmPool: { minSize: 2, poolState: "Stopped", instanceReusePolicy: { reuseOnScaleIn: true } },
    });
    const attributes = {
      "client_keep_alive.seconds": "600",
      "routing.http2.enabled": "false",
      "routing.http.drop_invalid_header_fields.enabled": "true",
    };
    assert.deepEqual(losable(attributes, balancerAttributeFates), {
      clientKeepAlive: 600,
      enableHttp2: false,
      dropInvalidHeaderFields: true,
    });
  });

  it("names an attribute that is newer than this version", () => {
    const answer = { "idle_timeout.timeout_seconds": "60", "routing.http9.enabled": "true" };
    assert.deepEqual(unheardOf(answer, balancerAttributeFates), ["routing.http9.enabled"]);
  });

  it("says of a root device, a security group and a health check what their change does", () => {
    const said = (type: string, path: string): string | undefined => followsOf(type, path);
    assert.match(said(awsTypes.launchTemplate, "blockDeviceMappings[0].deviceName") ?? "", /does not boot/);
    assert.match(said(awsTypes.loadBalancer, "securityGroups[1]") ?? "", /cut off/);
    assert.match(said(awsTypes.targetGroup, "healthCheck.port") ?? "", /unhealthy/);
    assert.match(said(awsTypes.listener, "defaultActions[0].authenticateOidc") ?? "", /without signing in/);
    assert.equal(said(awsTypes.group, "name"), undefined);
  });
});
