import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Programs } from "../../lab/build";
import { isReady } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { podinfoPart } from "../../lab/parts";
import { parseOverride, readConfiguration } from "../../offline/configuration";
import { renderObjects } from "../../offline/manifests";
import { evaluate } from "../../offline/program";
import { programsOf } from "./built";
import { origins, untilSettled } from "./edges";
import { lab } from "./hooks";

const MAIN = join(__dirname, "../../index.ts");
const NAME = "podinfo";
const HOST = `${NAME}.example.com`;
/** All that a user writes. */
const STACK = `config:
  canary-traffic:canaryWeight: "10"
  canary-traffic:apps:
    podinfo:
      host: ${HOST}
      manifest: podinfo.yaml
      canaryImage: ghcr.io/stefanprodan/podinfo:6.9.3
`;
const REQUESTS = 400;
const AT_ONCE = 10;

describe("podinfo, by its own manifests and its own program", () => {
  let programs: Programs;
  let project: string;

  async function objects(weight: number): Promise<KubernetesObject[]> {
    const overrides = [parseOverride(`canaryWeight=${weight}`, true)];
    const { states } = await evaluate(project, readConfiguration(project, "lab", overrides), []);
    const rendered = renderObjects(states).objects as unknown as KubernetesObject[];
    return rendered.filter(({ kind, metadata }) =>
      kind === "Namespace" ? metadata.name === NAME : metadata.namespace === NAME,
    );
  }

  before(async function () {
    this.timeout("20m");
    if (lab().attached) this.skip();
    programs = await programsOf([podinfoPart]);
    project = mkdtempSync(join(tmpdir(), "podinfo-"));
    writeFileSync(join(project, "Pulumi.yaml"), `name: canary-traffic\nruntime: nodejs\nmain: ${MAIN}\n`);
    writeFileSync(join(project, "Pulumi.lab.yaml"), STACK);
    copyFileSync(programs.file("podinfo.yaml"), join(project, "podinfo.yaml"));
    await lab().apply(await objects(10));
    await lab().until(
      "podinfo is ready, its canary and the pods that its autoscaler asks for",
      async () => {
        const pods = await lab().pods("", NAME);
        return pods.length === 3 && pods.every(isReady);
      },
      120,
    );
    await untilSettled(lab());
  });

  after(async () => {
    if (project === undefined) return;
    for (const object of (await objects(10)).reverse()) await lab().cluster.delete(object);
    rmSync(project, { recursive: true });
  });

  it("needs a stack file of at most fifteen lines", () => {
    assert.ok(STACK.trim().split("\n").length <= 15);
  });

  it("keeps its pods, its Service and its autoscaler to the letter", async () => {
    const theirs = parseAllDocuments(readFileSync(join(project, "podinfo.yaml"), "utf8")).map(
      (document) => document.toJS() as KubernetesObject,
    );
    assert.deepEqual(
      theirs.map(({ kind }) => kind),
      ["Deployment", "Service", "HorizontalPodAutoscaler"],
    );
    const ours = await objects(10);
    for (const { kind, spec } of theirs)
      assert.deepEqual(ours.find((one) => one.kind === kind && one.metadata.name === NAME)?.spec, spec);
  });

  it("is shifted from 10 to 25 %, and no request fails", async () => {
    const variants = async (): Promise<Record<string, number>> => {
      const edges = await origins(lab());
      const counted: Record<string, number> = {};
      for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
        const asked = Array.from({ length: AT_ONCE }, (_, i) =>
          lab().get(`${edges[(sent + i) % edges.length]}/api/info`, { host: HOST }),
        );
        for (const { status, body } of await Promise.all(asked)) {
          const { hostname = "" } = status === 200 ? (JSON.parse(body) as { hostname?: string }) : {};
          const [, variant = String(status)] = /^podinfo(-canary)?-/.test(hostname)
            ? ["", hostname.startsWith("podinfo-canary-") ? "canary" : "primary"]
            : [];
          counted[variant] = (counted[variant] ?? 0) + 1;
        }
      }
      return counted;
    };
    const near = ({ primary = 0, canary = 0 }: Record<string, number>, percent: number): void => {
      assert.equal(primary + canary, REQUESTS);
      assert.ok(Math.abs((100 * canary) / REQUESTS - percent) < 5, `${canary} of ${REQUESTS}`);
    };
    near(await variants(), 10);
    const before = await objects(10);
    const changed = (await objects(25)).filter(
      (object, i) => JSON.stringify(object) !== JSON.stringify(before[i]),
    );
    assert.deepEqual(
      changed.map(({ kind }) => kind),
      ["TraefikService"],
    );
    await lab().apply(changed);
    await untilSettled(lab());
    near(await variants(), 25);
  });

  it("answers by gRPC, too, each variant by its own Service", async () => {
    for (const service of [NAME, `${NAME}-canary`]) {
      const { spec } = (await lab().cluster.find({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: service, namespace: NAME },
      } as KubernetesObject)) as unknown as { spec: { clusterIP: string } };
      const command = [programs.program("podcli"), "check", "grpc", `${spec.clusterIP}:9999`];
      const { code, stderr } = await lab().exec(command);
      assert.equal(code, 0, stderr);
    }
  });
});
