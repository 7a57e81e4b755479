import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Counter,
  type Increment,
  intervalsOf,
  nextScrape,
  ofBuckets,
  ofCounters,
  scrapeInterval,
  scrapesOf,
} from "../../../analysis/sources/counters";

const counter = (labels: Record<string, string>, samples: [number, number][]): Counter => ({
  labels: { job: "traefik", instance: "a", ...labels },
  samples: samples.map(([seconds, value]) => [seconds * 1000, value]),
});
const isBad = ({ labels }: Counter) => ({ isRequest: true, isBad: labels.code === "500" });
const counted = (counters: readonly Counter[], after = 0): Increment[] =>
  ofCounters(counters, scrapesOf(counters), after * 1000, isBad);
const totals = (increments: readonly Increment[]) => ({
  requests: increments.reduce((sum, { requests }) => sum + requests, 0),
  bad: increments.reduce((sum, { bad: [bad = 0] }) => sum + bad, 0),
});

describe("Increments of counters", () => {
  it("are all that was counted between any two scrapes after a time, none left out", () => {
    const ok = counter({ code: "200" }, [
      [0, 100],
      [15, 110],
      [30, 125],
      [45, 125],
    ]);
    assert.deepEqual(counted([ok], 15), [
      { time: 30_000, requests: 15, bad: [0] },
      { time: 45_000, requests: 0, bad: [0] },
    ]);
  });

  it("of a series that is new where its target was scraped before are from 0 on", () => {
    const ok = counter({ code: "200" }, [
      [0, 100],
      [15, 110],
    ]);
    const failed = counter({ code: "500" }, [[15, 7]]);
    assert.deepEqual(totals(counted([ok, failed])), { requests: 17, bad: 7 });
  });

  it("of a target that is new begin with its second scrape: nobody knows when the first was counted", () => {
    const failed = counter({ code: "500", instance: "b" }, [
      [15, 700],
      [30, 702],
    ]);
    assert.deepEqual(totals(counted([failed])), { requests: 2, bad: 2 });
  });

  it("after a counter began anew are what it has since", () => {
    const failed = counter({ code: "500" }, [
      [0, 900],
      [15, 3],
      [30, 4],
    ]);
    assert.deepEqual(totals(counted([failed])), { requests: 4, bad: 4 });
  });

  it("over a scrape that was missed are in the interval in which it was made good", () => {
    const ok = counter({ code: "200" }, [
      [0, 100],
      [45, 130],
    ]);
    assert.deepEqual(counted([ok]), [{ time: 45_000, requests: 30, bad: [0] }]);
  });

  it("add up to what was counted, whatever scrapes are missed and wherever one begins to ask", () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(gaps, fc.nat(30), (scrapes, split) => {
        let value = 0;
        const samples = scrapes.flatMap(([more, isMissed], i): [number, number][] => {
          value += more;
          return isMissed && i > 0 && i < scrapes.length - 1 ? [] : [[15 * i, value]];
        });
        const series = [counter({ code: "500" }, samples)];
        const all = totals(counted(series, -1)).bad;
        assert.equal(all, value - (scrapes[0]?.[0] ?? 0));
        const cut = counted(series, -1).filter(({ time }) => time <= split * 15_000);
        assert.equal(totals(cut).bad + totals(counted(series, split * 15)).bad, all);
      }),
    );
  });

  it("are put into the same intervals for targets that are scraped at other times", () => {
    const increments = [
      { time: 16_000, requests: 5, bad: [1] },
      { time: 29_000, requests: 7, bad: [0] },
      { time: 31_000, requests: 1, bad: [1] },
    ];
    assert.deepEqual(intervalsOf(increments, 15_000), [
      { time: 30_000, requests: 12, bad: [1] },
      { time: 45_000, requests: 1, bad: [1] },
    ]);
  });
});

describe("Increments of histograms", () => {
  const bucket = (le: string, samples: [number, number][]) => counter({ le, code: "200" }, samples);

  it("are the requests beyond each bound", () => {
    const buckets = [
      bucket("0.1", [
        [0, 10],
        [15, 18],
      ]),
      bucket("+Inf", [
        [0, 12],
        [15, 24],
      ]),
      bucket("0.3", [
        [0, 11],
        [15, 21],
      ]),
    ];
    assert.deepEqual(ofBuckets(buckets, scrapesOf(buckets), 0), {
      bounds: [0.1, 0.3],
      increments: [{ time: 15_000, requests: 12, bad: [4, 2] }],
    });
  });

  it("began anew as a whole where one of their buckets did", () => {
    const buckets = [
      bucket("0.1", [
        [0, 2],
        [15, 4],
      ]),
      bucket("+Inf", [
        [0, 9],
        [15, 5],
      ]),
    ];
    assert.deepEqual(ofBuckets(buckets, scrapesOf(buckets), 0).increments, [
      { time: 15_000, requests: 5, bad: [1] },
    ]);
  });
});

describe("The interval of scrapes", () => {
  const scraped = (...times: number[]) => new Map([["a", times.map((seconds) => seconds * 1000)]]);

  it("is read from the samples, though some are missing", () => {
    assert.equal(scrapeInterval(scraped(0, 60, 120, 240, 300.02)), 60_000);
    assert.equal(scrapeInterval(scraped(0)), undefined);
  });

  it("says when there is more to see: a second after the next scrape, or soon where that is overdue", () => {
    assert.equal(nextScrape(scraped(0, 15, 30), 15_000, 32_000), 46_000);
    assert.equal(nextScrape(scraped(0, 15, 30), 15_000, 50_000), 55_000);
  });
});
