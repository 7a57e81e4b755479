import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { awsTypes } from "../../components/aws/types";
import { readCheckpoint } from "../../offline/state";
import { needing } from "../needing";
import { lacksEngine } from "./engine";
import { projectOnStandIn } from "./stand-in";

const lacking = lacksEngine();
const title = "the times in Pulumi's state";

/** What `canary check --live` goes by. */
describe(needing(lacking, title), function () {
  this.timeout(5 * 60_000);
  const project = projectOnStandIn();
  before(() =>
    project().configure({
      "kubernetes:renderYamlToDirectory": project().file("yaml"),
      "traefik.installCrds": "false",
    }),
  );

  /** When each record of the fleets was last changed, after an update with these settings. */
  async function changed(settings: Record<string, string>): Promise<[string, string | undefined][]> {
    await project().configure(settings);
    await project().up();
    return readCheckpoint(readFileSync(await project().exportState(), "utf8"))
      .filter(({ type, urn }) => type === awsTypes.record && urn.includes("CanaryFleet"))
      .map(({ name, modified }): [string, string | undefined] => [name, modified])
      .sort();
  }

  it("are set by a change of a record's weight, and neither by other updates nor by the end of its protection", async () => {
    const first = await changed({});
    assert.deepEqual(
      first.map(([name, time]) => [name, Number.isNaN(Date.parse(time ?? ""))]),
      [
        ["myapp", false],
        ["myapp-canary", false],
      ],
    );
    const drained = await changed({ "dns.kubernetesWeight": "100" });
    for (const [i, [, time = ""]] of drained.entries()) assert.ok(time > (first[i]?.[1] ?? ""));
    assert.deepEqual(await changed({ canaryWeight: "20" }), drained);
    assert.deepEqual(await changed({ "aws.protectFleets": "false" }), drained);
  });
});
