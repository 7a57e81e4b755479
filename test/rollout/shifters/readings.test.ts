import assert from "node:assert/strict";
import { resolve } from "node:path";
import { type Deployed, observedWeights } from "../../../rollout/shifters/readings";
import { parseSettings } from "../../../stacks/settings";
import { declare } from "../../../status/declared";
import { both, configuration } from "../../stacks/migrations";
import { FakeAccount, made } from "../../status/faked";

const TARGETS = [{ app: "myapp", canary: "canary" }];

describe("a canary's share of users in a migration", function () {
  this.timeout(60_000);

  /** With half of the users on Kubernetes, or none. */
  async function share(kubernetesWeight: number, isFleetInService: boolean): Promise<number | undefined> {
    const raw = both(kubernetesWeight, { canaryWeight: 33 });
    const declared = await declare(resolve(__dirname, "../../.."), configuration(raw));
    const account = new FakeAccount(declared);
    if (!isFleetInService)
      for (const { Instances = [] } of await account.groups())
        for (const { InstanceId = "" } of Instances) account.outOfService.add(InstanceId);
    const deployed: Deployed = {
      settings: parseSettings(raw),
      configuration: configuration(raw),
      state: declared.resources.map((resource) => ({ ...resource, id: made(resource.name) })),
    };
    const cluster = { find: async <T>(manifest: T) => manifest };
    const { "myapp/canary": percent } = await observedWeights(deployed, TARGETS, { cluster, account });
    return percent;
  }

  it("is what both sides come to", async () => {
    assert.ok(Math.abs(((await share(50, true)) ?? 0) - (30.77 + 33) / 2) < 0.01);
  });

  it("is not known where a side that has users has nothing in service", async () => {
    assert.equal(await share(50, false), undefined);
    assert.equal(await share(100, false), 33);
  });
});
