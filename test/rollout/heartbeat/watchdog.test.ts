import assert from "node:assert/strict";
import fc from "fast-check";
import type { Weights } from "../../../analysis/plan";
import { BEAT_SECONDS, Heartbeat } from "../../../rollout/heartbeat/heartbeat";
import { headTag, partTags, readSign, SIGN_TAG, type Sign } from "../../../rollout/heartbeat/sign";
import {
  DEAD_SECONDS,
  leftBy,
  type Sighting,
  WATCH_SECONDS,
  watch,
} from "../../../rollout/heartbeat/watchdog";
import { say, type TagWord } from "../../../rollout/heartbeat/word";
import { FakeClock, plan, steps } from "../machine/world";
import { sign, TagsInMemory } from "./tags-in-memory";

const NEVER = new AbortController().signal;
const KEY = "myapp/canary";
const HOUR = 3_600_000;

interface Seen {
  readonly tags: TagsInMemory;
  readonly clock?: FakeClock;
  readonly applied?: () => Promise<Weights>;
}

const looked = ({ tags, clock = at(HOUR), applied = async () => ({ [KEY]: 25 }) }: Seen): Promise<Sighting> =>
  watch({ tags, clock, applied, signal: NEVER }, DEAD_SECONDS);

/** A clock that somebody has set to a time. */
function at(milliseconds: number): FakeClock {
  const clock = new FakeClock();
  clock.set = milliseconds;
  return clock;
}

const hangs = () => new Promise(() => {});
const breaks = () => {
  throw new Error("the bucket is gone");
};

describe("the watchdog", () => {
  const table: readonly [string, () => Seen, Sighting["is"], RegExp?][] = [
    ["no rollout ever", () => ({ tags: new TagsInMemory() }), "fine", /^no rollout is under way$/],
    [
      "a fixed weight and other tags",
      () => ({ tags: Object.assign(new TagsInMemory(), { values: { owner: "ann" } }) }),
      "fine",
    ],
    [
      "a sign of a minute ago",
      () => ({ tags: TagsInMemory.of(sign()), clock: at(60_000) }),
      "fine",
      /step 2 of 3$/,
    ],
    ["no sign for an hour", () => ({ tags: TagsInMemory.of(sign()) }), "dead"],
    ["a sign an hour ahead that stays", () => ({ tags: TagsInMemory.of(sign()), clock: at(-HOUR) }), "dead"],
    ...(["done", "rolled-back", "stopped", "by-hand"] as const).map(
      (end): [string, () => Seen, Sighting["is"], RegExp] => [
        `an end, ${end}`,
        () => ({ tags: TagsInMemory.of(sign({ end })) }),
        "fine",
        RegExp(end),
      ],
    ),
    [
      "a rollout that died before the canary had users",
      () => ({ tags: TagsInMemory.of(sign({ step: 1 })), applied: async () => ({ [KEY]: 0 }) }),
      "fine",
    ],
    [
      "a weight that somebody fixed since",
      () => ({ tags: TagsInMemory.of(sign()), applied: async () => ({ [KEY]: 10 }) }),
      "fine",
    ],
    [
      "a canary that is there no more",
      () => ({ tags: TagsInMemory.of(sign()), applied: async () => ({}) }),
      "fine",
    ],
    [
      "a sign that is no JSON",
      () => ({ tags: Object.assign(new TagsInMemory(), { values: { [SIGN_TAG]: "beat" } }) }),
      "unknown",
      /^tag canary-rollout is not as this version/,
    ],
    [
      "a sign of a later version",
      () => {
        const tags = TagsInMemory.of(sign());
        tags.values[SIGN_TAG] = tags.values[SIGN_TAG]?.replace('"version":1', '"version":2') ?? "";
        return { tags };
      },
      "unknown",
    ],
    [
      "canaries of another rollout",
      () => {
        const tags = TagsInMemory.of(sign());
        tags.values[`${SIGN_TAG}-1`] = "other {}";
        return { tags };
      },
      "unknown",
      /canary-rollout-1 is not of the same rollout/,
    ],
    ["tags that can't be read", () => ({ tags: failing("onRead", breaks) }), "unknown", /the bucket is gone/],
    ["tags that hang", () => ({ tags: failing("onRead", hangs) }), "unknown", /within 20 s/],
    ["a state that can't be read", () => ({ tags: TagsInMemory.of(sign()), applied: breaks }), "unknown"],
    [
      "a state that hangs",
      () => ({ tags: TagsInMemory.of(sign()), applied: () => hangs() as Promise<never> }),
      "unknown",
    ],
  ];

  function failing(call: "onRead", how: () => unknown): TagsInMemory {
    const tags = TagsInMemory.of(sign());
    tags[call] = how;
    return tags;
  }

  for (const [title, seen, is, why] of table) {
    it(`finds ${is} where there is ${title}`, async () => {
      const finding = await looked(seen());
      assert.equal(finding.is, is, JSON.stringify(finding));
      if (why !== undefined) assert.match("why" in finding ? finding.why : "", why);
    });
  }

  it("finds dead what goes silent, with what it left, and no sooner than it has looked for a while", async () => {
    const clock = at(HOUR);
    const finding = await looked({ tags: TagsInMemory.of(sign()), clock });
    assert.ok(finding.is === "dead");
    assert.deepEqual([finding.left, finding.sign.by], [{ [KEY]: 25 }, "ann@ci"]);
    assert.ok(clock.elapsed() >= WATCH_SECONDS * 1000);
  });

  for (const set of [-2 * HOUR, 0, 2 * HOUR]) {
    it(`finds a rollout alive that waits for an approval, its clock set by ${set / HOUR} hours`, async () => {
      const [clock, tags] = [new FakeClock(), new TagsInMemory()];
      const theirs = Object.assign(Object.create(clock), { now: () => clock.now() + set });
      const rollout = { id: "f00dcafe-1", plan: plan({ steps: steps(5, 100) }), from: { [KEY]: 0 } };
      const heartbeat = new Heartbeat({ tags, clock: theirs, heed: () => {}, note: assert.fail }, rollout, {
        at: "shift",
        step: 0,
      });
      heartbeat.hear({ time: 0, type: "shifting", step: 0, weights: { [KEY]: 5 }, message: "" });
      heartbeat.hear({ time: 0, type: "approval-awaited", step: 1 });
      await clock.sleep(24 * HOUR, NEVER);
      assert.equal((await looked({ tags, clock, applied: async () => ({ [KEY]: 5 }) })).is, "fine");
      heartbeat.hear({ time: 0, type: "ended", outcome: "done", reason: "" });
      await heartbeat.end();
      await clock.sleep(HOUR, NEVER);
      assert.match(JSON.stringify(await looked({ tags, clock })), /the last one is done/);
    });
  }

  it("hears a word from another machine once, and none that is another rollout's", async () => {
    const [clock, tags] = [new FakeClock(), new TagsInMemory()];
    const rollout = { id: "f00dcafe-1", plan: plan(), from: { [KEY]: 0 } };
    const heard: string[] = [];
    const heed = ({ decision, by }: TagWord): void => void heard.push(`${decision} ${by}`);
    const heartbeat = new Heartbeat({ tags, clock, heed, note: assert.fail }, rollout, {
      at: "bake",
      step: 0,
    });
    await clock.sleep(BEAT_SECONDS * 1000, NEVER);
    const theirs = readSign(tags.values);
    assert.ok(theirs !== undefined);
    await say({ ...theirs, id: "another1" }, { decision: "abort", by: "ann@ci", at: 1 }, tags, NEVER);
    await clock.sleep(2 * BEAT_SECONDS * 1000, NEVER);
    await say(theirs, { decision: "pause", by: "änn@ci", at: 2 }, tags, NEVER);
    await clock.sleep(3 * BEAT_SECONDS * 1000, NEVER);
    await say(theirs, { decision: "resume", by: "ben@ci", at: 3 }, tags, NEVER);
    await clock.sleep(2 * BEAT_SECONDS * 1000, NEVER);
    tags.values["canary-word"] = "nonsense";
    await clock.sleep(2 * BEAT_SECONDS * 1000, NEVER);
    await heartbeat.end();
    assert.deepEqual(heard, ["pause ?nn@ci", "resume ben@ci"]);
  });

  it("finds a rollout alive whose beats come late once, and dead once they stay away", async () => {
    const [clock, tags] = [new FakeClock(), new TagsInMemory()];
    const rollout = { id: "1", plan: plan(), from: { [KEY]: 0 } };
    const lines: string[] = [];
    const note = (line: string) => void lines.push(line);
    const heartbeat = new Heartbeat({ tags, clock, heed: () => {}, note }, rollout, { at: "bake", step: 0 });
    await clock.sleep(60_000, NEVER);
    tags.onSet = hangs;
    const applied = async () => ({ [KEY]: 5 });
    await clock.sleep(120_000, NEVER);
    assert.equal((await looked({ tags, clock, applied })).is, "fine");
    await clock.sleep(600_000, NEVER);
    const finding = await looked({ tags, clock, applied });
    assert.equal(finding.is, "dead");
    await heartbeat.end();
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /heartbeat can't be written .* within 20 s\): going on without/);
  });
});

describe("what a rollout left that died", () => {
  it("is a weight of a step about its last beat, and never one that was there before or that somebody fixed", () => {
    const cases: readonly [Partial<Sign>, number, number, boolean][] = [
      // from, applied
      [{}, 0, 25, true],
      [{}, 0, 5, true],
      // The next step was taken just before it died.
      [{}, 0, 100, true],
      [{ step: 1 }, 0, 100, false],
      [{}, 0, 10, false],
      [{}, 25, 25, false],
      [{ step: 1 }, 10, 10, false],
      [{ isBack: true, step: 1 }, 0, 100, true],
      [{ isBack: true, step: 3 }, 0, 50, true],
      [{ step: 3 }, 0, 50, false],
    ];
    for (const [change, before, applied, isLeft] of cases) {
      const left = leftBy(sign(change, { [KEY]: before }), { [KEY]: applied, "shop/canary": 25 });
      assert.deepEqual(left, isLeft ? { [KEY]: applied } : {}, JSON.stringify([change, before, applied]));
    }
  });
});

describe("a rollout's sign", () => {
  const weight = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/);
  const key = fc.tuple(name, name).map(([app, canary]) => `${app}/${canary}`);
  const signs = fc.record({
    id: fc.stringMatching(/^[0-9a-f]{8}$/),
    beat: fc.integer({ min: 0, max: 1_000_000_000 }),
    step: fc.integer({ min: 1, max: 50 }),
    isBack: fc.boolean(),
    by: fc.string({ unit: "binary", maxLength: 300 }),
    from: fc.dictionary(key, weight, { maxKeys: 60 }),
    steps: fc.array(weight, { maxLength: 50 }),
  });

  it("comes back from tags that Pulumi Cloud takes, whatever is in it", () => {
    fc.assert(
      fc.property(signs, ({ from, steps, ...rest }) => {
        const given: Sign = { ...rest, at: new Date(0).toISOString(), course: { from, steps } };
        const tags = [...partTags(given), headTag(given)];
        for (const [tag, value] of tags) {
          assert.match(tag, /^[a-zA-Z0-9-_.:]{1,40}$/);
          assert.ok(Buffer.byteLength(value) <= 256, value);
        }
        const { by, course, ...read } = readSign(Object.fromEntries(tags)) ?? assert.fail();
        const { by: _by, course: _course, ...asked } = given;
        assert.deepEqual(read, asked);
        assert.deepEqual(JSON.stringify(course), JSON.stringify(given.course));
        assert.match(by, /^[\x21-\x7e]*$/);
      }),
    );
  });
});
