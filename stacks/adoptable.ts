/** How resources of each type are imported: by the import sections of @pulumi/aws and @pulumi/kubernetes. */
import { awsTypes } from "../components/aws/types";

export interface Adoptable {
  /** What an id looks like. */
  readonly id: RegExp;
  /** The same in words. */
  readonly allowed: string;
  /** Inputs that follow from the id, and that the program would otherwise choose. */
  readonly given: (id: string) => Record<string, unknown>;
  /** Inputs that neither the id tells nor an update can change: they stay as they are. */
  readonly keeps: readonly string[];
}

type Row = Pick<Adoptable, "id" | "allowed"> & Partial<Adoptable>;

const named = (name: string): Record<string, unknown> => ({ name });

/** `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/myapp/0123456789abcdef` and the like. */
const arn = (kind: string, what: string): Row => ({
  id: new RegExp(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\\d{12}:${kind}/\\S+$`),
  allowed: `the ARN of a ${what}`,
});

const rule: Row = {
  id: /^sgr-[0-9a-f]{8,17}$/,
  allowed: "the id of a security group's rule such as sgr-0a1b2c3d4e5f60718",
};

const RECORD = /^(Z[A-Z0-9]+)_([^_]+)_([A-Z]+)_(.+)$/;

const ROWS: Readonly<Record<string, Row>> = {
  [awsTypes.classicLoadBalancer]: {
    id: /^[A-Za-z0-9-]{1,32}$/,
    allowed: "the name of a classic load balancer",
    given: named,
  },
  [awsTypes.group]: {
    id: /^\S.{0,254}$/,
    allowed: "the name of an Auto Scaling group",
    given: named,
  },
  [awsTypes.securityGroup]: {
    id: /^sg-[0-9a-f]{8,17}$/,
    allowed: "a security group id such as sg-0a1b2c3d4e5f60718",
    keeps: ["name", "namePrefix", "description"],
  },
  [awsTypes.ingressRule]: rule,
  [awsTypes.egressRule]: rule,
  [awsTypes.launchTemplate]: {
    id: /^lt-[0-9a-f]{8,17}$/,
    allowed: "a launch template id such as lt-0a1b2c3d4e5f60718",
    keeps: ["name", "namePrefix"],
  },
  [awsTypes.record]: {
    id: RECORD,
    allowed:
      "ZONE_NAME_TYPE_SETID of a weighted record such as Z0123456789ABCDEFGHIJ_myapp.example.com_CNAME_elb",
    given: (id) => ({ setIdentifier: RECORD.exec(id)?.[4] }),
  },
  [awsTypes.loadBalancer]: {
    ...arn("loadbalancer/(app|net)", "load balancer"),
    given: (id) => named(id.split("/").at(-2) ?? ""),
  },
  [awsTypes.targetGroup]: {
    ...arn("targetgroup", "target group"),
    given: (id) => named(id.split("/").at(-2) ?? ""),
  },
  [awsTypes.listener]: arn("listener/(app|net)", "listener"),
  [awsTypes.listenerRule]: arn("listener-rule/(app|net)", "listener rule"),
};

/** @param props the args of the resource, which in Kubernetes say what it is called there */
export function adoptable(type: string, props: Record<string, unknown>): Adoptable {
  const row = ROWS[type] ?? (type.startsWith("kubernetes:") ? objectRow(props) : ANY);
  return { given: () => ({}), keeps: [], ...row };
}

const ANY: Row = { id: /^\S/, allowed: "the id by which Pulumi imports a resource of its type" };

/** An object's name is its id, and another name would be another object: so it has to be the program's. */
function objectRow({ metadata = {} }: { metadata?: { name?: unknown; namespace?: unknown } }): Row {
  const { name, namespace } = metadata;
  if (typeof name !== "string") return { id: /^[^/\s]+(\/[^/\s]+)?$/, allowed: "NAMESPACE/NAME, or NAME" };
  const id = typeof namespace === "string" ? `${namespace}/${name}` : name;
  return {
    id: new RegExp(`^${id.replaceAll(".", "\\.")}$`),
    allowed: `${id}, as the program names it: Kubernetes renames nothing`,
  };
}
