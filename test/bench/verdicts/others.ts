/** Other ways to judge, on the same traffic: what Flagger and Kayenta do, and what could be done at best. */
import { median, probabilityOfChance } from "../../../analysis/statistics";
import { Chance } from "./random";
import type { Run } from "./rollouts";
import { type Scenario, Traffic } from "./traffic";

const STEPS = [1, 5, 25, 50, 100];
const BAKE = 300;

interface Answered {
  readonly requests: number;
  readonly failed: number;
}

/** Goes from step to step until a way of judging says to go back. */
function rolledOut(
  scenario: Scenario,
  seed: number,
  from: number,
  every: number,
  isBad: (canary: Answered, primary: Answered, time: number, isLast: boolean) => boolean,
): Run {
  const traffic = new Traffic(scenario, new Chance(seed), 0);
  let time = 0;
  for (const weight of STEPS.filter((each) => each >= from)) {
    traffic.weight = weight;
    const end = time + BAKE;
    while (time < end) {
      const before = [traffic.totals("canary"), traffic.totals("primary")] as const;
      time = Math.min(end, time + every);
      traffic.until(time);
      const [canary, primary] = (["canary", "primary"] as const).map((variant, i) => {
        const { requests, failed } = traffic.totals(variant);
        return { requests: requests - (before[i]?.requests ?? 0), failed: failed - (before[i]?.failed ?? 0) };
      }) as [Answered, Answered];
      if (isBad(canary, primary, time, time === end))
        return { isBack: true, seconds: time, harmed: traffic.harmed, reason: "" };
    }
  }
  return { isBack: false, seconds: time, harmed: traffic.harmed, reason: "" };
}

const rate = ({ requests, failed }: Answered): number => failed / Math.max(1, requests);

/** Each minute the success rate of the last one against a threshold of 99 %; back at the fifth that is beyond it. */
export function byThreshold(scenario: Scenario, seed: number, from: number): Run {
  let failed = 0;
  return rolledOut(scenario, seed, from, 60, (canary) => {
    if (canary.requests > 0 && rate(canary) > 0.01) failed++;
    return failed >= 5;
  });
}

/** At each step's end a rank test of both variants' error rates, scrape by scrape, at a level of 2 %. */
export function byRanks(scenario: Scenario, seed: number, from: number): Run {
  let [ours, theirs]: number[][] = [[], []] as [number[], number[]];
  return rolledOut(scenario, seed, from, scenario.scrapeSeconds ?? 15, (canary, primary, _time, isLast) => {
    if (canary.requests > 0) ours = [...(ours ?? []), rate(canary)];
    if (primary.requests > 0) theirs = [...(theirs ?? []), rate(primary)];
    if (!isLast) return false;
    const [a, b] = [ours ?? [], theirs ?? []];
    [ours, theirs] = [[], []];
    if (a.length < 3 || b.length < 3) return false;
    return probabilityOfChance(a, b, "lower") < 0.02 && median(a) > median(b);
  });
}

/** A sequential test that knows both rates beforehand, and is looked at after every scrape: nobody can do better. */
export function byBoth(scenario: Scenario, seed: number, from: number): Run {
  let evidence = 0;
  return rolledOut(
    scenario,
    seed,
    from,
    scenario.scrapeSeconds ?? 15,
    ({ requests, failed }, _primary, time) => {
      const [own, other] = [scenario.canary.errors(time - 1), scenario.primary.errors(time - 1)];
      if (own > other) {
        const well = requests - failed;
        evidence += failed * Math.log(own / other) + (own < 1 ? well * Math.log((1 - own) / (1 - other)) : 0);
        if (own >= 1 && well > 0) evidence = 0;
      }
      return evidence >= Math.log(20);
    },
  );
}
