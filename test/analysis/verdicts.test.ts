/** A small part of the simulation behind docs/verdict.md, on traffic that is the same every time. */
import assert from "node:assert/strict";
import { cells } from "../bench/verdicts/cells";
import { byBoth } from "../bench/verdicts/others";
import { Chance } from "../bench/verdicts/random";
import { type Run, rolledOut } from "../bench/verdicts/rollouts";
import { atMost } from "../bench/verdicts/table";

async function runsOf(name: string, seed: number, count = 3): Promise<{ runs: Run[]; bound: number }> {
  const cell = cells.find((each) => each.name === name) ?? assert.fail(name);
  const seeds = Array.from({ length: count }, (_, i) => seed + i);
  const runs: Run[] = [];
  for (const each of seeds) runs.push(await rolledOut(cell.scenario(new Chance(each)), each, cell.from));
  const best = seeds.map((each) => byBoth(cell.scenario(new Chance(each)), each, cell.from ?? 1).harmed);
  return { runs, bound: best.reduce((sum, harmed) => sum + harmed, 0) / count };
}

const harmed = (runs: readonly Run[]): number => runs.reduce((sum, run) => sum + run.harmed, 0) / runs.length;

describe("A simulated rollout", () => {
  for (const name of [
    "both 1 % errors, 100/s",
    "errors five at once, 1 %",
    "shared bursts",
    "canary cold for a minute",
  ]) {
    it(`takes no healthy canary back: ${name}`, async () => {
      const { runs } = await runsOf(name, 4100);
      assert.deepEqual(
        runs.filter(({ isBack }) => isBack),
        [],
      );
      assert.ok(runs.every(({ seconds }) => seconds < 2400));
    });
  }

  for (const [name, times, seconds] of [
    ["+1 % errors, 100/s", 4, 1500],
    ["100 % errors, 100/s", 4, 50],
    ["100 % errors, 100/s, scrapes of 60 s", 4, 185],
    ["Traefik restarts, series ever new: +5 %", 5, 900],
  ] as const) {
    it(`takes a bad one back in time, and harms few: ${name}`, async () => {
      const { runs, bound } = await runsOf(name, 4200, 15);
      assert.ok(
        runs.every((run) => run.isBack && run.seconds <= seconds),
        JSON.stringify(runs),
      );
      assert.ok(harmed(runs) <= times * bound, `${harmed(runs)}, not ${times} times ${bound}`);
    });
  }

  it("of a wholly broken canary with a request in a hundred seconds ends after a handful of users", async () => {
    const { runs } = await runsOf("100 % errors, 1/s", 4300);
    assert.ok(runs.every(({ isBack }) => isBack));
    assert.ok(harmed(runs) <= 5, String(harmed(runs)));
  });

  it("is told with the upper end of an interval of 95 %", () => {
    assert.ok(Math.abs(atMost(0, 2000) - 0.1843) < 0.001);
    assert.ok(Math.abs(atMost(11, 2000) - 0.982) < 0.01);
  });
}).timeout(60_000);
