import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { StatusError } from "../../status/errors";
import { kubeconfigOf } from "../../status/kubeconfig";
import { Project } from "../cli/project";

const NAMES = ["one", "two"];
const KUBECONFIG = {
  apiVersion: "v1",
  kind: "Config",
  "current-context": "one",
  clusters: NAMES.map((name) => ({ name, cluster: { server: `https://${name}.example.com` } })),
  users: [{ name: "me", user: { token: "hunter2" } }],
  contexts: NAMES.map((name) => ({ name, context: { cluster: name, user: "me" } })),
};

describe("the cluster of a stack", () => {
  const before_ = { ...process.env };
  let project: Project;

  beforeEach(() => {
    project = new Project();
    process.env.KUBECONFIG = join(project.folder, "kubeconfig");
    writeFileSync(process.env.KUBECONFIG, JSON.stringify(KUBECONFIG));
  });
  afterEach(() => {
    process.env = { ...before_ };
    project.remove();
  });

  const server = async (values: Record<string, string>, context?: string) =>
    (await kubeconfigOf(values, context)).getCurrentCluster()?.server;

  it("is that of the stack's context and cluster, unless another context is asked for", async () => {
    assert.equal(await server({}), "https://one.example.com");
    assert.equal(await server({ "kubernetes:context": "two" }), "https://two.example.com");
    assert.equal(await server({ "kubernetes:cluster": "two" }), "https://two.example.com");
    assert.equal(await server({ "kubernetes:context": "two" }, "one"), "https://one.example.com");
  });

  it("is that of the stack's own kubeconfig, whatever KUBECONFIG says", async () => {
    const own = JSON.stringify({ ...KUBECONFIG, "current-context": "two" });
    assert.equal(await server({ "kubernetes:kubeconfig": own }), "https://two.example.com");
    process.env.KUBECONFIG = "/nowhere";
    assert.equal(await server({ "kubernetes:kubeconfig": own }), "https://two.example.com");
  });

  for (const [values, context, message] of [
    [{ "kubernetes:context": "three" }, undefined, "kubernetes:context three: allowed: one, two"],
    [{}, "three", "--context three: allowed: one, two"],
    [{ "kubernetes:cluster": "three" }, undefined, "kubernetes:cluster three: allowed: one, two"],
  ] as const)
    it(`is refused with those that there are: ${message}`, async () => {
      await assert.rejects(kubeconfigOf(values, context), new StatusError(message));
    });
});
