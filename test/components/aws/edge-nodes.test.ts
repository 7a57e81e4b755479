import assert from "node:assert/strict";
import { EdgeNodes, type EdgeNodesArgs } from "../../../components/aws/edge-nodes";
import { type Declared, declared, inputsOf } from "./declared";

const args: EdgeNodesArgs = {
  hosts: [
    { name: "myapp", host: "myapp.example.com" },
    { name: "myapp-canary", host: "canary.myapp.example.com" },
  ],
  dnsWeight: 25,
  vpcId: "vpc-0a1b2c3d4e5f60718",
  publicSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  zoneId: "Z0123456789ABCDEFGHIJ",
  zoneName: "example.com",
  dnsTtl: 30,
  drainingTimeout: 45,
  loadBalancer: "nlb",
  groups: "zones",
  minSize: 2,
  maxSize: 6,
  amiId: "ami-0a1b2c3d4e5f60718",
  instanceType: "m7g.medium",
  clusterSecurityGroupIds: ["sg-cluster"],
  bootstrap: {
    kind: "k3s",
    endpoint: "https://10.0.0.1:6443",
    tokenArn: "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token",
  },
};
const EKS: EdgeNodesArgs["bootstrap"] = {
  kind: "eks",
  clusterName: "shop",
  endpoint: "https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com",
  certificateAuthority: "LS0tLS1CRUdJTg==",
  serviceCidr: "10.100.0.0/16",
};

const nodes = (changes: Partial<EdgeNodesArgs> = {}): Promise<Declared[]> =>
  declared(() => new EdgeNodes("edge", { ...args, ...changes }));
const ofType = (resources: readonly Declared[], type: string): Declared[] =>
  resources.filter((resource) => resource.type.endsWith(`:${type}`));
const idOf = ({ type, name }: Declared): string => `${type.split(":").at(-1)}/${name}`;

const BALANCER_GROUP = "SecurityGroup/edge-load-balancer";
const NODE_GROUP = "SecurityGroup/edge-nodes";

describe("EdgeNodes", () => {
  describe("by zones", () => {
    it("has two groups of on-demand nodes, each in every other subnet", async () => {
      const resources = await nodes();
      const subnets = ["edge-a", "edge-b"].map(
        (name) => inputsOf(resources, "Group", name).vpcZoneIdentifiers,
      );
      assert.deepEqual(subnets, [["subnet-a", "subnet-c"], ["subnet-b"]]);
      for (const { inputs } of ofType(resources, "LaunchTemplate"))
        assert.equal("instanceMarketOptions" in inputs, false);
    });
  });

  describe("by spot", () => {
    it("has a group of on-demand and one of spot nodes in all subnets, and replaces those at risk early", async () => {
      const resources = await nodes({ groups: "spot" });
      const market = ["edge-a", "edge-b"].map((name) => [
        inputsOf(resources, "Group", name).vpcZoneIdentifiers,
        inputsOf(resources, "Group", name).capacityRebalance,
        inputsOf(resources, "LaunchTemplate", name).instanceMarketOptions,
      ]);
      assert.deepEqual(market, [
        [args.publicSubnetIds, false, undefined],
        [args.publicSubnetIds, true, { marketType: "spot" }],
      ]);
    });
  });

  const rules = async (direction: "Ingress" | "Egress", group: string) =>
    ofType(await nodes(), `SecurityGroup${direction}Rule`)
      .map(({ inputs: { securityGroupId, ...rule } }) => ({ securityGroupId, rule }))
      .filter(({ securityGroupId }) => securityGroupId === group)
      .map(({ rule }) => rule);
  const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port });

  it("lets the world in to the load balancer on 80 and 443 only", async () => {
    assert.deepEqual(await rules("Ingress", BALANCER_GROUP), [
      { cidrIpv4: "0.0.0.0/0", ...tcp(80) },
      { cidrIpv6: "::/0", ...tcp(80) },
      { cidrIpv4: "0.0.0.0/0", ...tcp(443) },
      { cidrIpv6: "::/0", ...tcp(443) },
    ]);
  });

  it("lets the load balancer alone in to the nodes, on 80, 443 and Traefik's ping: no NodePorts, no metrics", async () => {
    const ports = [80, 443, 8080].map((port) => tcp(port));
    assert.deepEqual(
      await rules("Ingress", NODE_GROUP),
      ports.map((port) => ({ referencedSecurityGroupId: BALANCER_GROUP, ...port })),
    );
    assert.deepEqual(
      await rules("Egress", BALANCER_GROUP),
      ports.map((port) => ({ referencedSecurityGroupId: NODE_GROUP, ...port })),
    );
  });

  it("gives the nodes the cluster's own security groups besides", async () => {
    for (const { inputs } of ofType(await nodes(), "LaunchTemplate"))
      assert.deepEqual(inputs.vpcSecurityGroupIds, [NODE_GROUP, "sg-cluster"]);
  });

  it("launches nodes with IMDSv2 only, an encrypted root volume, no key pair and no join token", async () => {
    const template = inputsOf(await nodes(), "LaunchTemplate", "edge-a");
    assert.deepEqual(template.metadataOptions, {
      httpEndpoint: "enabled",
      httpTokens: "required",
      httpPutResponseHopLimit: 1,
    });
    assert.deepEqual(template.blockDeviceMappings, [
      { deviceName: "/dev/xvda", ebs: { encrypted: "true", volumeType: "gp3", deleteOnTermination: "true" } },
    ]);
    assert.equal("keyName" in template, false);
    assert.deepEqual(template.iamInstanceProfile, { arn: "arn:InstanceProfile/edge-node" });
    const script = Buffer.from(String(template.userData), "base64").toString();
    assert.match(script, /^#!\/bin\/bash\n/);
    assert.match(script, /aws ssm get-parameter/);
  });

  describe("behind an NLB", () => {
    it("passes 80 and 443 on to the nodes, checks Traefik's ping, and attaches both groups", async () => {
      const resources = await nodes();
      const balancer = inputsOf(resources, "LoadBalancer", "edge");
      assert.deepEqual(
        [balancer.loadBalancerType, balancer.internal, balancer.subnets, balancer.securityGroups],
        ["network", false, args.publicSubnetIds, [BALANCER_GROUP]],
      );
      for (const port of [80, 443]) {
        const { deregistrationDelay, ...targets } = inputsOf(resources, "TargetGroup", `edge-${port}`);
        assert.deepEqual(
          [targets.port, targets.protocol, targets.targetType, deregistrationDelay],
          [port, "TCP", "instance", 45],
        );
        const { protocol, path, port: checked } = targets.healthCheck as Record<string, unknown>;
        assert.deepEqual([protocol, path, checked], ["HTTP", "/ping", "8080"]);
        const listener = inputsOf(resources, "Listener", `edge-${port}`);
        assert.deepEqual([listener.port, listener.protocol], [port, "TCP"]);
      }
      for (const { inputs } of ofType(resources, "Group")) {
        const arns = ["arn:TargetGroup/edge-80", "arn:TargetGroup/edge-443"];
        assert.deepEqual([inputs.loadBalancers, inputs.targetGroupArns], [[], arns]);
      }
    });
  });

  it("asks AWS, too, to refuse the deletion of an NLB, where it is protected", async () => {
    for (const protect of [true, false]) {
      const { enableDeletionProtection } = inputsOf(await nodes({ protect }), "LoadBalancer", "edge");
      assert.equal(enableDeletionProtection, protect);
    }
  });

  describe("behind a classic load balancer", () => {
    it("passes 80 and 443 on to the nodes, checks Traefik's ping, and attaches both groups", async () => {
      const resources = await nodes({ loadBalancer: "classic" });
      const { listeners, healthCheck, ...balancer } = inputsOf(resources, "LoadBalancer", "edge");
      assert.deepEqual(listeners, [
        { lbPort: 80, lbProtocol: "tcp", instancePort: 80, instanceProtocol: "tcp" },
        { lbPort: 443, lbProtocol: "tcp", instancePort: 443, instanceProtocol: "tcp" },
      ]);
      assert.equal((healthCheck as { target: string }).target, "HTTP:8080/ping");
      assert.equal(balancer.connectionDrainingTimeout, 45);
      for (const { inputs } of ofType(resources, "Group"))
        assert.deepEqual([inputs.loadBalancers, inputs.targetGroupArns], [["edge"], []]);
    });

    it("keeps idle connections as long as asked, or as AWS does", async () => {
      const idle = async (change: Partial<EdgeNodesArgs>) =>
        inputsOf(await nodes({ loadBalancer: "classic", ...change }), "LoadBalancer", "edge").idleTimeout;
      assert.equal(await idle({ idleTimeout: 600 }), 600);
      assert.equal(await idle({}), undefined);
    });
  });

  it("creates groups only once their nodes answer the ping, but ends no node because its Traefik is replaced", async () => {
    for (const { inputs } of ofType(await nodes(), "Group")) {
      assert.deepEqual([inputs.minSize, inputs.maxSize, inputs.minElbCapacity], [2, 6, 2]);
      assert.deepEqual([inputs.healthCheckType, "desiredCapacity" in inputs], ["EC2", false]);
    }
  });

  it("holds up a node's end for the load balancer's draining and Traefik's grace, then goes on", async () => {
    const hooks = ofType(await nodes(), "LifecycleHook").map(({ inputs }) => inputs);
    assert.deepEqual(
      hooks,
      ["edge-a", "edge-b"].map((autoscalingGroupName) => ({
        autoscalingGroupName,
        lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
        heartbeatTimeout: 105,
        defaultResult: "CONTINUE",
      })),
    );
  });

  it("leads every host to the load balancer by a weighted record with its health, once nodes answer", async () => {
    const resources = await nodes();
    for (const { name, host } of args.hosts ?? []) {
      const record = inputsOf(resources, "Record", `edge-${name}`);
      assert.deepEqual(
        [record.name, record.type, record.ttl, record.records, record.setIdentifier],
        [host, "CNAME", 30, ["edge.elb.amazonaws.com"], "kubernetes"],
      );
      assert.deepEqual(record.weightedRoutingPolicies, [{ weight: 25 }]);
      assert.equal(record.healthCheckId, "HealthCheck/edge-healthy");
      const made = resources.find((resource) => idOf(resource) === `Record/edge-${name}`);
      for (const group of ["Group/edge-a", "Group/edge-b"]) assert.ok(made?.doneBefore.includes(group));
    }
    const alarm = inputsOf(resources, "MetricAlarm", "edge-healthy");
    assert.deepEqual(
      [alarm.namespace, alarm.metricName, alarm.comparisonOperator, alarm.threshold],
      ["AWS/NetworkELB", "HealthyHostCount", "LessThanThreshold", 1],
    );
    assert.deepEqual(alarm.dimensions, {
      LoadBalancer: "suffix:LoadBalancer/edge",
      TargetGroup: "suffix:TargetGroup/edge-80",
    });
    const check = inputsOf(resources, "HealthCheck", "edge-healthy");
    assert.deepEqual(
      [check.type, check.cloudwatchAlarmName, check.cloudwatchAlarmRegion],
      ["CLOUDWATCH_METRIC", "edge-healthy", "eu-west-1"],
    );
  });

  it("leads the zone's own name by an alias", async () => {
    const resources = await nodes({ hosts: [{ name: "site", host: "example.com" }] });
    const { type, aliases, healthCheckId } = inputsOf(resources, "Record", "edge-site");
    const target = { name: "edge.elb.amazonaws.com", zoneId: "ZELB", evaluateTargetHealth: false };
    assert.deepEqual([type, aliases, healthCheckId], ["A", [target], "HealthCheck/edge-healthy"]);
  });

  describe("of a cluster by k3s or kubeadm", () => {
    it("may read the join token and nothing else", async () => {
      const resources = await nodes();
      const { policy } = inputsOf(resources, "RolePolicy", "edge-join-token");
      assert.deepEqual(JSON.parse(String(policy)).Statement, [
        {
          Effect: "Allow",
          Action: "ssm:GetParameter",
          Resource: "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token",
        },
      ]);
      assert.deepEqual(ofType(resources, "RolePolicyAttachment"), []);
      assert.deepEqual(ofType(resources, "AccessEntry"), []);
    });
  });

  describe("of an EKS cluster", () => {
    it("is let into the cluster, carries its tag, and has EKS's policies for nodes alone", async () => {
      const resources = await nodes({ bootstrap: EKS });
      assert.deepEqual(inputsOf(resources, "AccessEntry", "edge-node"), {
        clusterName: "shop",
        principalArn: "arn:Role/edge-node",
        type: "EC2_LINUX",
      });
      assert.equal(ofType(resources, "RolePolicyAttachment").length, 3);
      assert.deepEqual(ofType(resources, "RolePolicy"), []);
      const { tags } = inputsOf(resources, "Group", "edge-a");
      assert.ok(
        (tags as { key: string; value: string }[]).some(
          ({ key, value }) => key === "kubernetes.io/cluster/shop" && value === "owned",
        ),
      );
    });
  });

  describe("in another partition of AWS", () => {
    const trusted = async (bootstrap: EdgeNodesArgs["bootstrap"]): Promise<string> => {
      const { assumeRolePolicy } = inputsOf(await nodes({ bootstrap }), "Role", "edge-node");
      return JSON.parse(String(assumeRolePolicy)).Statement[0].Principal.Service;
    };
    const k3s = (tokenArn: string) => ({ kind: "k3s" as const, endpoint: "https://10.0.0.1:6443", tokenArn });
    const at = (region: string, domain = "amazonaws.com") => ({
      ...EKS,
      endpoint: `https://0123456789ABCDEF.gr7.${region}.eks.${domain}`,
    });

    it("has a role for the EC2 of that partition", async () => {
      assert.equal(await trusted(EKS), "ec2.amazonaws.com");
      assert.equal(await trusted(at("us-gov-west-1")), "ec2.amazonaws.com");
      assert.equal(await trusted(at("cn-north-1", "amazonaws.com.cn")), "ec2.amazonaws.com.cn");
      const token = "ssm:cn-northwest-1:123456789012:parameter/edge/join-token";
      assert.equal(await trusted(k3s(`arn:aws-cn:${token}`)), "ec2.amazonaws.com.cn");
    });
  });

  it("launches no node before rules, permissions and listeners are in force", async () => {
    const resources = await nodes({ bootstrap: EKS });
    const needed = resources.filter(({ type }) =>
      /:(SecurityGroup(In|E)gressRule|RolePolicyAttachment|AccessEntry|Listener)$/.test(type),
    );
    assert.equal(needed.length, 4 + 6 + 2 + 3 + 1 + 2);
    for (const group of ofType(resources, "Group")) {
      const late = needed.map(idOf).filter((id) => !group.doneBefore.includes(id));
      assert.deepEqual(late, []);
    }
  });

  it("leaves all names to Pulumi but those of records, and none too long for AWS", async () => {
    const resources = await nodes();
    const named = resources.filter(({ inputs }) => "name" in inputs || "namePrefix" in inputs);
    assert.ok(named.every(({ type }) => type === "aws:route53/record:Record"));
    const balancers = resources.filter(({ type }) => /:(LoadBalancer|TargetGroup)$/.test(type));
    for (const { name } of balancers) assert.ok(`${name}-1234567`.length <= 32, name);
  });

  it("lets a transform change the args of any kind of child", async () => {
    const asked = new Set<string>();
    const change = (name: string) => {
      return <Args>(of: Args): Args => {
        asked.add(name);
        return { ...of, tags: [] };
      };
    };
    const transform = {
      loadBalancerSecurityGroup: change("loadBalancerSecurityGroup"),
      nodeSecurityGroup: change("nodeSecurityGroup"),
      ingressRule: change("ingressRule"),
      egressRule: change("egressRule"),
      networkLoadBalancer: change("networkLoadBalancer"),
      classicLoadBalancer: change("classicLoadBalancer"),
      targetGroup: change("targetGroup"),
      listener: change("listener"),
      role: change("role"),
      rolePolicy: change("rolePolicy"),
      rolePolicyAttachment: change("rolePolicyAttachment"),
      instanceProfile: change("instanceProfile"),
      accessEntry: change("accessEntry"),
      launchTemplate: change("launchTemplate"),
      group: change("group"),
      drainHook: change("drainHook"),
      record: change("record"),
      alarm: change("alarm"),
      healthCheck: change("healthCheck"),
    };
    const resources = await nodes({ transform });
    await nodes({ transform, loadBalancer: "classic", bootstrap: EKS });
    assert.deepEqual([...asked].sort(), Object.keys(transform).sort());
    assert.deepEqual(inputsOf(resources, "Group", "edge-a").tags, []);
  });
});
