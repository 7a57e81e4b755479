import assert from "node:assert/strict";
import { lab } from "./hooks";
import { Bench, tally } from "./traefik-bench";

const USERS = 40;
const ONCE = Array.from({ length: USERS }, () => ({}));

describe("sticky users", () => {
  let bench: Bench;
  /** Cookies of those who came while the split was 50/50. */
  let holders: Record<"primary" | "canary", string[]>;

  before(async function () {
    if (lab().attached) this.skip();
    bench = await Bench.deploy(lab(), "sticky", [
      "canaryWeight=50",
      "sticky.cookie=variant",
      "sticky.seconds=3600",
    ]);
    holders = { primary: [], canary: [] };
    for (const { headers } of await bench.ask(...ONCE)) {
      const [cookie = ""] = [headers["set-cookie"]].flat();
      holders[headers["x-variant"] as "primary" | "canary"].push(cookie);
    }
  });

  after(() => bench?.remove());

  it("are split by the weights when they come, and get a cookie for scripts not to read", () => {
    assert.deepEqual([holders.primary.length, holders.canary.length], [USERS / 2, USERS / 2]);
    for (const cookie of [...holders.primary, ...holders.canary]) {
      assert.match(cookie, /^variant=[0-9a-f]{16}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
    }
  });

  it("stay with their variant", () => stay("primary", "canary"));

  it("stay with it when the weight falls, while new ones come by the new weight", async () => {
    await shift(10);
    await stay("primary", "canary");
    const { canary = 0 } = tally(await bench.ask(...ONCE));
    assert.ok(Math.abs(canary - USERS / 10) <= 1, `${canary} of ${USERS}`);
  });

  it("leave a canary at weight 0 as soon as Traefik knows, with a new cookie, and do not come back", async () => {
    const [holder = ""] = holders.canary;
    const asked = { headers: { cookie: pair(holder) } };
    const statuses = new Set<number | undefined>();
    const took = await bench.configure(["canaryWeight=0"], async () => {
      const [reply] = await bench.ask(asked);
      statuses.add(reply?.status);
      return reply?.headers["x-variant"] === "primary";
    });
    console.log(`      gone after ${Math.round(took)} ms`);
    assert.deepEqual([...statuses], [200]);
    assert.ok(took < 5000, `${Math.round(took)} ms`);
    const [reply] = await bench.ask(asked);
    const [given = ""] = [reply?.headers["set-cookie"]].flat();
    assert.equal(pair(given), pair(holders.primary[0] ?? ""));
    assert.deepEqual(tally(await bench.ask(...held("canary"))), { primary: USERS / 2 });
    await shift(50);
    const back = await bench.ask({ headers: { cookie: pair(given) } }, { headers: { cookie: pair(given) } });
    assert.deepEqual(tally(back), { primary: 2 });
  });

  const pair = (cookie: string): string => cookie.split(";")[0] ?? "";

  const held = (variant: "primary" | "canary") =>
    holders[variant].map((cookie) => ({ headers: { cookie: pair(cookie) } }));

  async function stay(...variants: ("primary" | "canary")[]): Promise<void> {
    for (const variant of variants) {
      const replies = await bench.ask(...held(variant), ...held(variant));
      assert.deepEqual(tally(replies), { [variant]: USERS });
    }
  }

  /** Changes the weight and waits until new users come by it. */
  async function shift(weight: number): Promise<void> {
    await bench.configure([`canaryWeight=${weight}`], async () => {
      const { canary = 0 } = tally(await bench.ask(...ONCE));
      return Math.abs(canary - (USERS * weight) / 100) <= 1;
    });
  }
});
