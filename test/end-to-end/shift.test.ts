import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Load } from "../../lab/load/load";
import {
  answers,
  type Counts,
  counts,
  failures,
  type LoadReport,
  settledSince,
  total,
} from "../../lab/load/tally";
import { App } from "./app";
import { origins, THROTTLE_MS } from "./edges";
import { lab } from "./hooks";
import { saveMeasurement } from "./measurement";
import { seeded } from "./random";
import { figures } from "./results";
import { seed, size } from "./tier";

const { shifted: REQUESTS, shiftedRate: RATE } = size;
/** 50 for a million requests. */
const SHIFTS = Math.max(3, Math.min(50, Math.round(REQUESTS / 20_000)));
/** A shift has reached every request after this time. */
const WITHIN_MS = THROTTLE_MS + 1000;
/** Time between shifts, a second of which the split is then counted. */
const BETWEEN_MS = WITHIN_MS + 1000;
const CONNECTIONS = RATE === undefined ? 32 : 8;

/** A weight, and since when it was asked for, when the API server had it, and until when, in milliseconds since the epoch. */
interface Shift {
  readonly weight: number;
  readonly asked: number;
  readonly at: number;
  readonly until: number;
}

describe(`${SHIFTS} random shifts (seed ${seed}) under ${REQUESTS.toLocaleString("en")} requests`, () => {
  let app: App;
  let report: LoadReport;
  const shifts: Shift[] = [];

  before(async function () {
    this.timeout("40m");
    app = await App.deploy(lab(), "shift", ["canaryWeight=0", "canaryReplicas=3"]);
    const begun = Date.now();
    const targets = await origins(lab());
    const options = { connections: CONNECTIONS, seconds: 2000, ...(RATE !== undefined && { rate: RATE }) };
    const load = await Load.start(lab(), { origins: targets, host: app.host, ...options });
    await load.more(1000);
    for (const weight of weights()) {
      const asked = Date.now();
      await app.shift(weight);
      const at = Date.now();
      await sleep(BETWEEN_MS);
      shifts.push({ weight, asked, at, until: Date.now() });
    }
    await lab().until("all requests have ended", () => load.ended >= REQUESTS, 1800);
    report = await load.stop();
    const seconds = (Date.now() - begun) / 1000;
    const sum = total(counts(report));
    figures.requests += sum;
    figures.failed += total(failures(counts(report)));
    console.log(`    ${sum} requests in ${seconds.toFixed(0)} s, ${Math.round(sum / seconds)} a second`);
    saveMeasurement({ shifts, windows: report.windows });
  });

  after(() => app?.remove());

  it("fail no request", () => {
    const counted = counts(report);
    assert.deepEqual(failures(counted), {});
    assert.ok(total(counted) >= REQUESTS);
  });

  it(`are each what is measured within ${WITHIN_MS / 1000} s, the provider's throttle and one more`, () => {
    const delays: number[] = [];
    for (const { weight, at, until } of shifts) {
      const counted = counts(report, at + WITHIN_MS, until);
      assert.ok(total(counted) > 0, `no request ended in the second that ${weight} % is measured in`);
      assert.ok(isSplit(weight, counted), `${weight} %: ${JSON.stringify(counted)}`);
      const windows = report.windows.filter(({ start }) => start >= at && start < until);
      delays.push((settledSince({ windows }, (window) => isSplit(weight, window)) ?? until) - at);
    }
    console.log(`      measured after ${Math.max(...delays)} ms at most`);
  });
});

/** Random weights, each another than the one before, the first another than 0. */
function weights(): number[] {
  const random = seeded(seed);
  let last = 0;
  return Array.from({ length: SHIFTS }, () => {
    last = (last + 1 + random(100)) % 101;
    return last;
  });
}

/**
 * Whether this is the split that the weight asks for. Each of two Traefiks keeps within one of it; and requests end in
 * another order than they began, so that at both ends of the time some that are under way belong to the other side.
 */
function isSplit(weight: number, counted: Counts): boolean {
  const { canary = 0 } = answers(counted);
  return Math.abs(canary - (total(counted) * weight) / 100) <= 2 + CONNECTIONS;
}
