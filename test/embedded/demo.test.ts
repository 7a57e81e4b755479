import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { type Demo, isSplitBy, runDemo } from "../../embedded/demo";
import { WeightedChoice } from "../../embedded/weighted";
import { HOST, manifestsFor } from "./route";

describe("the demo", () => {
  const lines: string[] = [];
  beforeEach(() => lines.splice(0));

  const demoOf = (changes: Partial<Demo>): Demo => ({
    router: "traefik",
    before: manifestsFor(10),
    after: manifestsFor(25),
    host: HOST,
    requests: 200,
    print: (line) => lines.push(line),
    ...changes,
  });

  /** Waits for a moment without a server, which Node reports shortly after the close. */
  async function noServerIsOpen(): Promise<void> {
    while (process.getActiveResourcesInfo().includes("TCPServerWrap")) await setTimeout(5);
  }

  it("measures the old weights before the shift, the new ones after it, and not one failure", async () => {
    const { before, during, after, passed } = await runDemo(demoOf({}));
    assert.equal(passed, true);
    assert.deepEqual(Object.fromEntries(before.answered), { myapp: 180, "myapp-canary": 20 });
    assert.ok(isSplitBy({ myapp: 75, "myapp-canary": 25 }, after.answered));
    assert.equal(during.failed.size, 0);
    assert.match(lines.join("\n"), /myapp +█+░+ +180 +90 %\n +myapp-canary +█+░+ +20 +10 %/);
    assert.match(lines.at(-1) ?? "", /^Passed/);
  });

  it("shifts between more than two versions, and to all or nothing", async () => {
    assert.equal(
      (await runDemo(demoOf({ before: manifestsFor(10, 20), after: manifestsFor(0, 33.3) }))).passed,
      true,
    );
    const { before, after, passed } = await runDemo(
      demoOf({ before: manifestsFor(0), after: manifestsFor(100) }),
    );
    assert.equal(passed, true);
    assert.deepEqual(
      [...before.answered, ...after.answered],
      [
        ["myapp", 200],
        ["myapp-canary", 200],
      ],
    );
  });

  it("fails and says why when requests fail", async () => {
    const { passed, before } = await runDemo(demoOf({ host: "other.example.com" }));
    assert.equal(passed, false);
    assert.deepEqual(Object.fromEntries(before.failed), { "status 404": 200 });
    assert.match(lines.join("\n"), /Before the shift: 200 requests, 200 failed \(200 by status 404\)/);
    assert.match(lines.at(-1) ?? "", /^Failed: requests failed/);
  });

  it("fails when the objects split otherwise than their weights say", async () => {
    const after = manifestsFor(25).filter(
      ({ kind, metadata }) => kind !== "IngressRoute" || metadata.name !== "myapp",
    );
    const { passed } = await runDemo(demoOf({ after }));
    assert.equal(passed, false);
    assert.match(lines.at(-1) ?? "", /^Failed: the counts after the shift/);
  });

  it("closes its servers at the end", async () => {
    await runDemo(demoOf({ requests: 1 }));
    await noServerIsOpen();
  });

  it("closes its servers when it is interrupted", async () => {
    const interrupt = new AbortController();
    const progress = (line: string) => line.includes("during") && interrupt.abort();
    await assert.rejects(runDemo(demoOf({ progress, signal: interrupt.signal })), { name: "AbortError" });
    await noServerIsOpen();
  });
});

describe("whether counts are the weights'", () => {
  const counts = (myapp: number, canary: number) =>
    new Map(Object.entries({ myapp, "myapp-canary": canary }));
  const weights = { myapp: 90, "myapp-canary": 10 };

  it("takes one request more or less, and no more", () => {
    assert.equal(isSplitBy(weights, counts(900, 100)), true);
    assert.equal(isSplitBy(weights, counts(899, 101)), true);
    assert.equal(isSplitBy(weights, counts(898, 102)), false);
  });

  it("takes not one request at weight 0, nor one by a stranger", () => {
    assert.equal(isSplitBy({ myapp: 100, "myapp-canary": 0 }, counts(999, 1)), false);
    assert.equal(isSplitBy(weights, new Map([...counts(900, 100), ["other", 1]])), false);
  });

  it("holds for every stretch of the data plane's choices", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 }),
        fc.nat(300),
        fc.integer({ min: 1, max: 300 }),
        (numbers, skipped, length) => {
          const choice = new WeightedChoice(numbers.map((weight, i) => ({ value: String(i), weight })));
          for (let i = 0; i < skipped; i++) choice.next();
          const stretch = new Map<string, number>();
          for (let i = 0; i < length; i++) {
            const value = choice.next() ?? "";
            stretch.set(value, (stretch.get(value) ?? 0) + 1);
          }
          assert.ok(isSplitBy(Object.fromEntries(numbers.map((weight, i) => [String(i), weight])), stretch));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
