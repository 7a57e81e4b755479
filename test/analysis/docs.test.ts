import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { metricSources } from "../../analysis/sources";
import { parseSettings } from "../../stacks/settings";
import { dev, prod } from "../stacks/raw";

const text = readFileSync(join(__dirname, "../../docs/analysis.md"), "utf8");

describe("the settings that docs/analysis.md shows", () => {
  const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block = ""]) => parse(block));
  const rollouts = examples.map(({ config, ...below }) => config?.["canary-traffic:rollout"] ?? below);

  it("are taken as they are", () => {
    for (const rollout of rollouts) {
      const aws = { loadBalancer: "alb" };
      parseSettings(rollout.sources?.cloudwatch === undefined ? dev({ rollout }) : prod({ aws, rollout }));
    }
  });

  it("have an example of every source", () => {
    const shown = rollouts.flatMap(({ sources }) => Object.keys(sources ?? {}));
    const every = metricSources(
      {
        prometheus: { url: "http://p", headers: {}, metrics: "traefik", scrapeSeconds: 15 },
        cloudwatch: { region: "eu-west-1" },
        datadog: { site: "datadoghq.com" },
        influxdb: { url: "http://i", org: "ops" },
        http: { url: "http://h", headers: {} },
        command: { argv: ["true"], timeoutSeconds: 10 },
      },
      {},
    );
    assert.deepEqual([...new Set(shown)].sort(), Object.keys(every).sort());
  });
});
