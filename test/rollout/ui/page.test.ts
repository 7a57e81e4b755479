import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { pageView } from "../../../rollout/ui/view";
import { plan } from "../machine/world";

const AT = { "myapp/canary": 0 };
const BEGUN: RolloutEvent & { type: "begun" } = { time: 1, type: "begun", id: "7a", plan: plan(), from: AT };
const AWAITED: RolloutEvent = { time: 2, type: "approval-awaited", step: 1 };

describe("the page of a rollout", () => {
  let folder: string;
  let page: Awaited<ReturnType<typeof pageView>>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "canary-page-"));
    page = await pageView({ stack: "prod", past: [], answer: join(folder, "answer"), now: () => 3 });
  });

  afterEach(async () => {
    await page.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const answer = (decision: string): unknown =>
    JSON.parse(readFileSync(join(folder, `answer.${decision}`), "utf8"));

  /** Asks for a path below the page's address, or for one that begins with a slash. */
  function ask(path: string, options: RequestOptions = {}): Promise<IncomingMessage> {
    const { hostname, port, pathname } = new URL(page.address);
    const whole = path.startsWith("/") ? path : `${pathname}${path}`;
    return new Promise((resolve, reject) => {
      request({ agent: false, ...options, hostname, port, path: whole }, resolve)
        .on("error", reject)
        .end();
    });
  }

  const post = (path: string, options: RequestOptions = {}) => ask(path, { ...options, method: "POST" });

  async function read(response: IncomingMessage): Promise<string> {
    let text = "";
    for await (const chunk of response) text += chunk;
    return text;
  }

  const status = async (response: Promise<IncomingMessage>): Promise<number | undefined> => {
    const answered = await response;
    answered.resume();
    return answered.statusCode;
  };

  it("is on the loopback interface, at an address that nobody can guess, another one each time", async () => {
    assert.match(page.address, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
    const other = await pageView({ stack: "prod", past: [], answer: "", now: () => 3 });
    await other.close();
    assert.notEqual(new URL(other.address).pathname, new URL(page.address).pathname);
  });

  it("may load its own files alone, and is kept nowhere", async () => {
    const response = await ask("");
    const { headers } = response;
    assert.match(await read(response), /^<!DOCTYPE html>/);
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /^default-src 'none'; script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe|\*|https?:/);
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["access-control-allow-origin"], undefined);
    for (const file of ["page.js", "page.css"]) assert.equal(await status(ask(file)), 200);
  });

  it("is refused without the token, for each file and each word", async () => {
    page.hear(BEGUN);
    for (const path of ["/", "/page.js", "/events", "/wrong/", "/wrong/events", "//", "/%", "/?", "*"])
      assert.equal(await status(ask(path.startsWith("/") ? path : `/${path}`)), 403, path);
    for (const path of ["/abort", "/wrong/abort"]) assert.equal(await status(post(path)), 403, path);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is refused under another name, by which a site could have it for its own", async () => {
    const { port } = new URL(page.address);
    for (const host of ["evil.example.com", `evil.example.com:${port}`, "127.0.0.1", `127.0.0.1:1${port}`])
      assert.equal(await status(ask("", { headers: { host } })), 403, host);
    assert.equal(await status(ask("", { headers: { host: `localhost:${port}` } })), 200);
  });

  it("takes no words from pages of others", async () => {
    page.hear(BEGUN);
    for (const origin of ["https://evil.example.com", "null", "http://localhost:1"])
      assert.equal(await status(post("abort", { headers: { origin } })), 403, origin);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("approves the step that waits for it, as canary approve does", async () => {
    page.hear(BEGUN);
    page.hear(AWAITED);
    assert.equal(
      await status(post("approve?step=1", { headers: { origin: new URL(page.address).origin } })),
      204,
    );
    const { by, ...said } = answer("approve") as Record<string, string>;
    assert.deepEqual(said, { id: "7a", decision: "approve", step: 1 });
    assert.match(String(by), /^\S+@\S+$/);
  });

  it("aborts, as canary abort does", async () => {
    page.hear(BEGUN);
    assert.equal(await status(post("abort")), 204);
    const { by: _by, ...said } = answer("abort") as Record<string, string>;
    assert.deepEqual(said, { id: "7a", decision: "abort" });
  });

  it("answers what a person is asked about the step that is out, as canary judge does", async () => {
    const looks = {
      name: "looks",
      source: "person",
      query: "Is it right?",
      better: "higher",
      unit: "",
    } as const;
    const { analysis } = plan();
    page.hear({ ...BEGUN, plan: plan({ analysis: { ...analysis, metrics: [looks] } }) });
    assert.equal(await status(post("judge?step=0&metric=looks&outcome=pass")), 409);
    page.hear({ time: 2, type: "observed", step: 0, weights: { "myapp/canary": 5 } });
    assert.equal(await status(post("judge?step=0&metric=other&outcome=pass")), 409);
    assert.equal(await status(post("judge?step=0&metric=looks&outcome=maybe")), 404);
    assert.equal(await status(post("judge?step=0&metric=looks&outcome=fail")), 204);
    const { by: _by, ...said } = answer("judge") as Record<string, string>;
    assert.deepEqual(said, { id: "7a", decision: "judge", step: 0, metric: "looks", outcome: "fail" });
  });

  for (const [what, events, word, reason] of [
    ["before the rollout began", [], "abort", "The rollout has not begun."],
    ["of another step", [BEGUN, AWAITED], "approve?step=0", "Step 1 does not wait for an approval."],
    ["that nothing waits for", [BEGUN], "approve?step=1", "Step 2 does not wait for an approval."],
    [
      "while it goes back",
      [BEGUN, { time: 3, type: "rolling-back", weights: AT, reason: "errors" }],
      "abort",
      "The rollout goes back already.",
    ],
    [
      "after its end",
      [BEGUN, { time: 3, type: "ended", outcome: "done", reason: "all" }],
      "abort",
      "The rollout is over.",
    ],
  ] as const) {
    it(`takes no word ${what}`, async () => {
      for (const event of events) page.hear(event);
      const response = await post(word);
      assert.deepEqual([response.statusCode, await read(response)], [409, reason]);
      assert.deepEqual(readdirSync(folder), []);
    });
  }

  it("says why a word could not be left", async () => {
    rmSync(folder, { recursive: true });
    page.hear(BEGUN);
    const response = await post("abort");
    assert.equal(response.statusCode, 500);
    assert.match(await read(response), /ENOENT/);
    page.hear(AWAITED);
  });

  it("takes words by POST alone, and knows no others", async () => {
    page.hear(BEGUN);
    for (const path of ["abort", "approve?step=1", "nothing"])
      assert.equal(await status(ask(path)), 404, path);
    for (const path of ["", "promote", "approve", "approve?step=-1"])
      assert.equal(await status(post(path)), 404, path);
  });

  it("sends each part once, again when it has changed, and at the end the last state", async () => {
    const response = await ask("events");
    assert.equal(response.headers["content-type"], "text/event-stream");
    const all = read(response);
    page.hear(BEGUN);
    page.hear(AWAITED);
    page.hear({ time: 3, type: "ended", outcome: "stopped", reason: "Ctrl-C" });
    await page.close();
    const messages = (await all).split("\n\n").filter((text) => text !== "");
    const names = messages.map((text) => /^event: (\w+)\n/.exec(text)?.[1]);
    assert.equal(names.at(-1), "end");
    const controls = messages.filter((text) => text.startsWith("event: controls\n"));
    assert.equal(controls.length, 4);
    assert.match(controls[2] ?? "", /data-say="approve\?step=1"/);
    assert.match(controls[3] ?? "", /^event: controls\ndata: $/);
    const now = messages.filter((text) => text.startsWith("event: now\n")).at(-1);
    assert.match(now ?? "", /The rollout is over/);
  });

  it("shows what was before, where the rollout is resumed", async () => {
    const resumed = await pageView({ stack: "prod", past: [BEGUN, AWAITED], answer: "", now: () => 3 });
    const response = await new Promise<IncomingMessage>((resolve) => {
      request(`${resumed.address}events`, resolve).end();
    });
    const all = read(response);
    await resumed.close();
    assert.match(await all, /data-say="approve\?step=1"/);
  });

  it("ends though a browser hangs", async () => {
    const response = await ask("events");
    response.pause();
    const before = performance.now();
    await page.close();
    assert.ok(performance.now() - before < 5000);
    response.destroy();
  });

  it("knows no files by names that every object has", async () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      assert.equal(await status(ask(name)), 404);
      assert.equal(await status(post(name)), 404);
    }
    assert.equal(await status(ask("")), 200);
  });

  it("takes no more connections than a few browsers need", async () => {
    const { hostname, port } = new URL(page.address);
    const sockets = Array.from({ length: 200 }, () => connect(Number(port), hostname).on("error", () => {}));
    const closed = sockets.map(
      (socket) => new Promise<void>((done) => void socket.once("close", () => done())),
    );
    await Promise.all(closed.slice(64));
    assert.ok(sockets.filter(({ destroyed }) => !destroyed).length <= 64);
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
    assert.equal(await status(ask("")), 200);
  });
});
