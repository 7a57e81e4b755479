import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { type Bootstrap, nodePermissions, userData } from "../../../../components/aws/bootstrap";
import { traefikPod } from "../../../../components/kubernetes/traefik-pod";

const PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token";
const SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:edge-token-AbCdEf";
const HASH = `sha256:${"0123456789abcdef".repeat(4)}`;

const eks: Bootstrap = {
  kind: "eks",
  clusterName: "shop",
  endpoint: "https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com",
  certificateAuthority: "LS0tLS1CRUdJTg==",
  serviceCidr: "10.100.0.0/16",
};
const kubeadm: Bootstrap = {
  kind: "kubeadm",
  endpoint: "10.0.0.1:6443",
  caCertHashes: [HASH],
  tokenArn: PARAMETER,
};
const k3s: Bootstrap = { kind: "k3s", endpoint: "https://10.0.0.1:6443", tokenArn: SECRET };

/** What a script leaves behind when it runs with stand-ins for the commands of a node, below a folder of its own. */
function booted(bootstrap: Bootstrap, token: string): { calls: string[]; file(path: string): string } {
  const root = mkdtempSync(join(tmpdir(), "canary-node-"));
  const log = join(root, "calls");
  const script = userData(bootstrap)
    .replaceAll(" /run/", ` ${root}/run/`)
    .replaceAll(" /etc/", ` ${root}/etc/`)
    .replaceAll(" /var/", ` ${root}/var/`)
    .replace(/^rm -r .*$/m, "");
  const standIns = `
aws() { echo "aws $*" >> '${log}'; [ "$(wc -l < '${log}')" -gt 1 ] && echo '${token}'; }
sleep() { :; }
kubeadm() { echo "kubeadm $*" >> '${log}'; }
systemctl() { echo "systemctl $*" >> '${log}'; }
`;
  const file = join(root, "user-data");
  writeFileSync(file, script.replace("#!/bin/bash\n", `#!/bin/bash\n${standIns}`));
  execFileSync("bash", [file], { stdio: "pipe" });
  const calls = readFileSync(log, "utf8").trim().replaceAll(root, "").split("\n");
  const files = new Map<string, string>();
  for (const path of FILES) {
    if (existsSync(join(root, path)))
      files.set(path, readFileSync(join(root, path), "utf8").replaceAll(root, ""));
  }
  rmSync(root, { recursive: true });
  return { calls, file: (path) => files.get(path) ?? assert.fail(`${path} was not written`) };
}

const KUBELET = "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/50-shutdown.conf";
const PATCH = "/run/edge-node/patches/kubeletconfiguration.yaml";
const JOIN = "/run/edge-node/join.yaml";
const FILES = [KUBELET, PATCH, JOIN, "/etc/rancher/k3s/config.yaml", "/etc/rancher/k3s/agent-token"];

/** A taint as a node of its own would carry it, and Traefik's toleration of it. */
function tolerated({ key, effect }: { key?: string; effect?: string }): boolean {
  const [toleration] = traefikPod({
    image: "traefik:v3.7.5",
    serviceAccountName: "traefik",
    configMapName: "traefik",
    resources: { cpu: "100m", memory: "150Mi", cpuLimit: "200m", memoryLimit: "300Mi" },
  }).tolerations as { key: string; operator: string; effect?: string }[];
  return (
    toleration?.key === key &&
    toleration?.operator === "Exists" &&
    [undefined, effect].includes(toleration?.effect)
  );
}

const GRACEFUL = { shutdownGracePeriod: "120s", shutdownGracePeriodCriticalPods: "60s" };

describe("The bootstrap of an edge node", () => {
  describe("for EKS", () => {
    const [header = "", body = ""] = userData(eks).split("Content-Type: application/node.eks.aws\n\n");

    it("is one document for nodeadm in a multipart message that closes", () => {
      const boundary = /boundary="(.+)"/.exec(header)?.[1];
      assert.match(header, /^MIME-Version: 1\.0\nContent-Type: multipart\/mixed;/);
      assert.ok(header.endsWith(`\n--${boundary}\n`));
      assert.ok(body.endsWith(`\n--${boundary}--\n`));
    });

    it("names the cluster, the label, and a taint that Traefik tolerates", () => {
      const { kind, spec } = parse(body.replace(/\n--.*--\n$/, ""));
      assert.equal(kind, "NodeConfig");
      assert.deepEqual(spec.cluster, {
        name: "shop",
        apiServerEndpoint: eks.endpoint,
        certificateAuthority: "LS0tLS1CRUdJTg==",
        cidr: "10.100.0.0/16",
      });
      assert.deepEqual(spec.kubelet.flags, [
        "--node-labels=edge-node-label=",
        "--register-with-taints=edge-node-label=:NoSchedule",
      ]);
      assert.ok(tolerated({ key: "edge-node-label", effect: "NoSchedule" }));
      assert.deepEqual(spec.kubelet.config, GRACEFUL);
    });

    it("names Amazon's policies by the partition of AWS that the cluster's region is in", () => {
      for (const [host, partition] of [
        ["gr7.eu-west-1.eks.amazonaws.com", "aws"],
        ["gr7.us-gov-west-1.eks.amazonaws.com", "aws-us-gov"],
        ["sk1.cn-northwest-1.eks.amazonaws.com.cn", "aws-cn"],
      ]) {
        const { policyArns } = nodePermissions({ ...eks, endpoint: `https://0123456789ABCDEF.${host}` });
        assert.ok(
          policyArns.every((arn) => arn.startsWith(`arn:${partition}:iam::aws:policy/`)),
          host,
        );
      }
    });

    it("may do what EKS asks of nodes, and reads no secret", () => {
      const { policyArns, statements } = nodePermissions(eks);
      assert.deepEqual(
        policyArns.map((arn) => arn.split("/").at(-1)),
        ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"],
      );
      assert.deepEqual(statements, []);
    });
  });

  describe("for kubeadm", () => {
    it("joins with the token, the label and a taint that Traefik tolerates, once the token is there", () => {
      const token = "abcdef.0123456789&bcdef";
      const { calls, file } = booted(kubeadm, token);
      const read = `aws ssm get-parameter --region eu-west-1 --name ${PARAMETER} --with-decryption --query Parameter.Value --output text`;
      assert.deepEqual(calls, [read, read, `kubeadm join --config ${JOIN}`]);
      const { apiVersion, discovery, nodeRegistration, patches } = parse(file(JOIN));
      assert.equal(apiVersion, "kubeadm.k8s.io/v1beta4");
      assert.deepEqual(discovery.bootstrapToken, {
        apiServerEndpoint: "10.0.0.1:6443",
        caCertHashes: [HASH],
        token,
      });
      assert.deepEqual(nodeRegistration.kubeletExtraArgs, [
        { name: "node-labels", value: "edge-node-label=" },
      ]);
      assert.equal(nodeRegistration.taints.length, 1);
      assert.ok(tolerated(nodeRegistration.taints[0]));
      assert.ok(PATCH.startsWith(`${patches.directory}/`));
    });

    it("holds up shutdowns until Traefik has ended", () => {
      const { shutdownGracePeriod, shutdownGracePeriodCriticalPods } = parse(
        booted(kubeadm, "abcdef.0123456789abcdef").file(PATCH),
      );
      assert.deepEqual({ shutdownGracePeriod, shutdownGracePeriodCriticalPods }, GRACEFUL);
    });
  });

  describe("for k3s", () => {
    it("starts an agent with the token, the label and a taint that Traefik tolerates", () => {
      const { calls, file } = booted(k3s, "K10abc::node:def");
      const read = `aws secretsmanager get-secret-value --region eu-west-1 --secret-id ${SECRET} --query SecretString --output text`;
      assert.deepEqual(calls, [read, read, "systemctl enable --now k3s-agent"]);
      const settings = parse(file("/etc/rancher/k3s/config.yaml"));
      assert.equal(settings.server, k3s.endpoint);
      assert.deepEqual(settings["node-label"], ["edge-node-label="]);
      const [key, effect] = String(settings["node-taint"]).split("=:");
      assert.ok(tolerated({ key: key ?? "", effect: effect ?? "" }));
      assert.equal(file(settings["token-file"]), "K10abc::node:def\n");
      assert.match(file(KUBELET), /^shutdownGracePeriod: 120s$/m);
    });
  });

  for (const bootstrap of [kubeadm, k3s]) {
    it(`may read the one secret that its token is in, for ${bootstrap.kind}`, () => {
      const { policyArns, statements } = nodePermissions(bootstrap);
      assert.deepEqual(policyArns, []);
      const Action = bootstrap.kind === "k3s" ? "secretsmanager:GetSecretValue" : "ssm:GetParameter";
      assert.deepEqual(statements, [{ Effect: "Allow", Action, Resource: bootstrap.tokenArn }]);
    });

    it(`is a script that bash takes, for ${bootstrap.kind}`, () => {
      execFileSync("bash", ["-n"], { input: userData(bootstrap) });
    });
  }

  it("fits into user data, of which AWS takes 16 KiB", () => {
    for (const bootstrap of [eks, kubeadm, k3s]) assert.ok(userData(bootstrap).length < 16_384);
  });
});
