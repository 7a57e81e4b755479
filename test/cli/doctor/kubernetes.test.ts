import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { unreadable } from "../../../base/secrets";
import { DoctorError } from "../../../cli/doctor/errors";
import { clusterOf } from "../../../cli/doctor/kubernetes";
import type { Manifest } from "../../../components/routers";
import { ApiServer } from "../../adoption/api-server";
import { Project } from "../project";

const node = (name: string, labels: Record<string, string>): Manifest => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels },
});

describe("the cluster that canary doctor looks at", () => {
  let project: Project;
  let server: ApiServer;
  let file: string;
  const env = { ...process.env };

  beforeEach(async () => {
    project = new Project();
    const nodes = [node("edge-1", { "edge-node-label": "" }), node("other", {})];
    server = new ApiServer(nodes, undefined, ({ spec }) => ({
      status: {
        allowed: (spec as { resourceAttributes: { verb: string } }).resourceAttributes.verb === "get",
      },
    }));
    file = join(project.folder, "kubeconfig");
    writeFileSync(file, await server.kubeconfig());
  });
  afterEach(() => {
    server.close();
    project.remove();
    process.env = { ...env };
  });

  it("is asked for its version, kinds, nodes and rights", async () => {
    process.env.KUBECONFIG = file;
    const cluster = await clusterOf({ values: {} });
    assert.deepEqual([cluster.context, cluster.isNamed, await cluster.version()], ["one", false, "v1.35.4"]);
    assert.ok((await cluster.kinds("networking.k8s.io/v1"))?.some(({ kind }) => kind === "Ingress"));
    assert.ok((await cluster.kinds("v1"))?.some(({ kind }) => kind === "Service"));
    assert.equal(await cluster.kinds("networking.istio.io/v1"), undefined);
    assert.deepEqual(await cluster.nodes("edge-node-label"), ["edge-1"]);
    assert.equal(await cluster.mayI("get", "apps", "deployments", "shop"), true);
    assert.equal(await cluster.mayI("delete", "", "nodes", undefined), false);
    const [asked] = server.posted as [{ spec: { resourceAttributes: object } }];
    assert.deepEqual(asked.spec.resourceAttributes, {
      verb: "get",
      group: "apps",
      resource: "deployments",
      namespace: "shop",
    });
  });

  it("is the one of the stack's own kubeconfig and context, a file or its content", async () => {
    process.env.KUBECONFIG = join(project.folder, "nosuch");
    for (const kubeconfig of [file, await server.kubeconfig()]) {
      const values = { "kubernetes:kubeconfig": kubeconfig, "kubernetes:context": "one" };
      const cluster = await clusterOf({ values });
      assert.deepEqual([cluster.isNamed, await cluster.version()], [true, "v1.35.4"]);
    }
  });

  it("says without secrets why it can't be told", async () => {
    process.env.KUBECONFIG = file;
    const refused: [Record<string, string>, RegExp][] = [
      [{ "kubernetes:context": "two" }, /^kubernetes:context two: allowed: one$/],
      [{ "kubernetes:kubeconfig": "{ token: hunter2" }, /^kubernetes:kubeconfig can't be read/],
      [{ "kubernetes:kubeconfig": unreadable("v1:abc") }, /is encrypted/],
    ];
    for (const [values, message] of refused)
      await assert.rejects(clusterOf({ values }), (error: Error) => {
        assert.ok(error instanceof DoctorError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    server.close();
    const gone = await clusterOf({ values: {} });
    await assert.rejects(gone.version(), DoctorError);
  });
});
