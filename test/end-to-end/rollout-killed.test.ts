import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { interrupted } from "../../rollout/machine/resume";
import { sidesOf } from "../rollout/machine/sides";
import { lab } from "./hooks";
import { seeded } from "./random";
import { figures } from "./results";
import { RolloutProject } from "./rollout-project";
import { size } from "./tier";

const APP = "killed";
const ROLLOUT = { steps: [25, 50, 100], bakeSeconds: 1, analysis: { intervalSeconds: 1 } };
/** Times after the begin of an update that meet it at its start, while it runs the program, and about its end. */
const MOMENTS_MS = [200, 1500, 3000] as const;
/** Kills at random moments: less than so many events further, and less than so many milliseconds after. */
const FURTHER = { events: 8, ms: 1500 };
/** Kinds of moments that so many kills meet, by the event that was the last before. */
const KINDS = Math.min(4, Math.ceil(size.kills / 5) + 1);

describe("a rollout by the command line that is killed", () => {
  let project: RolloutProject;

  before(async function () {
    if (lab().attached) this.skip();
    project = await RolloutProject.deployed(lab(), [APP], ROLLOUT);
  });

  afterEach(() => project.restore(ROLLOUT));

  after(() => project?.remove());

  /** Kills a rollout so long after it began its second update. */
  async function killed(afterMs: number): Promise<void> {
    const rollout = project.start("rollout", "--unjudged", "--to", "100");
    await project.until("shifting", 1);
    await sleep(afterMs);
    rollout.signal("SIGKILL");
    await rollout.ended;
  }

  /** Comes so many milliseconds after the journal has so many events; at the latest when no rollout would take that long. */
  async function moment(events: number, ms: number): Promise<undefined> {
    const latest = Date.now() + 60_000;
    while (project.events().length < events && Date.now() < latest) await sleep(20);
    await sleep(ms);
  }

  const isWholeAt = (weight: number) => project.isWholeAt(APP, weight);

  for (const moment of MOMENTS_MS) {
    it(`goes on by --resume after a kill -9, ${moment} ms into an update`, async () => {
      await killed(moment);
      const { code, stdout, stderr } = await project.canary("rollout", "--resume");
      assert.equal(code, 0, stdout + stderr);
      await isWholeAt(100);
    });
  }

  it(`has the route at its old or its new value at ${size.kills} random moments of a kill -9, and a resume gets to the end`, async function () {
    this.timeout("20m");
    const random = seeded(1);
    const seen = new Set<string>();
    let again = ["--unjudged", "--to", "100"];
    for (let killed = 0; killed < size.kills || !seen.has("shifting") || seen.size < KINDS; ) {
      const before = again[0] === "--resume" ? project.events().length : 0;
      const rollout = project.start("rollout", ...again);
      const ended = await Promise.race([
        rollout.ended,
        moment(before + random(FURTHER.events), random(FURTHER.ms)),
      ]);
      if (ended === undefined) rollout.signal("SIGKILL");
      await rollout.ended;
      const [weight, events] = [await project.weight(APP), project.events()];
      const sides = sidesOf(events).map((side) => side[`${APP}/canary`]);
      assert.ok((sides.length === 0 ? [0] : sides).includes(weight), `${weight} is none of ${sides}`);
      if (ended === undefined) {
        killed++;
        figures.kills++;
        seen.add(events.at(-1)?.type ?? "nothing");
      } else {
        assert.equal(ended.code, 0, ended.stdout + ended.stderr);
        await project.restore(ROLLOUT);
      }
      again = interrupted(project.events()) === undefined ? ["--unjudged", "--to", "100"] : ["--resume"];
    }
    console.log(`      after ${[...seen].join(", ")}`);
    const { code, stdout, stderr } = await project.canary("rollout", ...again);
    assert.equal(code, 0, stdout + stderr);
    await isWholeAt(100);
  });

  it("goes back by --resume --rollback after a kill -9", async () => {
    await killed(MOMENTS_MS[1]);
    const { code, stdout, stderr } = await project.canary("rollout", "--resume", "--rollback");
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout, /^story: rolled back: resumed with --rollback$/m);
    await isWholeAt(0);
  });
});
