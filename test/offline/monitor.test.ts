import assert from "node:assert/strict";
import { OfflineMonitor } from "../../offline/monitor";
import { Planner } from "../../offline/planner";

describe("the monitor without an engine", () => {
  it("does not know the one question for all features, so that newer SDKs ask for each", () => {
    const monitor = new OfflineMonitor(new Planner("project", "stack"), new Map(), () => assert.fail());
    let answered: { code?: number } | null = null;
    monitor.getDeploymentInfo(undefined, (error) => {
      answered = error as { code?: number };
    });
    assert.equal((answered as { code?: number } | null)?.code, 12);
    monitor.supportsFeature({ getId: () => "aliasSpecs" }, (_, response) => {
      assert.equal((response as { getHassupport: () => boolean }).getHassupport(), true);
    });
  });
});
