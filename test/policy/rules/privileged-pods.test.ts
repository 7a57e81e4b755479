import assert from "node:assert/strict";
import type { GraphResource } from "../../../policy/graph";
import { CONTROLS, podsWith } from "../../components/kubernetes/controls";
import { deployment, GOOD_CONTAINER, graph, resource, said } from "../graphs";

const check = (spec: Parameters<typeof deployment>[1], policies = {}): string[] =>
  said("privileged-pods", graph([deployment("myapp-canary", spec)]), policies);
const debug = { "canary-traffic/debug": "true" };
const container = (more: object) => ({ ...GOOD_CONTAINER, name: "perf", ...more });
const security = (securityContext: object) => container({ securityContext });
const privileged = security({ privileged: true });

describe("policy privileged-pods", () => {
  for (const [control, parts] of Object.entries(CONTROLS)) {
    it(`holds to the standard's control ${control}`, () => {
      for (const part of parts) {
        for (const broken of part.broken)
          for (const pod of podsWith(part, broken)) {
            assert.equal(check({ pod }).length, 1, JSON.stringify(pod));
            const sandboxed = { labels: debug, pod: { runtimeClassName: "gvisor", ...pod } };
            const folder = JSON.stringify(pod).includes('"/run/out"');
            assert.equal(check(sandboxed).length, part.sandboxed || folder ? 0 : 1, JSON.stringify(pod));
          }
        for (const fine of part.fine)
          for (const pod of podsWith(part, fine)) assert.deepEqual(check({ pod }), []);
      }
    });
  }

  it("says which container, which field, which value, and what is allowed", () => {
    assert.deepEqual(check({ pod: { containers: [privileged], hostPID: true } }), [
      "Deployment myapp-canary: hostPID is true; container perf: securityContext.privileged is true; allowed: level baseline, and on a " +
        'kernel of its own (label canary-traffic/debug: "true" and a runtimeClassName of kata*, gvisor) what concerns the kernel',
    ]);
  });

  const spec = { containers: [privileged] };
  const template = { metadata: { labels: {} }, spec };
  const KINDS: Readonly<Record<string, object>> = {
    "core/v1:Pod": { spec },
    "core/v1:PodPatch": { spec },
    "core/v1:PodTemplate": { template },
    "core/v1:ReplicationController": { spec: { template } },
    "core/v1:List": { items: [{ kind: "Pod", spec }] },
    "core/v1:PodList": { items: [{ kind: "Pod", spec: { hostPID: true } }] },
    "apps/v1:DeploymentPatch": { spec: { template: { spec: { hostNetwork: true } } } },
    "apps/v1:DaemonSetPatch": { spec: { template } },
    "apps/v1:StatefulSetList": { items: [{ spec: { template } }] },
    "apps/v1:StatefulSet": {
      spec: { template, volumeClaimTemplates: [{ spec: { storageClassName: "x" } }] },
    },
    "apps/v1:ReplicaSet": { spec: { template } },
    "batch/v1:Job": { spec: { template } },
    "batch/v1:CronJob": { spec: { jobTemplate: { spec: { template } } } },
    "batch/v1:CronJobPatch": { spec: { jobTemplate: { spec: { template: { spec: { hostIPC: true } } } } } },
    "argoproj.io/v1alpha1:Rollout": { spec: { template } },
    "serving.knative.dev/v1:Service": { spec: { template } },
    "apps.openshift.io/v1:DeploymentConfig": { spec: { template } },
  };
  for (const [kind, props] of Object.entries(KINDS)) {
    it(`sees the pods of ${kind}`, () => {
      const found = said("privileged-pods", graph([resource(`kubernetes:${kind}`, "rogue", props)]));
      assert.equal(found.length, 1);
    });
  }

  it("lets a debug canary under a sandboxed RuntimeClass have its folders below the roots alone", () => {
    const mounts = (path: string) => ({
      labels: debug,
      pod: { runtimeClassName: "kata", volumes: [{ name: "v", hostPath: { path } }] },
    });
    for (const path of ["/run/out", "/run/out/one", "/var/lib/canary-traffic/x.d"])
      assert.deepEqual(check(mounts(path)), []);
    for (const path of [
      "/",
      "/.",
      "/etc",
      "/run",
      "/run/outer",
      "/run/out/../..",
      "/run/out/./x",
      "/run//out",
      "//run/out",
      "/run/out\n",
    ])
      assert.equal(check(mounts(path)).length, 1, path);
    assert.deepEqual(check(mounts("/srv/x"), { debugHostPaths: ["/srv"] }), []);
  });

  it("holds to AppArmor's annotations, which came before the field", () => {
    const annotated = (profile: string): GraphResource => {
      const annotations = { "container.apparmor.security.beta.kubernetes.io/app": profile };
      return resource("kubernetes:core/v1:Pod", "p", {
        metadata: { annotations },
        spec: { containers: [GOOD_CONTAINER] },
      });
    };
    for (const profile of ["runtime/default", "localhost/mine"])
      assert.deepEqual(said("privileged-pods", graph([annotated(profile)])), []);
    assert.equal(said("privileged-pods", graph([annotated("unconfined")])).length, 1);
  });

  it("lets the program's own Traefik serve on its node's network, and nobody else", () => {
    const traefik = {
      ...deployment("traefik", {
        pod: { hostNetwork: true, containers: [container({ ports: [{ hostPort: 80 }] })] },
      }),
      type: "kubernetes:apps/v1:DaemonSet",
    };
    const parent = "urn:pulumi:test::canary-traffic::canary-traffic:kubernetes:Traefik::traefik";
    assert.deepEqual(said("privileged-pods", graph([{ ...traefik, parent }])), []);
    assert.equal(said("privileged-pods", graph([traefik])).length, 1);
  });

  it("lets the debug canary in, under a sandboxed RuntimeClass only", () => {
    const under = (runtimeClassName: string) => ({ runtimeClassName, containers: [privileged] });
    assert.deepEqual(check({ labels: debug, pod: under("kata-qemu") }), []);
    assert.equal(check({ labels: debug, pod: under("my-kata") }).length, 1);
    assert.equal(check({ labels: debug, pod: { containers: [privileged] } }).length, 1);
    assert.equal(check({ pod: under("kata") }).length, 1);
    const policies = { sandboxedRuntimeClasses: ["fire*"] };
    assert.deepEqual(check({ labels: debug, pod: under("firecracker") }, policies), []);
  });
});
