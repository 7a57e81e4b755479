/** Every effect of a rollout, made to fail in every way, twice: beside a failing canary and beside a healthy one. */
import assert from "node:assert/strict";
import type { Ended } from "../../../rollout/machine/world";
import { type Scene, scene, steps, verdict } from "./world";

const KEY = "myapp/canary";
/** The canary has 5 % from the first step on, and begins to fail, if it does, during that step's bake. */
const FAULT_FROM_MS = 10_000;

/** How an effect goes wrong. */
const WAYS = {
  throws: () => {
    throw new Error("it broke");
  },
  "throws what is no error": () => {
    throw "a text";
  },
  "fills the disk": () => {
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  },
  hangs: () => new Promise<never>(() => {}),
} as const;
type Way = keyof typeof WAYS;

interface Fault {
  /** Puts it into a rollout, from the time at which the canary has users. */
  readonly into: (it: Scene, way: Way) => void;
  readonly ways: readonly Way[];
  /** What is beside a healthy canary: `ends` where the rollout reaches its end all the same, `holds` where it waits. */
  readonly healthy: "ends" | "holds";
}

const ALL: readonly Way[] = ["throws", "throws what is no error", "fills the disk", "hangs"];
/** A call that never comes back stops a process of one thread. */
const WITHOUT_HANGING = ALL.filter((way) => way !== "hangs");

const isLate = (it: Scene): boolean => it.clock.elapsed() >= FAULT_FROM_MS;

const ofShifter =
  (call: string): Fault["into"] =>
  (it, way) => {
    it.shifter.before = async (made) => {
      if (made === call && isLate(it)) await WAYS[way]();
    };
  };

const FAULTS: Readonly<Record<string, Fault>> = {
  "the journal": {
    into: (it, way) => {
      it.onEvent = () => void (isLate(it) && WAYS[way]());
    },
    ways: WITHOUT_HANGING,
    healthy: "ends",
  },
  "the state": { into: ofShifter("applied"), ways: ALL, healthy: "holds" },
  "the cluster's answers": { into: ofShifter("observed"), ways: ALL, healthy: "holds" },
  "the preview": { into: ofShifter("preview"), ways: ALL, healthy: "holds" },
  "the stack file": { into: ofShifter("changedByHand"), ways: ALL, healthy: "holds" },
  "the Services": { into: ofShifter("missing"), ways: ALL, healthy: "holds" },
  "the update": { into: ofShifter("apply"), ways: ALL, healthy: "holds" },
};

/** Judged once in 30 s, back after three failures: when the same rollout without a fault is back, and some time for retries. */
const LATE_MS = 120_000;

async function ended(it: Scene): Promise<Ended> {
  const { outcome, reason } = await it.run();
  return { outcome, reason };
}

describe("a rollout in which something fails beside the canary", function () {
  this.timeout(60_000);
  let backWithoutFault: number;

  before(async () => {
    const it = scene();
    it.judge = () => "fail";
    assert.equal((await ended(it)).outcome, "rolled-back");
    backWithoutFault = it.clock.elapsed();
  });

  for (const [effect, { into, ways, healthy }] of Object.entries(FAULTS)) {
    for (const way of ways) {
      it(`takes a failing canary back in time where ${effect} ${way}`, async () => {
        const it = scene();
        it.judge = () => "fail";
        into(it, way);
        await ended(it);
        assert.deepEqual(it.shifter.weights, { [KEY]: 0 });
        const late = it.clock.elapsed() - backWithoutFault;
        assert.ok(late <= LATE_MS, `${late} ms later than without the fault`);
      });

      it(`never takes a healthy canary back for it while ${effect} ${way} for a while`, async () => {
        const it = scene();
        into(it, way);
        const mended = it.shifter.before;
        // Somebody mends it after ten minutes.
        it.shifter.before = async (call) => {
          if (it.clock.elapsed() < 600_000) await mended(call);
        };
        const { outcome, reason } = await ended(it);
        assert.equal(outcome, "done", reason);
        assert.deepEqual(it.shifter.weights, { [KEY]: 100 });
        if (healthy === "ends") assert.ok(it.clock.elapsed() < 300_000);
      });

      if (healthy === "holds") {
        it(`takes a canary back that can't be judged for too long where ${effect} ${way} for good`, async () => {
          const it = scene({ maxHoldSeconds: 900 });
          into(it, way);
          const { reason } = await ended(it);
          assert.deepEqual(it.shifter.weights, { [KEY]: 0 }, reason);
        });
      }
    }
  }

  describe("while a Service that somebody else makes is not there", () => {
    const GONE = ["Service web/shop-next of shop's canary is not there"];

    it("begins nothing", async () => {
      const it = scene();
      it.shifter.missingServices = () => GONE;
      assert.deepEqual(await ended(it), { outcome: "stopped", reason: GONE[0] });
      assert.deepEqual(it.shifter.calls, []);
    });

    it("takes a failing canary back, and keeps a healthy one until the Service is back", async () => {
      const gone = (it: Scene) => (): readonly string[] =>
        isLate(it) && it.clock.elapsed() < 600_000 ? GONE : [];
      const failing = scene();
      failing.judge = () => "fail";
      failing.shifter.missingServices = gone(failing);
      await ended(failing);
      assert.deepEqual(failing.shifter.weights, { [KEY]: 0 });
      const healthy = scene();
      healthy.shifter.missingServices = gone(healthy);
      assert.equal((await ended(healthy)).outcome, "done");
      assert.deepEqual(healthy.shifter.weights, { [KEY]: 100 });
    });
  });

  it("goes back when it is aborted, though an update neither ends nor heeds that", async () => {
    const it = scene();
    it.shifter.onApply = () => {
      it.abort.abort("aborted by ann");
      return new Promise(() => {});
    };
    assert.deepEqual(await ended(it), { outcome: "rolled-back", reason: "aborted by ann" });
    assert.ok(it.clock.elapsed() <= 60_000, `${it.clock.elapsed()} ms`);
  });

  describe("in its sources", () => {
    const SAMPLES = Array.from({ length: 200_000 }, () => 1);
    const broken: Readonly<Record<string, () => unknown>> = {
      ...WAYS,
      "answer with nothing": () => undefined,
      "answer with a text": () => "pass",
      "answer with no metrics": () => ({ outcome: "pass" }),
      "break the reader": () => Math.max(...SAMPLES, ...SAMPLES, ...SAMPLES),
    };

    for (const [way, answer] of Object.entries(broken)) {
      it(`holds while they ${way}, and goes on once they are back`, async () => {
        const it = scene({ steps: steps(5) });
        it.analysis = async (bake) =>
          it.clock.elapsed() < 600_000 ? (answer() as never) : verdict("pass", bake.to);
        const { outcome, reason } = await ended(it);
        assert.equal(outcome, "done", reason);
        assert.deepEqual(it.shifter.calls, [`apply {"${KEY}":5}`]);
      });

      it(`goes back where they ${way} for good`, async () => {
        const it = scene({ steps: steps(5), maxHoldSeconds: 1200 });
        it.analysis = async () => answer() as never;
        const { outcome, reason } = await ended(it);
        assert.equal(outcome, "rolled-back");
        assert.match(reason, /^held for \d+ s: myapp\/canary analysis: not judged: /);
        assert.deepEqual(it.shifter.weights, { [KEY]: 0 });
      });
    }
  });

  describe("in its approvals", () => {
    const gated = () => scene({ steps: [...steps(5), { weight: 100, bakeSeconds: 60, approval: true }] });
    for (const way of ALL) {
      it(`takes a failing canary back where they ${way}`, async () => {
        const it = gated();
        it.decide = async () => WAYS[way]();
        it.judge = ({ to }) => (to > 300_000 ? "fail" : "pass");
        assert.equal((await ended(it)).outcome, "rolled-back");
      });
    }

    it("waits on where an answer can't be read", async () => {
      const it = gated();
      let asked = 0;
      it.decide = async () => (++asked < 3 ? (undefined as never) : { decision: "approve", by: "ann" });
      assert.equal((await ended(it)).outcome, "done");
    });
  });

  describe("in its way back", () => {
    for (const call of ["recover", "rollBack", "observed"]) {
      for (const way of ALL) {
        it(`gets there where ${call} ${way} at first`, async () => {
          const it = scene();
          it.judge = () => "fail";
          let times = 0;
          const fails = async (): Promise<void> => {
            if (isLate(it) && ++times <= 2) await WAYS[way]();
          };
          if (call === "recover") it.shifter.recover = fails;
          else it.shifter.before = async (made) => void (made === call && (await fails()));
          await ended(it);
          assert.deepEqual(it.shifter.weights, { [KEY]: 0 });
        });
      }
    }
  });

  for (const way of ALL) {
    it(`goes back though recover ${way} for good`, async () => {
      const it = scene();
      it.judge = () => "fail";
      it.shifter.recover = async () => {
        if (isLate(it)) await WAYS[way]();
      };
      assert.equal((await ended(it)).outcome, "rolled-back");
      assert.ok(it.clock.elapsed() <= backWithoutFault + LATE_MS);
    });
  }

  describe("in the clock", () => {
    for (const jump of [3_600_000, -3_600_000]) {
      it(`bakes for its time though the clock is set by ${jump / 60_000} minutes meanwhile`, async () => {
        const it = scene({ steps: steps(5) });
        const windows: number[] = [];
        it.judge = ({ from, to }) => {
          windows.push(to - from);
          it.clock.set = jump;
          return "pass";
        };
        assert.equal((await ended(it)).outcome, "done");
        assert.ok(it.clock.elapsed() >= 60_000 && it.clock.elapsed() < 120_000, `${it.clock.elapsed()} ms`);
        assert.deepEqual(windows, [30_000, 60_000]);
      });
    }

    it("takes a failing canary back though the clock is set back with every judgement", async () => {
      const it = scene();
      it.judge = () => {
        it.clock.set -= 600_000;
        return "fail";
      };
      assert.equal((await ended(it)).outcome, "rolled-back");
      assert.ok(it.clock.elapsed() <= backWithoutFault + 1000);
    });
  });
});
