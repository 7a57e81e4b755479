import { EDGE_NODE_LABEL } from "../components/kubernetes/traefik-pod";
import type { KubernetesObject } from "./cluster";
import { edgeNodeAddress, nodeAddress } from "./network";
import type { LabState } from "./state";

/** Annotation of a Node: its address, which the stages tell kwok to put into the Node's status. */
const ADDRESS_ANNOTATION = "canary-traffic.lab/address";
const ZONES = ["lab-a", "lab-b", "lab-c"];

/** The Nodes of a lab. Edge nodes have the label and the taint that they have in production. */
export function nodeObjects({ nodes, edgeNodes }: Pick<LabState, "nodes" | "edgeNodes">): KubernetesObject[] {
  return [
    ...nodes.map((name, index) => node(name, index, nodeAddress(index))),
    ...edgeNodes.map((name, index) => ({
      ...node(name, index, edgeNodeAddress(index), { [EDGE_NODE_LABEL]: "" }),
      spec: { taints: [{ key: EDGE_NODE_LABEL, effect: "NoSchedule" }] },
    })),
  ];
}

function node(name: string, index: number, address: string, labels: Record<string, string> = {}) {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { [ADDRESS_ANNOTATION]: address },
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": ZONES[index % ZONES.length] ?? "",
        ...labels,
      },
    },
  };
}
