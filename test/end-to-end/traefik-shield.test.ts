import assert from "node:assert/strict";
import type { KubernetesObject } from "../../lab/cluster";
import { lab } from "./hooks";
import { Bench, type Question, tally } from "./traefik-bench";
import type { Reply } from "./traefik-inside";

const TIMEOUT_SECONDS = 1;
const BUDGET = 20;
const FAILURES = [
  "plain 500",
  "chunked 500",
  "slow 500",
  "streamed 500",
  "large 500",
  "500 with trailers",
  "500 after hints",
  "reset",
  "nonsense",
  "hang",
];

describe("a shielded canary that gets all requests", () => {
  let bench: Bench;

  before(async function () {
    if (lab().attached) this.skip();
    bench = await Bench.deploy(lab(), "shielded", [
      "shield=true",
      "canaryWeight=100",
      `canaryTimeoutSeconds=${TIMEOUT_SECONDS}`,
      `routers.traefik.shieldRequests=${BUDGET}`,
      "match[0].header=x-version",
    ]);
  });

  after(() => bench?.remove());

  const failing = { "x-canary": "chunked 500" };

  for (const failure of FAILURES) {
    it(`fails (${failure}): GET and HEAD get the primary's answer, headers and all`, async () => {
      const headers = { "x-canary": failure };
      const matched = { ...headers, "x-version": "always" };
      const [get, head, byMatch] = await bench.ask(
        { headers },
        { headers, method: "HEAD" },
        { headers: matched },
      );
      for (const reply of [get, head, byMatch]) isPrimary(reply);
      assert.equal(get?.body, "primary");
      assert.equal(head?.headers["content-length"], "7");
      // One client, once: what was sent to the canary has left no trace in the request.
      assert.doesNotMatch(String(get?.headers["x-forwarded"]), /,/);
    });
  }

  it("refuses connections: GET gets the primary's answer, POST a 502", async () => {
    await lab().apply([await endpoints({ ports: [{ name: "http", port: 1, protocol: "TCP" }] })]);
    await lab().until("it refuses", async () => (await status({ method: "POST" })) === 502);
    isPrimary((await bench.ask({}))[0]);
    await restore();
  });

  it("has no endpoints: all get the primary's answer", async () => {
    await lab().apply([await endpoints({ endpoints: [] })]);
    await lab().until("it is gone", async () => (await status({ host: bench.canaryHost })) === 404);
    for (const reply of await bench.ask({}, { method: "HEAD" }, { method: "POST" })) isPrimary(reply);
    await restore();
  });

  describe("passes what the primary answers on as it is:", () => {
    for (const [answer, expected] of [
      ["created", { status: 201, header: "location", value: "/new" }],
      ["redirect", { status: 302, header: "location", value: "/there" }],
      ["unauthorized", { status: 401, header: "www-authenticate", value: 'Basic realm="app"' }],
      ["cookies", { status: 200, header: "set-cookie", value: ["a=1", "b=2"] }],
      ["plain 500", { status: 500, header: "x-only-primary", value: "yes" }],
      ["chunked 500", { status: 500, header: "x-only-primary", value: "yes" }],
    ] as const) {
      it(answer, async () => {
        const [reply] = await bench.ask({ headers: { ...failing, "x-primary": answer } });
        assert.equal(reply?.status, expected.status);
        assert.deepEqual(reply?.headers[expected.header], expected.value);
        assert.equal(reply?.headers["x-only-primary"], "yes");
        assert.equal(reply?.headers["x-only-canary"], undefined);
        assert.equal(reply?.broken, false);
      });
    }

    it("a large one, a stream, trailers and early hints", async () => {
      const ask = (answer: string) => ({ headers: { ...failing, "x-primary": answer } });
      const [large, stream, trailers, hints] = await bench.ask(
        ...["large", "stream", "trailers", "hints"].map(ask),
      );
      assert.equal(large?.bytes, 20_000 * 1024);
      isStream(stream);
      assert.equal(trailers?.trailers["x-sum"], "42");
      assert.equal(hints?.hints, 1);
    });
  });

  describe("answers well: its answers pass as they come,", () => {
    for (const [answer, code] of [
      ["plain", 200],
      ["created", 201],
      ["redirect", 302],
      ["unauthorized", 401],
      ["cookies", 200],
    ] as const) {
      it(answer, async () => {
        const [reply] = await bench.ask({ headers: { "x-canary": answer } });
        const [direct] = await bench.ask({ headers: { "x-canary": answer }, host: bench.canaryHost });
        assert.equal(reply?.status, code);
        assert.deepEqual(comparable(reply), comparable(direct));
      });
    }

    it("a large one and a stream", async () => {
      const ask = (answer: string) => ({ headers: { "x-canary": answer } });
      const [large, stream] = await bench.ask(...["large", "stream"].map(ask));
      assert.equal(large?.bytes, 20_000 * 1024);
      isStream(stream);
    });

    it("less trailers and early hints", async () => {
      const ask = (answer: string) => ({ headers: { "x-canary": answer } });
      const [trailers, hints] = await bench.ask(...["trailers", "hints"].map(ask));
      assert.deepEqual(
        [trailers?.status, trailers?.body, trailers?.trailers["x-sum"]],
        [200, "canary", undefined],
      );
      assert.deepEqual([hints?.status, hints?.body, hints?.hints], [200, "canary", 0]);
    });
  });

  it("breaks a good answer off: the user sees that, and the primary is not asked", async () => {
    await bench.taken();
    const [reply] = await bench.ask({ headers: { "x-canary": "breaks off" } });
    assert.equal(reply?.broken, true);
    assert.deepEqual(Object.keys(await bench.taken()), ["canary"]);
  });

  it("breaks a 5xx off: the user gets Traefik's 500, and the primary is not asked", async () => {
    await bench.taken();
    const [reply] = await bench.ask({ headers: { "x-canary": "500 that breaks off" } });
    assert.deepEqual([reply?.status, reply?.headers["x-variant"]], [500, undefined]);
    assert.deepEqual(Object.keys(await bench.taken()), ["canary"]);
  });

  it("hangs: the primary answers after the time limit, and not for a user who has left", async () => {
    const headers = { "x-canary": "hang" };
    await bench.taken();
    const [left] = await bench.ask({ headers, patienceMs: 300 });
    assert.equal(left?.status, 0);
    await lab().until("the canary was asked", async () => Object.keys(await bench.taken()).length > 0);
    const [stayed] = await bench.ask({ headers });
    isPrimary(stayed);
    const [head = 0] = stayed?.times ?? [];
    assert.ok(head >= TIMEOUT_SECONDS * 1000 && head < TIMEOUT_SECONDS * 1000 + 500, `${head} ms`);
    assert.equal((await bench.taken()).primary?.requests, 1);
  });

  it("is asked once by methods that change something, and its answer passes as it is", async () => {
    await bench.taken();
    const [post, put] = await bench.ask(
      { method: "POST", headers: failing, bodyBytes: 300_000 },
      { method: "PUT", headers: failing, bodyBytes: 300_000 },
    );
    for (const reply of [post, put]) {
      assert.deepEqual([reply?.status, reply?.headers["x-variant"], reply?.body], [500, "canary", "abc"]);
    }
    assert.deepEqual(await bench.taken(), { canary: { requests: 2, bytes: [300_000, 300_000] } });
  });

  it("is asked once by a GET with a body of known length; one without is kept up to 64 KiB", async () => {
    const chunked = { ...failing, "transfer-encoding": "chunked" };
    await bench.taken();
    const [known, kept, longer] = await bench.ask(
      { headers: failing, bodyBytes: 10 },
      { headers: chunked, bodyBytes: 65_536 },
      { headers: chunked, bodyBytes: 65_537 },
    );
    assert.deepEqual([known?.status, known?.headers["x-variant"]], [500, "canary"]);
    isPrimary(kept);
    assert.equal(longer?.status, 413);
    assert.deepEqual(await bench.taken(), {
      canary: { requests: 2, bytes: [10, 65_536] },
      primary: { requests: 1, bytes: [65_536] },
    });
  });

  it("takes streams in both directions, as gRPC has them, and WebSockets", async () => {
    assert.deepEqual(await bench.stream({ headers: { "x-canary": "echo" } }), ["one", "two"]);
    assert.deepEqual(await bench.upgrade({}), [101, "canary hello"]);
    assert.deepEqual(await bench.upgrade({ headers: failing }), [101, "primary hello"]);
  });

  it("has its failures counted, and the primary those that it took over", async () => {
    const before = await countedFor(bench);
    await bench.ask(...Array.from({ length: 30 }, () => ({ headers: failing })));
    await lab().until("they are counted", async () => {
      const after = await countedFor(bench);
      const grown = (service: "canary" | "primary", code: string): number =>
        (after[service][code] ?? 0) - (before[service][code] ?? 0);
      return grown("canary", "500") === 30 && grown("primary", "200") === 30;
    });
  });

  it(`leaves the primary no more than ${BUDGET} at a time: the others get 429`, async () => {
    const headers = { ...failing, "x-primary": "held" };
    const replies = await bench.askTogether(...Array.from({ length: 3 * BUDGET }, () => ({ headers })));
    assert.deepEqual(tally(replies), { primary: BUDGET, 429: 2 * BUDGET });
    isPrimary((await bench.ask({ headers: failing }))[0]);
  });

  it("would reach users as 200 without headers, were its 5xx not taken to their end first", async () => {
    const object = (await bench.objects()).find(({ metadata }) => metadata.name === "shielded-canary-shield");
    assert.ok(object !== undefined);
    const { failover } = object.spec as { failover: Record<string, object> };
    const { middlewares: _, ...service } = failover.service as Record<string, unknown>;
    await lab().apply([{ ...object, spec: { failover: { ...failover, service } } }]);
    const [asked, hasHeaders] = [{ headers: failing }, ({ headers }: Reply) => "x-only-primary" in headers];
    await lab().until("the middleware is gone", async () => !(await bench.ask(asked)).every(hasHeaders));
    const [reply] = await bench.ask(asked);
    assert.deepEqual([reply?.status, reply?.body, reply?.headers["x-variant"]], [200, "primary", undefined]);
    await lab().apply([object]);
    await lab().until("it is back", async () => (await bench.ask(asked)).every(hasHeaders));
  });

  async function status(question: Question): Promise<number | undefined> {
    const [reply] = await bench.ask(question);
    return reply?.status;
  }

  async function endpoints(changes: object): Promise<KubernetesObject> {
    const objects = await bench.objects();
    const slice = objects.find(({ metadata }) => metadata.name === "shielded-canary-bench");
    assert.ok(slice !== undefined);
    return { ...slice, ...changes };
  }

  async function restore(): Promise<void> {
    await lab().apply([await endpoints({})]);
    await lab().until("the canary is back", async () => (await status({ host: bench.canaryHost })) === 200);
    await lab().until("it gets requests", async () => {
      const [reply] = await bench.ask({});
      return reply?.headers["x-variant"] === "canary";
    });
  }
});

function isPrimary(reply: Reply | undefined): void {
  assert.equal(reply?.status, 200);
  assert.equal(reply?.headers["x-variant"], "primary");
  assert.equal(reply?.headers["x-only-canary"], undefined);
  assert.equal(reply?.broken, false);
}

/** Four parts, each when it was sent. */
function isStream(reply: Reply | undefined): void {
  assert.deepEqual([reply?.status, reply?.body], [200, "abcd"]);
  const [, ...parts] = reply?.times ?? [];
  const gaps = parts.slice(1).map((time, i) => time - (parts[i] ?? 0));
  assert.ok(gaps.length === 3 && gaps.every((gap) => gap > 100), `${gaps.map(Math.round)} ms`);
}

function comparable(reply: Reply | undefined) {
  const { date: _, ...headers } = reply?.headers ?? {};
  return { headers, status: reply?.status, body: reply?.body };
}

async function countedFor(bench: Bench): Promise<Record<"canary" | "primary", Record<string, number>>> {
  return {
    canary: await bench.counted("shielded-canary-http"),
    primary: await bench.counted("shielded-http"),
  };
}
