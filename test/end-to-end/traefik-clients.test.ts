import assert from "node:assert/strict";
import { lab } from "./hooks";
import { Bench, tally } from "./traefik-bench";

const CLIENTS = Array.from({ length: 1000 }, (_, i) => ({
  from: `10.77.${100 + Math.floor(i / 250)}.${1 + (i % 250)}`,
}));
/** Four standard deviations of a binomial share. */
const tolerance = (share: number): number => 4 * Math.sqrt(CLIENTS.length * share * (1 - share));

describe(`a split of ${CLIENTS.length} clients`, () => {
  let bench: Bench;

  before(async function () {
    if (lab().attached) this.skip();
    bench = await Bench.deploy(lab(), "clients", ["split=clients", "canaryWeight=10"]);
  });

  after(() => bench?.remove());

  it("of 10 % is theirs for good, and a shift to 25 % adds to it", async () => {
    const before = await variants();
    isShare(before, 0.1);
    assert.deepEqual(await variants(), before);
    await bench.configure(["canaryWeight=25"], async () => String(await variants()) !== String(before));
    const after = await variants();
    isShare(after, 0.25);
    before.forEach((variant, i) => {
      if (variant === "canary") assert.equal(after[i], "canary");
    });
  });

  it("goes by the connection's address, whatever is forwarded", async () => {
    const forwarded = CLIENTS.slice(0, 100).map(({ from }) => ({ headers: { "x-forwarded-for": from } }));
    assert.equal(Object.keys(tally(await bench.ask(...forwarded))).length, 1);
  });

  it("of 0 % leaves no client to the canary", async () => {
    await bench.configure(["canaryWeight=0"], async () => {
      return (await variants()).every((variant) => variant === "primary");
    });
  });

  async function variants(): Promise<string[]> {
    const replies = await bench.ask(...CLIENTS);
    assert.ok(replies.every(({ status }) => status === 200));
    return replies.map(({ headers }) => String(headers["x-variant"]));
  }

  function isShare(variants: readonly string[], share: number): void {
    const count = variants.filter((variant) => variant === "canary").length;
    console.log(`      canary: ${count} of ${variants.length} clients at ${share * 100} %`);
    assert.ok(Math.abs(count - CLIENTS.length * share) <= tolerance(share), `${count} at ${share}`);
  }
});
