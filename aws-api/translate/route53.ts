/** DNS records. */
import { ChangeResourceRecordSetsCommand, type RRType } from "@aws-sdk/client-route-53";
import type { RecordArgs } from "@pulumi/aws/route53/record";
import { type Translator, translator } from "./translation";

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

export const route53Translators: Readonly<Record<string, Translator>> = {
  "aws:route53/record:Record": record,
};
