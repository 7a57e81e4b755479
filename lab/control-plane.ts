/** Command lines of the real parts: an ordinary cluster of plain processes. */
import { readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import type { Programs } from "./build";
import { API_PORT, type Credentials } from "./credentials";
import { NODE_RANGE, nodeAddress, POD_RANGE, SERVICE_RANGE } from "./network";

/** What the command lines depend on. */
export interface ControlPlane {
  readonly programs: Programs;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly credentials: Credentials;
}

const LOCALHOST = "127.0.0.1";
const ETCD_CLIENT_URL = `http://${LOCALHOST}:2379`;
const KUBE_PROXY_HEALTH = `${LOCALHOST}:10256`;
const ETCD_PEER_URL = `http://${LOCALHOST}:2380`;

export function etcd({ programs, folder }: ControlPlane): string[] {
  return [
    programs.program("etcd"),
    ...["--name=lab", `--data-dir=${join(folder, "etcd")}`, "--log-level=warn"],
    // A lab's data are thrown away with it.
    "--unsafe-no-fsync",
    ...[`--listen-client-urls=${ETCD_CLIENT_URL}`, `--advertise-client-urls=${ETCD_CLIENT_URL}`],
    ...[`--listen-peer-urls=${ETCD_PEER_URL}`, `--initial-advertise-peer-urls=${ETCD_PEER_URL}`],
    `--initial-cluster=lab=${ETCD_PEER_URL}`,
  ];
}

export async function etcdReady(): Promise<boolean> {
  return (await fetch(`${ETCD_CLIENT_URL}/health`)).ok;
}

export function apiServer({ programs, credentials }: ControlPlane): string[] {
  return [
    programs.program("kube-apiserver"),
    `--etcd-servers=${ETCD_CLIENT_URL}`,
    // Without a default route it finds no address to advertise by itself.
    ...[`--bind-address=${LOCALHOST}`, `--advertise-address=${LOCALHOST}`, `--secure-port=${API_PORT}`],
    // It would try for ever to make its loopback address the endpoint of the Service `kubernetes`.
    "--endpoint-reconciler-type=none",
    `--cert-dir=${credentials.certificates}`,
    ...["--authorization-mode=RBAC", "--anonymous-auth=false", `--token-auth-file=${credentials.tokens}`],
    // As every cluster that runs CSI drivers has it; without it the API server refuses privileged pods by itself.
    "--allow-privileged=true",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${credentials.verifyingKey}`,
    `--service-account-signing-key-file=${credentials.signingKey}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
  ];
}

/** Whether the API server serves: it refuses who has no token. */
export function apiServerReady(certificate: string, token: string): Promise<boolean> {
  const options = { ca: readFileSync(certificate), headers: { authorization: `Bearer ${token}` } };
  return new Promise((resolve, reject) => {
    get(`https://${LOCALHOST}:${API_PORT}/readyz`, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).once("error", reject);
  });
}

export function controllerManager(controlPlane: ControlPlane, certificate: string): string[] {
  const { programs, folder, credentials } = controlPlane;
  return [
    programs.program("kube-controller-manager"),
    ...asClient(controlPlane, "kube-controller-manager"),
    `--service-account-private-key-file=${credentials.signingKey}`,
    `--root-ca-file=${certificate}`,
    // Its default is a folder of the machine, which it would try to make.
    `--flex-volume-plugin-dir=${join(folder, "flex")}`,
  ];
}

export function scheduler(controlPlane: ControlPlane): string[] {
  return [controlPlane.programs.program("kube-scheduler"), ...asClient(controlPlane, "kube-scheduler")];
}

/**
 * One for all nodes, as they share a network.
 *
 * @param node whose it is to be
 */
export function kubeProxy({ programs, folder, kubeconfig }: ControlPlane, node: string): string[] {
  const file = join(folder, "kube-proxy.json");
  const configuration = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    // A pod is reached as soon as it is ready, and not after the second that large clusters spare.
    nftables: { minSyncPeriod: "0.05s" },
    clientConnection: { kubeconfig },
    hostnameOverride: node,
    nodePortAddresses: [NODE_RANGE],
    healthzBindAddress: KUBE_PROXY_HEALTH,
    metricsBindAddress: `${LOCALHOST}:10249`,
    // The kernel's tables are the machine's.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  };
  writeFileSync(file, JSON.stringify(configuration));
  return [programs.program("kube-proxy"), `--config=${file}`];
}

export async function kubeProxyReady(): Promise<boolean> {
  return (await fetch(`http://${KUBE_PROXY_HEALTH}/livez`)).ok;
}

/** There is one of each, so none need wait to become the leader. */
function asClient({ kubeconfig, folder }: ControlPlane, name: string): string[] {
  return [
    ...[`--kubeconfig=${kubeconfig}`, "--leader-elect=false", `--bind-address=${LOCALHOST}`],
    `--cert-dir=${join(folder, name)}`,
  ];
}

export function kwok({ programs, kubeconfig }: ControlPlane): string[] {
  return [
    programs.program("kwok"),
    ...[`--kubeconfig=${kubeconfig}`, `--config=${join(__dirname, "stages.yaml")}`],
    ...["--manage-all-nodes", "--node-lease-duration-seconds=40"],
    ...[`--cidr=${POD_RANGE}`, `--node-ip=${nodeAddress(0)}`],
  ];
}
