/** DNS records and health checks. */
import {
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHealthCheckCommand,
  type CreateHealthCheckResponse,
  type RRType,
} from "@aws-sdk/client-route-53";
import type { HealthCheckArgs } from "@pulumi/aws/route53/healthCheck";
import type { RecordArgs } from "@pulumi/aws/route53/record";
import { type Translator, tagList, translator } from "./translation";

const record = translator<RecordArgs>({
  sample: { id: "record" },
  translate: ({ zoneId, name, type, allowOverwrite, weightedRoutingPolicies, ...record }) => ({
    create: {
      service: "route53",
      command: new ChangeResourceRecordSetsCommand({
        HostedZoneId: zoneId,
        ChangeBatch: {
          Changes: [
            {
              Action: allowOverwrite ? "UPSERT" : "CREATE",
              ResourceRecordSet: {
                Name: name,
                Type: type as RRType,
                SetIdentifier: record.setIdentifier,
                Weight: weightedRoutingPolicies?.[0]?.weight,
                TTL: record.ttl,
                HealthCheckId: record.healthCheckId,
                ...(record.records && {
                  ResourceRecords: record.records.map((Value) => ({ Value })),
                }),
                AliasTarget: record.aliases?.map((alias) => ({
                  DNSName: alias.name,
                  HostedZoneId: alias.zoneId,
                  EvaluateTargetHealth: alias.evaluateTargetHealth,
                }))[0],
              },
            },
          ],
        },
      }),
    },
    outputs: () => ({ fqdn: name }),
  }),
});

const healthCheck = translator<HealthCheckArgs>({
  sample: { id: "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9" },
  translate: ({ type, cloudwatchAlarmName, cloudwatchAlarmRegion, tags, ...check }, position) => ({
    create: {
      service: "route53",
      command: new CreateHealthCheckCommand({
        // The provider makes one up.
        CallerReference: String(position),
        HealthCheckConfig: {
          Type: type as "CLOUDWATCH_METRIC",
          ...(cloudwatchAlarmName && {
            AlarmIdentifier: {
              Name: cloudwatchAlarmName,
              Region: cloudwatchAlarmRegion as "eu-west-1" | undefined,
            },
          }),
          InsufficientDataHealthStatus: check.insufficientDataHealthStatus as "Unhealthy" | undefined,
          Inverted: check.invertHealthcheck,
          Disabled: check.disabled,
        },
      }),
    },
    outputs: (answer) => ({ id: (answer as CreateHealthCheckResponse).HealthCheck?.Id ?? "" }),
    after: ({ id }) => {
      const AddTags = tagList(tags);
      const given = { ResourceType: "healthcheck" as const, ResourceId: String(id), AddTags };
      return AddTags.length === 0
        ? []
        : [{ service: "route53", command: new ChangeTagsForResourceCommand(given) }];
    },
  }),
});

export const route53Translators: Readonly<Record<string, Translator>> = {
  "aws:route53/record:Record": record,
  "aws:route53/healthCheck:HealthCheck": healthCheck,
};
