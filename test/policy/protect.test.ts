import assert from "node:assert/strict";
import { resolve } from "node:path";
import { readConfiguration } from "../../offline/configuration";
import { evaluate } from "../../offline/program";

const PROJECT = resolve(__dirname, "../..");

/** Kinds of resources whose types begin so, protected ones first. */
async function kinds(
  stack: string,
  protect: boolean,
  on = "",
): Promise<[shielded: string[], others: string[]]> {
  const override = { key: "protect", value: String(protect), path: false };
  const { states } = await evaluate(PROJECT, readConfiguration(PROJECT, stack, [override]));
  const sorted = (shielded: boolean): string[] => {
    const types = states
      .filter((state) => state.type.startsWith(on) && (state.protect === true) === shielded)
      .map(({ type }) => type);
    return [...new Set(types.map((type) => type.split(":").at(-1) ?? ""))].sort();
  };
  return [sorted(true), sorted(false)];
}

describe("the setting protect", () => {
  it("protects what requests pass through on Kubernetes, and nothing that a change makes anew", async () => {
    const [shielded, others] = await kinds("dev", true);
    for (const kind of ["DaemonSet", "Deployment", "IngressRoute", "Service", "TraefikService"])
      assert.ok(shielded.includes(kind), kind);
    assert.ok(others.includes("ConfigMap") && !shielded.some((kind) => others.includes(kind)));
  });

  it("protects what requests pass through on AWS, and nothing that a change makes anew", async () => {
    const [shielded, others] = await kinds("prod", true, "aws:");
    assert.deepEqual(shielded, [
      "Group",
      "Listener",
      "LoadBalancer",
      "Record",
      "SecurityGroup",
      "TargetGroup",
    ]);
    assert.ok(others.includes("LaunchTemplate") && !shielded.some((kind) => others.includes(kind)));
  });

  it("protects both sides of a migration", async () => {
    const [shielded] = await kinds("prod", true, "kubernetes:");
    assert.deepEqual(shielded, (await kinds("dev", true))[0]);
  });

  it("protects nothing when it is false", async () => {
    for (const stack of ["dev", "prod"]) assert.deepEqual((await kinds(stack, false))[0], []);
  });
});
