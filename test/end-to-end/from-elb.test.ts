import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { KubernetesObject } from "../../lab/cluster";
import { send } from "../../lab/load/load";
import { answers, counts, failures } from "../../lab/load/tally";
import { readConfiguration } from "../../offline/configuration";
import { renderObjects } from "../../offline/manifests";
import { evaluate } from "../../offline/program";
import { PROJECT, Project } from "../cli/project";
import { blocks, changed } from "../stories";
import { origins, reloads, untilSettled } from "./edges";
import { lab } from "./hooks";

const PAGE = join(PROJECT, "docs/from-elb-to-kubernetes.md");

/** What `canary adopt` writes to the file, as the AWS suite reads it from AWS's API. */
const FOUND = {
  "canary-traffic:aws": {
    vpcId: "vpc-0a1b2c3d4e5f60718",
    publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
  },
  "canary-traffic:apps": { myapp: { healthPath: "/readyz" } },
};

describe("docs/from-elb-to-kubernetes.md, its last steps", () => {
  let project: Project;
  let applied: KubernetesObject[] = [];

  before(() => {
    project = new Project();
  });

  after(async () => {
    for (const object of applied.reverse()) await lab().cluster.delete(object);
    project.remove();
  });

  it("have edge nodes send the canary 100 of 1,000 requests, then 125, and none fails", async () => {
    const changes = blocks(readFileSync(PAGE, "utf8")).filter(({ language }) => /yaml|diff/.test(language));
    const before = changes.slice(0, -1).reduce(changed, FOUND);
    const whole = changes.reduce(changed, FOUND);
    for (const [config, share] of [
      [before, 100],
      [whole, 125],
    ] as const) {
      // Stack dev of the lab has an app of that name.
      project.write("Pulumi.prod.yaml", stringify({ config }).replaceAll("myapp", "moved"));
      const { states } = await evaluate(project.folder, readConfiguration(project.folder, "prod"));
      const objects = renderObjects(states).objects as unknown as KubernetesObject[];
      applied = objects.filter(({ kind, metadata }) =>
        kind === "Namespace" ? metadata.name === "moved" : metadata.namespace === "moved",
      );
      await lab().apply(applied);
      await untilSettled(lab());
      assert.deepEqual(await shares("moved.example.com"), { primary: 1000 - share, canary: share });
    }
  });
});

/** Who answers 1,000 requests at one edge node, while it reloads nothing. */
async function shares(host: string): Promise<Record<string, number>> {
  const [origin = ""] = await origins(lab());
  await lab().until(`${host} is served`, async () => (await lab().get(origin, { host })).status === 200);
  for (;;) {
    await untilSettled(lab());
    const before = String(await reloads(lab()));
    const counted = counts(await send(lab(), { origins: [origin], host, requests: 1000 }));
    if (String(await reloads(lab())) !== before) continue;
    assert.deepEqual(failures(counted), {});
    return answers(counted);
  }
}
