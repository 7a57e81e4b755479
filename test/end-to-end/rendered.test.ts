import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Applied } from "../../lab/cluster";
import { lab } from "./hooks";
import { applyDev } from "./providers";
import { rendered } from "./rendered";

const PROJECT = resolve(__dirname, "../..");

/** The example stacks, without those that have no objects in Kubernetes. */
const STACKS = readdirSync(PROJECT)
  .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
  .filter((stack) => !readFileSync(`${PROJECT}/Pulumi.${stack}.yaml`, "utf8").includes("platform: elb"))
  .sort();

/** What a stack may be beside what it is by default: a Traefik in a namespace of its own waits for free ports. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  "three variants": [
    "apps.myapp.canaries.blue.image=registry.example.com/myapp:1.2.0",
    "apps.myapp.canaries.blue.weight=2.5",
  ],
  "two apps": [
    "apps.shop.host=shop.example.com",
    "apps.shop.image=registry.example.com/shop:1.0.0",
    "apps.shop.env.COLOUR=blue",
  ],
  "secret variables": ["secrets.myapp.API_KEY=s3cret"],
  "a redirect to https": ["traefik.redirectToHttps=true", "traefik.namespace=redirecting"],
  "a load balancer in front": [
    "traefik.trustedIps[0]=10.0.0.0/16",
    "traefik.metricsBuckets[0]=0.5",
    "traefik.namespace=balanced",
  ],
  "pods of a private registry, on chosen nodes, without rights": [
    "apps.vault.host=vault.example.com",
    "apps.vault.image=registry.example.com/vault:1.0.0",
    "apps.vault.runAsNonRoot=true",
    "apps.vault.imagePullSecrets[0]=registry",
    "apps.vault.serviceAccountName=vault",
    "apps.vault.nodeSelector.pool=spot",
  ],
  "admission rules": ["policies.admission=true"],
};

describe("what is rendered", () => {
  // Its Traefik was another stack's meanwhile.
  after(() => applyDev(lab()));

  for (const stack of STACKS) {
    it(`for stack ${stack} is accepted, and the second time changes nothing`, async () => {
      const objects = await rendered(stack);
      await lab().apply(objects);
      assert.deepEqual(changes(await lab().apply(objects)), []);
      if (stack !== "dev") await lab().apply(await rendered("dev"));
    });
  }

  for (const [title, overrides] of Object.entries(VARIANTS)) {
    it(`with ${title} is accepted, and the second time changes nothing`, async () => {
      const objects = await rendered("dev", overrides);
      const before = await rendered("dev");
      const first = await lab().apply(objects);
      assert.ok(first.some(({ change }) => change === "created"));
      assert.deepEqual(changes(await lab().apply(objects)), []);
      const kept = new Set(before.map(nameOf));
      for (const object of objects.filter((object) => !kept.has(nameOf(object))).reverse()) {
        await lab().cluster.delete(object);
      }
      await lab().apply(before);
    });
  }

  it("with runAsNonRoot is what Pod Security's level `restricted` lets in", async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    const metadata = { name: "restricted", labels };
    await lab().apply([{ apiVersion: "v1", kind: "Namespace", metadata }]);
    const admitted = async (runAsNonRoot: boolean): Promise<boolean> => {
      const objects = await rendered("dev", [`apps.myapp.runAsNonRoot=${runAsNonRoot}`]);
      const deployment = objects.find(({ kind }) => kind === "Deployment");
      assert.ok(deployment !== undefined);
      const { template } = deployment.spec as { template: { spec: object } };
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "one", namespace: "restricted" } };
      return lab()
        .cluster.apply({ ...pod, spec: template.spec }, { dryRun: true })
        .then(
          () => true,
          (error: Error) => {
            assert.match(error.message, /violates PodSecurity/);
            return false;
          },
        );
    };
    assert.deepEqual([await admitted(false), await admitted(true)], [false, true]);
  });

  it("with a field that Kubernetes does not know is refused", async () => {
    const [namespace] = await rendered("dev");
    assert.ok(namespace !== undefined);
    await assert.rejects(
      lab().apply([{ ...namespace, spec: { colour: "blue" } }]),
      /spec\.colour: field not declared in schema/,
    );
  });
});

function changes(applied: readonly Applied[]): string[] {
  return applied.filter(({ change }) => change !== "unchanged").map(({ object }) => nameOf(object));
}

const nameOf = ({ kind, metadata }: Applied["object"]): string =>
  `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
