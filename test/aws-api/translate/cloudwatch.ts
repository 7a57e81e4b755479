/** Alarms. */
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import type { MetricAlarmArgs } from "@pulumi/aws/cloudwatch/metricAlarm";
import { REGION } from "../api";
import { type Translator, tagList, translator } from "./translation";

const metricAlarm = translator<MetricAlarmArgs>({
  sample: { id: "alarm", name: "alarm", region: REGION },
  translate: ({ name = "", dimensions, comparisonOperator, statistic, tags, ...alarm }) => ({
    create: {
      service: "cloudwatch",
      command: new PutMetricAlarmCommand({
        AlarmName: name,
        AlarmDescription: alarm.alarmDescription,
        ActionsEnabled: alarm.actionsEnabled ?? true,
        AlarmActions: alarm.alarmActions?.map(String),
        Namespace: alarm.namespace,
        MetricName: alarm.metricName,
        Dimensions: Object.entries(dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
        Statistic: statistic as "Maximum" | undefined,
        Period: alarm.period,
        EvaluationPeriods: alarm.evaluationPeriods,
        DatapointsToAlarm: alarm.datapointsToAlarm,
        ComparisonOperator: comparisonOperator as "LessThanThreshold",
        Threshold: alarm.threshold,
        TreatMissingData: alarm.treatMissingData,
        ...(tags && { Tags: tagList(tags) }),
      }),
    },
    outputs: () => ({ id: name, name, region: REGION }),
  }),
});

export const cloudWatchTranslators: Readonly<Record<string, Translator>> = {
  "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
};
