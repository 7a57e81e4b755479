import assert from "node:assert/strict";
import { lab } from "./hooks";
import { Bench, tally } from "./traefik-bench";

const LIMIT = 1000;

describe("a mirror to a canary at 0 %", () => {
  let bench: Bench;

  before(async function () {
    if (lab().attached) this.skip();
    bench = await Bench.deploy(lab(), "mirrored", [
      "canaryWeight=0",
      "mirror.percent=50",
      `routers.traefik.mirrorBodyBytes=${LIMIT}`,
    ]);
  });

  beforeEach(() => settle());

  after(() => bench?.remove());

  it("copies its percent of the requests, while the primary answers all", async () => {
    const replies = await bench.ask(...Array.from({ length: 100 }, () => ({})));
    assert.deepEqual(tally(replies), { primary: 100 });
    assert.deepEqual(await requests(), { primary: 100, canary: 50 });
  });

  it("copies bodies up to the limit, and sends the app larger ones whole", async () => {
    for (const bodyBytes of [LIMIT, 300_000]) {
      await bench.ask(...Array.from({ length: 4 }, () => ({ method: "POST", bodyBytes })));
    }
    const taken = await settle();
    assert.deepEqual(taken.primary?.bytes, [...Array(4).fill(LIMIT), ...Array(4).fill(300_000)]);
    assert.deepEqual(taken.canary?.bytes, [LIMIT, LIMIT]);
  });

  for (const failure of ["hang", "reset", "chunked 500"]) {
    it(`to a canary that fails (${failure}) is nothing to users`, async () => {
      const question = { headers: { "x-canary": failure } };
      const replies = await bench.ask(...Array.from({ length: 20 }, () => question));
      assert.deepEqual(tally(replies), { primary: 20 });
      assert.ok(replies.every(({ times: [head = 0] }) => head < 500));
    });
  }

  it("does not copy what a user has not waited for", async () => {
    await bench.ask(
      ...Array.from({ length: 4 }, () => ({ headers: { "x-primary": "hang" }, patienceMs: 200 })),
    );
    assert.deepEqual(await requests(), { primary: 4 });
  });

  it("stops a stream in both directions, as gRPC has them, until its first bytes are as many as the limit", async () => {
    const headers = { "x-primary": "echo", "x-canary": "echo" };
    const parts = [await bench.stream({ headers }), await bench.stream({ headers })];
    assert.ok(
      parts.some((back) => back.length === 0),
      String(parts),
    );
  });

  it("stays while weights change, which is a change of the TraefikService alone", async () => {
    const applied = await lab().apply(await bench.objects(["canaryWeight=100"]));
    const changed = applied.filter(({ change }) => change !== "unchanged").map(({ object }) => object);
    assert.deepEqual(
      changed.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      ["TraefikService/mirrored"],
    );
    await lab().until("the canary answers", async () => "canary" in tally(await bench.ask({})));
    await settle();
    await bench.ask(...Array.from({ length: 10 }, () => ({})));
    assert.deepEqual(await requests(), { canary: 15 });
    await bench.configure([], async () => "primary" in tally(await bench.ask({})));
  });

  it("without the canary leaves all to the primary", async () => {
    const service = (await bench.objects()).find(
      ({ kind, metadata }) => kind === "Service" && metadata.name === "mirrored-canary",
    );
    assert.ok(service !== undefined);
    const statuses = new Set<number | undefined>();
    await lab().cluster.delete(service);
    await lab().until("the canary is gone", async () => {
      const [user, tester] = await bench.ask({}, { host: bench.canaryHost });
      statuses.add(user?.status);
      return tester?.status === 404;
    });
    assert.deepEqual([...statuses], [200]);
    await settle();
    assert.deepEqual(tally(await bench.ask(...Array.from({ length: 20 }, () => ({})))), { primary: 20 });
    assert.deepEqual(await requests(), { primary: 20 });
    await lab().apply([service]);
  });

  /** What was taken, once nothing more comes: copies are sent after the answer. */
  async function settle() {
    let all = await bench.taken();
    for (let more = all; Object.keys(more).length > 0; ) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      more = await bench.taken();
      for (const [variant, { requests, bytes }] of Object.entries(more)) {
        const sum = all[variant] ?? { requests: 0, bytes: [] };
        all = { ...all, [variant]: { requests: sum.requests + requests, bytes: [...sum.bytes, ...bytes] } };
      }
    }
    return all;
  }

  async function requests(): Promise<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(await settle()).map(([variant, taken]) => [variant, taken.requests]),
    );
  }
});
