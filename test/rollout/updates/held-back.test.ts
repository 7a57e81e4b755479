import assert from "node:assert/strict";
import { readConfiguration } from "../../../offline/configuration";
import { deployed, preview } from "../../../offline/preview";
import { heldBack } from "../../../rollout/updates/held-back";
import { Project } from "../../cli/project";
import { dev } from "../../stacks/raw";

describe("what an update leaves for a second one", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  /** What is held back, and why, where myapp's settings go from one to the other. */
  async function held(before: object, after: object): Promise<readonly [string[], string[]]> {
    const configuration = (myapp: object) => {
      project.stackFile("dev", dev({ apps: { myapp } }));
      return readConfiguration(project.folder, "dev");
    };
    const states = await deployed(project.folder, configuration(before));
    const { labels = [], reasons = [] } =
      heldBack(await preview(project.folder, configuration(after), states)) ?? {};
    return [[...labels], [...reasons]];
  }

  const NOTHING = [[], []];
  const high = { canaryWeight: 50, canaryReplicas: 4 };
  const low = { canaryWeight: 10, canaryReplicas: 1 };

  it("is a canary's pods where its weight falls, too", async () => {
    assert.deepEqual(await held(high, low), [
      ["Deployment myapp-canary"],
      ["myapp: canary goes from 50 % to 10 % and from 4 pods to 1"],
    ]);
  });

  it("is nothing where both rise, or one of them falls", async () => {
    assert.deepEqual(await held(low, high), NOTHING);
    assert.deepEqual(await held(high, { ...high, canaryWeight: 10 }), NOTHING);
    assert.deepEqual(await held(high, { ...high, canaryReplicas: 1 }), NOTHING);
  });

  it("is all of a canary that goes with its weight", async () => {
    const next = { weight: 20, image: "registry.example.com/myapp:2.0.0" };
    const { canaryWeight } = low;
    assert.deepEqual(await held({ canaryWeight, canaries: { next } }, { canaryWeight }), [
      ["Deployment myapp-next", "PodDisruptionBudget myapp-next", "Service myapp-next"],
      ["myapp: next goes from 20 % to 0 % and from 1 pod to 0"],
    ]);
    const idle = { ...next, weight: 0 };
    assert.deepEqual(await held({ canaryWeight, canaries: { next: idle } }, { canaryWeight }), NOTHING);
  });

  it("is the primary's pods where a canary takes its requests", async () => {
    const found = await held({ ...low, replicas: 9 }, { ...high, replicas: 4 });
    assert.deepEqual(found, [
      ["Deployment myapp"],
      ["myapp: primary goes from 90 % to 50 % and from 9 pods to 4"],
    ]);
  });

  it("leaves the number of pods to an autoscaler, but not its maximum", async () => {
    const scaled = (max: number) => ({ autoscaling: { min: 3, max } });
    assert.deepEqual(await held({ ...low, ...scaled(9) }, { ...high, ...scaled(9) }), NOTHING);
    const [labels] = await held({ ...low, ...scaled(9) }, { ...high, ...scaled(4) });
    assert.deepEqual(labels, ["HorizontalPodAutoscaler myapp"]);
  });

  it("is nothing with router replicas, where pods are the weight", async () => {
    const byPods = { router: "replicas", replicas: 10 };
    assert.deepEqual(await held({ ...byPods, canaryWeight: 50 }, { ...byPods, canaryWeight: 10 }), NOTHING);
  });
});
