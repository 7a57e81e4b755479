import assert from "node:assert/strict";
import { readSettings } from "../../../cli/settings";
import { readConfiguration } from "../../../offline/configuration";
import { deployed, preview } from "../../../offline/preview";
import type { ResourceState } from "../../../offline/state";
import { ASK_MS } from "../../../rollout/machine/observe";
import { weightedCanaries } from "../../../rollout/plan/targets";
import { EngineShifter } from "../../../rollout/shifters/engine";
import type { Engine } from "../../../rollout/shifters/pulumi";
import { heldBack } from "../../../rollout/updates/held-back";
import { updateInOrder } from "../../../rollout/updates/two-updates";
import { Project } from "../../cli/project";
import { dev } from "../../stacks/raw";

const HIGH = { canaryWeight: 50, canaryReplicas: 4 };
const LOW = { canaryWeight: 10, canaryReplicas: 1, preStopSeconds: 15 };

describe("an update in order, with a stand-in for Pulumi's engine", () => {
  let project: Project;
  let state: readonly ResourceState[];
  /** What happened: updates with what they left out, and waiting. */
  let events: string[];
  let now: number;
  let onSleep: () => void;

  beforeEach(async () => {
    project = new Project();
    [events, now, onSleep] = [[], 0, () => {}];
    file(HIGH);
    state = await deployed(project.folder, readConfiguration(project.folder, "dev"));
  });
  afterEach(() => project.remove());

  const file = (myapp: object): void => project.stackFile("dev", dev({ apps: { myapp } }));

  /** Updates like an engine does, or leaves the routes alone. */
  const engine = (routes = true): Engine => ({
    exportState: async () => JSON.stringify({ version: 3, deployment: { resources: state } }),
    up: async ({ message, exclude = [] }) => {
      events.push(message);
      const fresh = await deployed(project.folder, readConfiguration(project.folder, "dev"));
      const keeps = ({ urn, type }: ResourceState) =>
        exclude.includes(urn) || (!routes && type.endsWith(":TraefikService"));
      const isKept = new Set(state.filter(keeps).map(({ urn }) => urn));
      state = [...fresh.filter(({ urn }) => !isKept.has(urn)), ...state.filter(({ urn }) => isKept.has(urn))];
    },
    recover: async () => {},
  });

  async function up(using = engine(), signal = new AbortController().signal): Promise<string | undefined> {
    const configuration = readConfiguration(project.folder, "dev");
    const settings = readSettings(configuration);
    const targets = weightedCanaries(settings);
    const clock = {
      now: () => now,
      elapsed: () => now,
      sleep: async (ms: number) => {
        // The stand-in answers in real time: no question takes too long.
        if (ms === ASK_MS) return new Promise<void>(() => {});
        if (ms > 1000) events.push(`waited ${ms} ms`);
        now += ms;
        onSleep();
        signal.throwIfAborted();
      },
    };
    const shifter = new EngineShifter({
      folder: project.folder,
      configuration,
      settings,
      targets,
      engine: using,
      clock,
      readers: { cluster: undefined, account: undefined },
    });
    const held = heldBack(await preview(project.folder, configuration, state));
    return updateInOrder({ settings, targets, shifter, clock, onOutput: () => {}, signal }, held);
  }

  const FIRST =
    "canary up, 1 of 2: requests before pods: myapp: canary goes from 50 % to 10 % and from 4 pods to 1";
  const SECOND = "canary up, 2 of 2: Deployment myapp-canary";

  it("takes requests from a canary, waits as long as its pods would serve on, and takes the pods", async () => {
    file(LOW);
    assert.equal(await up(), undefined);
    assert.deepEqual(events, [FIRST, "waited 15000 ms", SECOND]);
  });

  it("is one update the other way", async () => {
    file({ canaryWeight: 60, canaryReplicas: 6 });
    assert.equal(await up(), undefined);
    assert.deepEqual(events, ["canary up"]);
  });

  it("goes on with the pods after it was interrupted between the two", async () => {
    file(LOW);
    const stop = new AbortController();
    onSleep = () => stop.abort("Ctrl-C");
    await assert.rejects(up(engine(), stop.signal));
    onSleep = () => {};
    assert.equal(await up(), undefined);
    assert.deepEqual(events, [FIRST, "waited 15000 ms", "canary up"]);
    const left = await preview(project.folder, readConfiguration(project.folder, "dev"), state);
    assert.deepEqual(Object.keys(left.summary), ["same"]);
  });

  it("keeps the pods where the new weights are not observed", async () => {
    file(LOW);
    const problem = await up(engine(false));
    assert.equal(problem, "myapp/canary 10 % was not observed within 120 s: observed is myapp/canary 50 %");
    assert.deepEqual(events, [FIRST]);
  });

  it("keeps them where the stack file is changed meanwhile", async () => {
    file(LOW);
    onSleep = () => file({ ...LOW, canaryWeight: 60 });
    assert.equal(await up(), "the stack file was changed meanwhile: the canary's weight");
    assert.deepEqual(events, [FIRST, "waited 15000 ms"]);
  });
});
