import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { furtherParts, isPython, parts, sourceFolder, versionOf } from "../../lab/parts";

describe("the lab's parts", () => {
  for (const part of [...parts, ...furtherParts]) {
    if (isPython(part)) {
      it(`pin ${part.name} to a release`, () => assert.match(versionOf(part), /^v\d+\.\d+\.\d+$/));
      continue;
    }
    it(`pin ${part.name} to a release, and build just the tools that go.mod names`, () => {
      const goMod = readFileSync(join(sourceFolder(part), "go.mod"), "utf8");
      assert.match(versionOf(part), /^v\d+\.\d+\.\d+(-(0\.)?\d{14}-[0-9a-f]{12})?$/);
      const named = [...goMod.matchAll(/^(?:tool |\t)([^\s(]+)$/gm)].map(([, tool]) => tool);
      assert.deepEqual(Object.values(part.programs).sort(), named.sort());
    });
  }

  it("include a Traefik of the version that the stack runs", () => {
    const traefik = parts.find(({ name }) => name === "traefik");
    assert.ok(traefik);
    const image = /traefik:v\d+\.\d+\.\d+/.exec(
      readFileSync(join(__dirname, "../../stacks/schema/traefik.ts"), "utf8"),
    )?.[0];
    assert.equal(image, `traefik:${versionOf(traefik)}`);
  });

  it("have all of Kubernetes at one version", () => {
    const kubernetes = parts.find(({ name }) => name === "kubernetes");
    assert.ok(kubernetes);
    const [, minor] = versionOf(kubernetes).replace("v", "").split(".");
    const stamped = kubernetes.stamp(versionOf(kubernetes));
    assert.equal(stamped["k8s.io/component-base/version.gitVersion"], versionOf(kubernetes));
    assert.equal(stamped["k8s.io/component-base/version.gitMinor"], minor);
  });
});
