/** What simulated rollouts came to, as a page. */
import type { Cell } from "./cells";

export interface Summary {
  readonly runs: number;
  /** Rollouts that went back. */
  readonly back: number;
  /** Users who met a failure that the primary would not have given them, on average. */
  readonly harmed: number;
  /** Of nine in ten that went back, and that went through: seconds. */
  readonly backSeconds?: number;
  readonly throughSeconds?: number;
}

export interface Measured {
  readonly ours: Summary;
  readonly threshold: Summary;
  readonly ranks: Summary;
  readonly bound?: Summary;
}

export type Results = Readonly<Record<string, Measured>>;

/** The upper end of the 95 % interval of a share, in percent: Clopper and Pearson. */
export function atMost(hits: number, runs: number): number {
  if (hits >= runs) return 100;
  let [low, high] = [hits / runs, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (upTo(hits, runs, middle) > 0.025) low = middle;
    else high = middle;
  }
  return 100 * high;
}

/** Probability of no more than so many hits. */
function upTo(hits: number, runs: number, share: number): number {
  let logTerm = runs * Math.log1p(-share);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= hits; k++) {
    logTerm += Math.log((runs - k + 1) / k) + Math.log(share / (1 - share));
    sum += Math.exp(logTerm);
  }
  return sum;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
const digits = (value: number): string =>
  value < 10 ? String(Number(value.toPrecision(2))) : Math.round(value).toLocaleString("en-US");

export function page(cells: readonly Cell[], results: Results): string {
  const rows = (isHealthy: boolean, row: (name: string, measured: Measured) => string): string =>
    cells
      .filter((cell) => cell.isHealthy === isHealthy)
      .flatMap(({ name }) => {
        const found = results[name];
        return found === undefined ? [] : [row(name, found)];
      })
      .join("\n");
  const back = ({ back, runs }: Summary): string => percent(back / runs);
  const bad = ({ back, runs, harmed, backSeconds }: Summary): string =>
    `${percent(1 - back / runs)} / ${digits(harmed)}${backSeconds === undefined ? "" : ` / ${backSeconds} s`}`;
  return `# Verdicts, simulated

How often a rollout takes a healthy canary back, and how many users a bad one reaches. \`npm run bench:verdicts\` makes this page:
simulated users, a Traefik and a Prometheus that scrapes it every 15 seconds, and between them the machine, the analysis and the Prometheus
reader that \`canary rollout\` runs. Settings are those of [analysis](analysis.md): a success rate with a threshold of 99 % and \`minEffectPercent\` 0.5,
latency p90 by 20 %, answers 4xx as by default, steps of 1, 5, 25, 50 and 100 % of 300 s, \`falseAlarm\` 5 %. Each rollout has a seed of its own, and there is
an hour of traffic before it. Errors of the primary are 0.1 % where nothing else is said.

Beside it, on the same traffic of up to 500 rollouts:

- *by threshold*, as Flagger judges: the success rate of the last minute against 99 %, back at the fifth failure;
- *by ranks*, as Kayenta does: at each step's end a rank test of both error rates, scrape by scrape, at 2 %;
- *bound*: a sequential test at 5 % that knows both error rates beforehand. Nobody can do better.

## Healthy canaries

Taken back; in brackets the upper end of the 95 % interval. *Through*: nine in ten took no longer.

| both variants are the same | rollouts | taken back | through | by threshold | by ranks |
|---|---|---|---|---|---|
${rows(true, (name, { ours, threshold, ranks }) => {
  const most = Number(atMost(ours.back, ours.runs).toPrecision(2));
  const through = ours.throughSeconds === undefined ? "" : `${Math.round(ours.throughSeconds / 60)} min`;
  return `| ${name} | ${ours.runs} | ${back(ours)} (${most} %) | ${through} | ${back(threshold)} | ${back(ranks)} |`;
})}

## Bad canaries

Missed / harmed / seconds. *Harmed* are users who met a failure that the primary would not have given them, on average of all rollouts; nine in ten
that went back took no longer than so many seconds.

| the canary | rollouts | canary rollout | by threshold | by ranks | bound |
|---|---|---|---|---|---|
${rows(false, (name, { ours, threshold, ranks, bound }) => {
  // It knows steady rates of errors, and nothing of latency or 404.
  const best = bound === undefined || bound.back < bound.runs / 2 ? "" : bad(bound);
  return `| ${name} | ${ours.runs} | ${bad(ours)} | ${bad(threshold)} | ${bad(ranks)} | ${best} |`;
})}

## What is not in it

Users who come back after a failure, routers that split by client, and more than one Traefik. A canary that is as bad as a primary's worst minute
is told from it only after more than one such minute. At weight 100 there is nothing to compare with: there a canary is held to the threshold and
to the primary's worst minute of the last hour. Errors that come from one user of many requests count as many.
`;
}
