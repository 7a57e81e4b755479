import * as z from "zod";
import type { Bootstrap } from "../../components/aws/bootstrap";
import { EDGE_DEFAULTS } from "../../components/aws/defaults";
import { edgeFronts } from "../../components/aws/fronts";
import { amiId, cidr, integer, keyOf, list, securityGroupId, text } from "../../components/fields";
import { rootBlockDevice } from "./fleet";

const url = text(/^https:\/\/[\w.-]+(:\d+)?$/, "a URL such as https://10.0.0.1:6443");
const tokenArn = text(
  /^arn:aws[a-z-]*:(ssm:[a-z0-9-]+:\d{12}:parameter|secretsmanager:[a-z0-9-]+:\d{12}:secret:)[\w/+=.@-]+$/,
  "the ARN of a parameter of SSM or of a secret of Secrets Manager",
);

const eks = z.strictObject({
  /** Name of the cluster. */
  clusterName: text(/^[A-Za-z0-9][\w-]{0,99}$/, "the name of an EKS cluster"),
  /** URL of the API server. */
  endpoint: url,
  /** Certificate of the cluster's authority, in base64. */
  certificateAuthority: text(/^[A-Za-z0-9+/]+=*$/, "a certificate in base64"),
  /** Address range of the cluster's Services. */
  serviceCidr: cidr,
});

const kubeadm = z.strictObject({
  /** Host and port of the API server. */
  endpoint: text(/^[\w.-]+:\d+$/, "a host and a port such as 10.0.0.1:6443"),
  /** Hashes of the cluster's authority, one or more. */
  caCertHashes: list(
    text(/^sha256:[0-9a-f]{64}$/, "a hash such as sha256: and 64 digits"),
    1,
    "a list of hashes, one or more",
  ),
  /** ARN of the parameter or secret that holds a bootstrap token. */
  tokenArn,
});

const k3s = z.strictObject({
  /** URL of a server. */
  endpoint: url,
  /** ARN of the parameter or secret that holds the agents' token. */
  tokenArn,
});

/** The cluster that edge nodes join, under the name of what made it: `aws.edge.bootstrap`. */
const bootstrap = z
  .strictObject({
    /** An EKS cluster. */
    eks: eks.optional(),
    /** A cluster that kubeadm made. */
    kubeadm: kubeadm.optional(),
    /** A K3s cluster. */
    k3s: k3s.optional(),
  })
  .transform((given, context): Bootstrap => {
    const kinds = [
      ...(given.eks === undefined ? [] : [{ kind: "eks" as const, ...given.eks }]),
      ...(given.kubeadm === undefined ? [] : [{ kind: "kubeadm" as const, ...given.kubeadm }]),
      ...(given.k3s === undefined ? [] : [{ kind: "k3s" as const, ...given.k3s }]),
    ];
    const [only, ...others] = kinds;
    if (only !== undefined && others.length === 0) return only;
    context.addIssue({ code: "custom", message: "one of eks, kubeadm, k3s", input: given });
    return z.NEVER;
  });

/** The nodes that take outside traffic into the cluster: `aws.edge`. */
export const edge = z.strictObject({
  /** Machine image that can join the cluster. */
  amiId,
  /** The root volume of the nodes. */
  rootBlockDevice: rootBlockDevice.optional(),
  /** Default t3.medium. */
  instanceType: text(/^[a-z0-9-]+\.[a-z0-9-]+$/, "an instance type such as t3.medium").default(
    EDGE_DEFAULTS.instanceType,
  ),
  /** What the two groups are for: every other subnet each (zones, the default), or on-demand nodes and spot nodes. */
  groups: z.enum(["zones", "spot"], { error: "one of zones, spot" }).default(EDGE_DEFAULTS.groups),
  /** Nodes that each group has at least; default 1. */
  minSize: integer(1, 1000).default(EDGE_DEFAULTS.minSize),
  /** Nodes that a scaling policy may grow each group to; default twice `minSize`. */
  maxSize: integer(1, 5000).optional(),
  /** The load balancer in front, nlb (the default) or classic. */
  loadBalancer: keyOf(edgeFronts).default(EDGE_DEFAULTS.loadBalancer),
  /** The cluster's own security groups, by which kubelets and the pods' network are reached. */
  clusterSecurityGroupIds: list(securityGroupId, 1, "a list of security group ids, one or more"),
  bootstrap,
});
