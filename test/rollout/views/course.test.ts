import assert from "node:assert/strict";
import type { MetricPlan } from "../../../analysis/plan";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { bakeAt, type Course, courseOf, nextCourse } from "../../../rollout/views/course";
import { eventLines } from "../../../rollout/views/plain";
import { measuredValue, phaseText, shownDuration } from "../../../rollout/views/words";
import { plan, scene, steps, verdict } from "../machine/world";

const KEY = "myapp/canary";
const successRate: MetricPlan = {
  name: "success rate",
  source: "prometheus",
  query: "success-rate",
  better: "higher",
  unit: "%",
  threshold: 99,
};
const analysis = { ...plan().analysis, metrics: [successRate] };

/** The course of a rollout through the state machine itself. */
async function courseThrough(
  arrange: (it: ReturnType<typeof scene>) => void = () => {},
  change: Parameters<typeof scene>[0] = {},
): Promise<{ course: Course; events: RolloutEvent[] }> {
  const it = scene({ analysis, ...change });
  arrange(it);
  await it.run();
  const events: RolloutEvent[] = [
    { time: 0, type: "begun", id: "one", plan: it.plan, from: it.from },
    ...it.events,
  ];
  return { course: courseThat(events), events };
}

function courseThat(events: readonly RolloutEvent[]): Course {
  const course = courseOf(events);
  assert.ok(course);
  return course;
}

/** The course up to the first event of a type. */
const until = (events: readonly RolloutEvent[], type: RolloutEvent["type"]): Course =>
  courseThat(events.slice(0, events.findIndex((event) => event.type === type) + 1));

const states = ({ steps }: Course): string[] => steps.map(({ state }) => state);

describe("the course of a rollout", () => {
  it("waits for users after a weight was observed, if they follow later, and bakes then", async () => {
    const { events } = await courseThrough((it) => {
      it.follow = {
        why: "DNS answers are kept for 60 s",
        seconds: 600,
        until: async (_change, signal) => {
          await it.clock.sleep(100_000, signal);
          return { isThere: true, said: "users have followed" };
        },
      };
    });
    const waiting = until(events, "following");
    assert.equal(
      phaseText(waiting, waiting.time),
      "step 1 of 2 (5 %) waits for users to follow, for another 10 min at most: DNS answers are kept for 60 s",
    );
    assert.equal(bakeAt(waiting, waiting.time), undefined);
    const baking = until(events, "followed");
    assert.equal(bakeAt(baking, baking.time)?.secondsLeft, 60);
    const lines = events.flatMap(eventLines).map((line) => line.slice(9));
    assert.deepEqual(lines.slice(3, 5), [
      "observed myapp/canary 5 %",
      "waiting for users to follow: DNS answers are kept for 60 s",
    ]);
    assert.ok(lines.includes("users have followed"));
  });

  it("is none before one began", () => {
    assert.equal(courseOf([]), undefined);
    assert.equal(nextCourse(undefined, { time: 0, type: "shifted", step: 0, weights: {} }), undefined);
  });

  it("begins with the weights that there are, and a metric's history for each target", () => {
    const targets = [
      { app: "myapp", canary: "canary" },
      { app: "shop", canary: "canary" },
    ] as const;
    const from = { "myapp/canary": 10, "shop/canary": 0 };
    const course = courseThat([
      { time: 5, type: "begun", id: "one", plan: plan({ targets, analysis, steps: steps(5, 25) }), from },
    ]);
    assert.deepEqual(states(course), ["current", "ahead"]);
    assert.deepEqual(course.steps[0]?.weights, { "myapp/canary": 10, "shop/canary": 5 });
    assert.deepEqual([course.asked, course.observed], [from, from]);
    assert.deepEqual(
      course.metrics.map(({ target, metric, points }) => [target.app, metric.name, points.length]),
      [
        ["myapp", "success rate", 0],
        ["shop", "success rate", 0],
      ],
    );
  });

  it("tells a rollout that goes to its end", async () => {
    const { course } = await courseThrough();
    assert.deepEqual(states(course), ["passed", "passed"]);
    assert.ok(course.phase.is === "ended" && course.phase.outcome === "done");
    assert.deepEqual(
      course.changes.map(({ time, kind, step, weights }) => [time, kind, step, weights[KEY]]),
      [
        [0, "asked", undefined, 0],
        [0, "observed", undefined, 0],
        [0, "asked", 0, 5],
        [0, "observed", 0, 5],
        [60_000, "asked", 1, 100],
        [60_000, "observed", 1, 100],
      ],
    );
    assert.deepEqual(
      course.judgements.map(({ time, step }) => [time / 1000, step]),
      [
        [5, 0],
        [35, 0],
        [60, 0],
        [65, 1],
        [95, 1],
        [120, 1],
      ],
    );
  });

  it("tells which step failed, by which values, and where the weight went", async () => {
    const { course, events } = await courseThrough((it) => {
      it.judge = () => (it.shifter.weights[KEY] === 100 ? "fail" : "pass");
    });
    assert.deepEqual(states(course), ["passed", "failed"]);
    assert.deepEqual(
      course.metrics[0]?.points.map(({ step, verdict }) => [step, verdict.outcome]),
      [[1, "fail"]],
    );
    assert.deepEqual([course.asked, course.observed], [{ [KEY]: 0 }, { [KEY]: 0 }]);
    assert.match(
      phaseText(course, course.time),
      /^rolled back: myapp\/canary success rate: canary 20 errors/,
    );
    const back = until(events, "rolling-back");
    assert.deepEqual([back.asked, back.observed], [{ [KEY]: 0 }, { [KEY]: 100 }]);
    assert.equal(phaseText(back, back.time), "rolling back to myapp/canary 0 %");
    const failed = nextCourse(back, {
      time: back.time,
      type: "rollback-failed",
      attempt: 1,
      reason: "it is locked",
    });
    assert.ok(failed !== undefined);
    assert.equal(
      phaseText(failed, failed.time),
      "rolling back to myapp/canary 0 %, tried again after: it is locked",
    );
  });

  it("blames the step that is out where the canary fails while the next one is waited for", async () => {
    const { course } = await courseThrough(
      (it) => {
        it.judge = ({ to }) => (to > 60_000 ? "fail" : "pass");
        it.decide = () => new Promise(() => {});
      },
      {
        steps: [
          { weight: 5, bakeSeconds: 60, approval: false },
          { weight: 100, bakeSeconds: 60, approval: true },
        ],
      },
    );
    assert.deepEqual(states(course), ["failed", "ahead"]);
  });

  it("says what it waits for", async () => {
    const { events } = await courseThrough(
      (it) => {
        it.decide = async () => ({ decision: "approve", by: "ada" });
      },
      { steps: [{ weight: 5, bakeSeconds: 60, approval: true }] },
    );
    const said = (type: RolloutEvent["type"], now = 0): string => phaseText(until(events, type), now);
    assert.equal(said("begun"), "looking at what is there");
    assert.equal(said("approval-awaited"), "step 1 of 1 (5 %) waits for an approval");
    assert.equal(said("shifting"), "shifting to myapp/canary 5 %");
    assert.equal(said("shifted"), "applied myapp/canary 5 %, not yet observed");
    assert.equal(said("observed", 15_000), "step 1 of 1 (5 %) bakes for another 45 s");
    const waiting = nextCourse(until(events, "begun"), {
      time: 1,
      type: "window-awaited",
      step: 0,
      until: 9e12,
    });
    assert.match(
      phaseText(waiting ?? assert.fail(), 0),
      /waits for its hours, which begin at 2255-03-14 16:00/,
    );
  });

  it("tells how far a bake has come, and that it is held", async () => {
    const { events } = await courseThrough();
    const course = until(events, "observed");
    assert.deepEqual(bakeAt(course, 15_000), { step: 0, share: 0.25, secondsLeft: 45, held: false });
    assert.deepEqual(bakeAt(course, 61_000), { step: 0, share: 1, secondsLeft: 0, held: true });
    const at = (outcome: "pass" | "fail") =>
      nextCourse(course, {
        time: 60_000,
        type: "judged",
        step: 0,
        verdict: verdict(outcome),
      });
    assert.equal(bakeAt(at("pass") ?? assert.fail(), 61_000)?.held, false);
    assert.equal(bakeAt(at("fail") ?? assert.fail(), 61_000)?.held, true);
    assert.equal(bakeAt(courseThat(events), 61_000), undefined);
  });

  it("goes on after a resume from what was applied, and forgets that it had stopped", async () => {
    const { events } = await courseThrough((it) => {
      it.onEvent = ({ type }) => type === "shifted" && it.stop.abort("stopped by Ctrl-C");
    });
    const stopped = courseThat(events);
    assert.deepEqual(states(stopped), ["current", "ahead"]);
    assert.equal(phaseText(stopped, 0), "stopped: stopped by Ctrl-C");
    const resumed = nextCourse(stopped, { time: 99, type: "resumed", id: "one", applied: { [KEY]: 5 } });
    assert.deepEqual([resumed?.phase.is, resumed?.resumed, resumed?.asked], ["looking", [99], { [KEY]: 5 }]);
  });

  it("leaves the course before an event as it was", async () => {
    const { events } = await courseThrough();
    let course: Course | undefined;
    for (const event of events) {
      const before = JSON.stringify(course);
      const next = nextCourse(course, event);
      assert.equal(JSON.stringify(course), before);
      course = next;
    }
  });
});

describe("times and values", () => {
  for (const [seconds, text] of [
    [0, "0 s"],
    [45, "45 s"],
    [60, "1 min"],
    [250, "4 min 10 s"],
    [7500, "2 h 5 min"],
    [86_400, "1 d"],
  ] as const) {
    it(`has ${seconds} seconds read ${text}`, () => assert.equal(shownDuration(seconds), text));
  }

  it("have four digits and a unit", () => {
    assert.equal(measuredValue(99.98765, { unit: "%" }), "99.99 %");
    assert.equal(measuredValue(3, { unit: "" }), "3");
    assert.equal(measuredValue(undefined, { unit: "ms" }), "no value");
  });
});
