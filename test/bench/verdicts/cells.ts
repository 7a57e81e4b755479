/** The troubles that verdicts are tried on. */
import type { Chance } from "./random";
import type { Behaviour, Scenario } from "./traffic";

export interface Cell {
  readonly name: string;
  /** Whether the canary is the primary's equal, so that taking it back is a false alarm. */
  readonly isHealthy: boolean;
  /** Weight of the first step; default 1. */
  readonly from?: number;
  scenario(chance: Chance): Scenario;
}

type Course = (time: number) => number;
const always =
  (share: number): Course =>
  () =>
    share;
/** Errors of a primary that is well. */
const BASE = 0.001;

/** Bursts that begin at random, one after the other. */
function bursts(chance: Chance, every: number, length: number, high: number, low = BASE): Course {
  const begins: number[] = [];
  let at = -3700;
  while (at < 15_000) {
    at += length - every * Math.log(1 - chance.uniform());
    begins.push(at);
  }
  let near = 0;
  return (time) => {
    while ((begins[near] ?? Infinity) < time - length) near++;
    while (near > 0 && (begins[near - 1] ?? 0) >= time - length) near--;
    return (begins[near] ?? Infinity) <= time ? high : low;
  };
}

/** A level that wanders, of which two values of a minute's distance still have much in common. */
function wandering(chance: Chance, mean: number, spread: number): Course {
  const keep = 0.9;
  const levels: number[] = [];
  for (let level = 0, at = -3700; at < 15_000; at += 15) {
    level = keep * level + Math.sqrt(1 - keep ** 2) * chance.normal();
    levels.push(mean * Math.exp(spread * level - spread ** 2 / 2));
  }
  return (time) => Math.min(0.9, levels[Math.floor((time + 3700) / 15)] ?? mean);
}

const meanOf =
  (courses: readonly Course[]): Course =>
  (time) =>
    courses.reduce((sum, each) => sum + each(time), 0) / courses.length;

/** Both the same. */
const same = (errors: Course, more: Partial<Behaviour> = {}, change: Partial<Scenario> = {}): Scenario => ({
  rate: 100,
  primary: { errors, ...more },
  canary: { errors, ...more },
  ...change,
});

const worse = (by: number, change: Partial<Scenario> = {}): Scenario => ({
  rate: 100,
  primary: { errors: always(BASE) },
  canary: { errors: always(Math.min(1, BASE + by)) },
  ...change,
});

const healthy = (name: string, scenario: Cell["scenario"], from?: number): Cell => ({
  name,
  isHealthy: true,
  scenario,
  ...(from && { from }),
});
const broken = (name: string, scenario: Cell["scenario"], from?: number): Cell => ({
  name,
  isHealthy: false,
  scenario,
  ...(from && { from }),
});

const drift: Course = (time) => BASE + 0.03 * Math.min(1, Math.max(0, time) / 1500);
const often: Course = (time) => ((time + 25) % 60 < 10 ? 1 : BASE);

export const cells: readonly Cell[] = [
  ...[0, 0.1, 0.5, 1, 2, 5].map((percent) =>
    healthy(`both ${percent} % errors, 100/s`, () => same(always(percent / 100))),
  ),
  healthy("both 0.5 % errors, 10/s", () => same(always(0.005), {}, { rate: 10 })),
  healthy("both 0.5 % errors, 1000/s", () => same(always(0.005), {}, { rate: 1000 })),
  healthy("both 0.1 % errors, 1/s", () => same(always(BASE), {}, { rate: 1 })),
  healthy("both 0.1 % errors, 1/s, from 25 %", () => same(always(BASE), {}, { rate: 1 }), 25),
  healthy("shared bursts", (chance) => same(bursts(chance, 180, 20, 0.2), {}, { grain: 1 })),
  healthy("shared bursts, rare and long", (chance) => same(bursts(chance, 900, 90, 0.4), {}, { grain: 1 })),
  healthy("own bursts of pods, 9 and 1", (chance) => ({
    rate: 100,
    grain: 1,
    primary: { errors: meanOf(Array.from({ length: 9 }, () => bursts(chance, 300, 15, 0.3))) },
    canary: { errors: bursts(chance, 300, 15, 0.3) },
  })),
  healthy("own bursts of both", (chance) => ({
    rate: 100,
    grain: 1,
    primary: { errors: bursts(chance, 240, 10, 0.1) },
    canary: { errors: bursts(chance, 240, 10, 0.1) },
  })),
  healthy("errors five at once, 0.1 %", () => same(always(BASE), { together: 5 })),
  healthy("errors five at once, 1 %", () => same(always(0.01), { together: 5 })),
  healthy("shared level that wanders", (chance) => same(wandering(chance, 0.005, 0.8), {}, { grain: 15 })),
  healthy("own levels that wander", (chance) => ({
    rate: 100,
    grain: 15,
    primary: { errors: wandering(chance, 0.005, 0.5) },
    canary: { errors: wandering(chance, 0.005, 0.5) },
  })),
  healthy("shared drift to 3 %", () => same(drift, {}, { grain: 5 })),
  healthy("canary cold for a minute", () => ({
    ...same(always(BASE)),
    grain: 5,
    canary: { errors: always(BASE), slow: (time) => (time < 60 ? 3 : 1) },
  })),
  healthy("Traefik restarts, scrapes missed, series ever new", () =>
    same(always(0.005), {}, { restarts: 300, missed: 0.1, isNewCode: true }),
  ),
  healthy("both 2 % answers 404", () => same(always(BASE), { missing: 0.02 })),
  healthy("+0.1 %, which is tolerable", () => worse(0.001)),
  broken("+0.5 % errors, 100/s", () => worse(0.005)),
  broken("+0.5 % errors, 10/s", () => worse(0.005, { rate: 10 })),
  broken("+1 % errors, 100/s", () => worse(0.01)),
  broken("+5 % errors, 100/s", () => worse(0.05)),
  broken("100 % errors, 100/s", () => worse(1)),
  broken("100 % errors, 100/s, scrapes of 60 s", () => worse(1, { scrapeSeconds: 60 })),
  broken("100 % errors, 1/s", () => worse(1, { rate: 1 })),
  broken("100 % errors for 10 s each minute", () => ({ ...worse(0), grain: 1, canary: { errors: often } })),
  broken("leak: 0 to 5 % in ten minutes", () => ({
    ...worse(0),
    grain: 5,
    canary: { errors: (time) => BASE + 0.05 * Math.min(1, Math.max(0, time) / 600) },
  })),
  broken("Traefik restarts, series ever new: +5 %", () =>
    worse(0.05, { restarts: 300, missed: 0.1, isNewCode: true }),
  ),
  broken("p90 30 % slower", () => ({ ...worse(0), canary: { errors: always(BASE), slow: always(1.3) } })),
  broken("p99 alone: 3 % take ten times as long", () => ({
    ...worse(0),
    canary: { errors: always(BASE), tail: 0.03 },
  })),
  broken("50 % answers 404", () => ({ ...worse(0), canary: { errors: always(BASE), missing: 0.5 } })),
];
