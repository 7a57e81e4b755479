import assert from "node:assert/strict";
import { lab } from "./hooks";
import { Bench, type Question } from "./traefik-bench";

/** Requests, and whether they are the canary's. */
const CASES: readonly (readonly [string, Question, boolean])[] = [
  ["no sign at all", {}, false],
  ["the header", { headers: { "x-version": "always" } }, true],
  ["the header by another case of its name", { headers: { "X-VERSION": "always" } }, true],
  ["the header with another value", { headers: { "x-version": "alwaysx" } }, false],
  ["the cookie alone", { headers: { cookie: "canary=always" } }, true],
  ["the cookie before another", { headers: { cookie: "canary=always; other=1" } }, true],
  ["the cookie after another", { headers: { cookie: "other=1; canary=always" } }, true],
  ["the cookie between others, without blanks", { headers: { cookie: "a=1;canary=always;b=2" } }, true],
  ["a cookie whose name ends like it", { headers: { cookie: "xcanary=always" } }, false],
  ["a cookie whose value begins like it", { headers: { cookie: "canary=alwaysx" } }, false],
  ["a cookie that has it as its value", { headers: { cookie: "x=canary=always" } }, false],
  ["a cookie with a dot in its name", { headers: { cookie: "a.b=1+1" } }, true],
  ["a cookie with another character there", { headers: { cookie: "aXb=1+1" } }, false],
  ["a cookie with a value that the pattern would match", { headers: { cookie: "a.b=111" } }, false],
  ["the parameter", { path: "/?canary=always" }, true],
  ["the parameter after another", { path: "/?a=1&canary=always" }, true],
  ["the parameter with another value", { path: "/?canary=alwaysx" }, false],
  ["a parameter whose name ends like it", { path: "/?xcanary=always" }, false],
];

describe("a match to a canary at 0 %", () => {
  let bench: Bench;

  before(async function () {
    if (lab().attached) this.skip();
    bench = await Bench.deploy(lab(), "matched", [
      "canaryWeight=0",
      "match[0].header=x-version",
      "match[1].cookie=canary",
      "match[2].query=canary",
      "match[3].cookie=a.b",
      "match[3].value=1+1",
    ]);
  });

  after(() => bench?.remove());

  for (const [title, question, isCanary] of CASES) {
    it(`sends a request with ${title} to the ${isCanary ? "canary" : "primary"}`, async () => {
      const [reply] = await bench.ask(question);
      assert.equal(reply?.headers["x-variant"], isCanary ? "canary" : "primary");
    });
  }

  it("leaves all to the primary without a single failure while the canary isn't there", async () => {
    const service = (await bench.objects()).find(
      ({ kind, metadata }) => kind === "Service" && metadata.name === "matched-canary",
    );
    assert.ok(service !== undefined);
    const questions = CASES.filter(([, , isCanary]) => isCanary).map(([, question]) => question);
    const failures: number[] = [];
    const answeredBy = async (variant: string): Promise<boolean> => {
      const replies = await bench.ask(...questions);
      failures.push(...replies.map(({ status }) => status).filter((status) => status !== 200));
      return replies.every(({ headers }) => headers["x-variant"] === variant);
    };
    await lab().cluster.delete(service);
    await lab().until("the primary answers all", () => answeredBy("primary"));
    await lab().apply([service]);
    await lab().until("the canary answers again", () => answeredBy("canary"));
    assert.deepEqual(failures, []);
  });
});
