/** What a stack declares, as AWS would have it after an update. */
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { ResourceState } from "../../offline/state";
import { valueAt } from "../../offline/values";
import type { Account } from "../../status/account";
import type { Declared } from "../../status/declared";
import { targetGroupWeights, texts } from "../../status/matching";

/** The name, and the id in a state, of what is there for a logical name. */
export const made = (name: string): string => `${name}-1a2b3c4`;

/** The logical names in what an evaluation puts for outputs, such as `<myapp.name>`, and those of classic load balancers. */
const referred = (value: string): string => value.replace(/^<(.+)\.\w+>$/, "$1").replace(/-[0-9a-f]{7}$/, "");

export class FakeAccount implements Account {
  /** Ids of instances that no load balancer has in service. */
  readonly outOfService = new Set<string>();

  constructor(private readonly declared: Declared) {}

  groups = async () =>
    this.of("aws:autoscaling/group:Group").map(({ name, inputs }): AutoScalingGroup => {
      const count = Number(inputs.desiredCapacity ?? inputs.minSize);
      return {
        AutoScalingGroupName: made(name),
        MinSize: Number(inputs.minSize),
        MaxSize: Number(inputs.maxSize),
        DesiredCapacity: count,
        VPCZoneIdentifier: texts(inputs.vpcZoneIdentifiers).join(","),
        LoadBalancerNames: texts(inputs.loadBalancers).map((each) => made(referred(each))),
        TargetGroupARNs: texts(inputs.targetGroupArns).map((each) => made(referred(each))),
        Instances: Array.from({ length: count }, (_, i) => ({
          InstanceId: `i-${name}-${i}`,
        })),
      } as AutoScalingGroup;
    });

  classicLoadBalancers = async () =>
    this.of("aws:elb/loadBalancer:LoadBalancer").map(({ name, inputs }) => ({
      LoadBalancerName: made(name),
      DNSName: `${name}.elb.example.com`,
      Subnets: texts(inputs.subnets),
    }));

  inService = async (loadBalancer: string) => {
    const attached = (await this.groups()).filter(({ LoadBalancerNames }) =>
      LoadBalancerNames?.includes(loadBalancer),
    );
    const ids = attached.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId = "" }) => InstanceId));
    return new Set(ids.filter((id) => !this.outOfService.has(id)));
  };

  loadBalancers = async () =>
    this.of("aws:lb/loadBalancer:LoadBalancer").map(({ name, inputs }) => ({
      LoadBalancerName: made(name),
      LoadBalancerArn: made(name),
      DNSName: `${name}.elb.example.com`,
      AvailabilityZones: texts(inputs.subnets).map((SubnetId) => ({ SubnetId })),
    }));

  targetGroups = async () =>
    this.of("aws:lb/targetGroup:TargetGroup").map(({ name, inputs }) => ({
      TargetGroupName: made(name),
      TargetGroupArn: made(name),
      VpcId: String(inputs.vpcId),
    }));

  targets = async (arn: string) => {
    const attached = (await this.groups()).filter(({ TargetGroupARNs }) => TargetGroupARNs?.includes(arn));
    const instances = attached.flatMap(({ Instances = [] }) => Instances);
    return instances.map(() => ({ TargetHealth: { State: "healthy" as const } }));
  };

  listeners = async (loadBalancer: string) =>
    this.of("aws:lb/listener:Listener")
      .filter(({ inputs }) => made(referred(String(inputs.loadBalancerArn))) === loadBalancer)
      .map(({ inputs }) => {
        const asked = [...targetGroupWeights(inputs.defaultActions)];
        const TargetGroups = asked.map(([arn, Weight]) => ({ TargetGroupArn: made(referred(arn)), Weight }));
        return {
          Port: Number(inputs.port),
          DefaultActions: [{ Type: "forward" as const, ForwardConfig: { TargetGroups } }],
        };
      });

  listenerRules = async (listenerArn: string) =>
    this.of("aws:lb/listenerRule:ListenerRule")
      .filter(({ inputs }) => inputs.listenerArn === listenerArn)
      .map(({ inputs }) => {
        const Values = texts(valueAt(inputs, "conditions[0].hostHeader.values"));
        const TargetGroups = [...targetGroupWeights(inputs.actions)].map(([TargetGroupArn, Weight]) => ({
          TargetGroupArn,
          Weight,
        }));
        return {
          RuleArn: `${listenerArn}/rule`,
          Conditions: [{ Field: "host-header", HostHeaderConfig: { Values } }],
          Actions: [{ Type: "forward" as const, ForwardConfig: { TargetGroups } }],
        };
      });

  records = async (_zone: string, host: string) =>
    this.of("aws:route53/record:Record")
      .filter(({ inputs }) => inputs.name === host)
      .map(({ inputs }) => {
        const [policy] = inputs.weightedRoutingPolicies as [{ weight: number }];
        const balancer = referred(texts(inputs.records)[0] ?? "");
        return {
          Name: host,
          Type: "CNAME" as const,
          SetIdentifier: String(inputs.setIdentifier),
          Weight: policy.weight,
          ResourceRecords: [{ Value: `${balancer}.elb.example.com` }],
        };
      });

  private of(type: string): ResourceState[] {
    return this.declared.resources.filter((state) => state.type === type);
  }
}
