import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { addressProblems, type Notices, notices } from "../../../rollout/views/notices";
import type { NoticeSettings } from "../../../stacks/schema/rollout";
import { plan, verdict } from "../machine/world";

const SECRET = "T0123-s3cret";

const EVENTS: RolloutEvent[] = [
  { time: 1, type: "begun", id: "7a", plan: plan(), from: { "myapp/canary": 0 } },
  { time: 2, type: "shifting", step: 0, weights: { "myapp/canary": 5 }, message: "step 1" },
  { time: 3, type: "observed", step: 0, weights: { "myapp/canary": 5 } },
  { time: 4, type: "judged", step: 0, verdict: verdict("pass") },
  { time: 5, type: "approval-awaited", step: 1 },
  { time: 6, type: "approved", step: 1, by: "ann@desk" },
  { time: 7, type: "rolling-back", weights: { "myapp/canary": 0 }, reason: "errors{a} > 1 & <b>" },
  { time: 8, type: "rolled-back", weights: { "myapp/canary": 0 } },
  { time: 9, type: "ended", outcome: "rolled-back", reason: "errors{a} > 1 & <b>" },
];

describe("notices of a rollout", () => {
  let server: Server;
  let received: { path: string; body: Record<string, unknown> }[];
  let warnings: string[];
  /** What the server makes of a request. */
  let answer: (path: string) => Promise<number>;

  beforeEach(async () => {
    received = [];
    warnings = [];
    answer = async () => 200;
    server = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      const path = request.url ?? "";
      received.push({ path, body: JSON.parse(text) });
      response.writeHead(await answer(path), { location: "/elsewhere" }).end(`what of ${path}?`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${SECRET}`;

  const to = (
    kind: NoticeSettings["kind"],
    on: NoticeSettings["on"] = ["start", "step", "verdict"],
  ): Notices =>
    notices([{ kind, urlFrom: "HOOK", on }], {
      stack: "prod",
      env: { HOOK: address() },
      warn: (line) => warnings.push(line),
    });

  async function told(sent: Notices, events: readonly RolloutEvent[] = EVENTS): Promise<unknown[]> {
    for (const event of events) sent.listener(event);
    await sent.flush();
    return received.map(({ body }) => body);
  }

  it("tell Slack of the start, of each step and of each verdict, in order", async () => {
    const messages = (await told(to("slack"))) as { text: string }[];
    assert.deepEqual(
      messages.map(({ text }) => text),
      [
        "prod: rollout begins at myapp/canary 0 %",
        "prod: step 1: myapp/canary 5 %",
        "prod: step 2 waits for approval",
        "prod: rolling back to myapp/canary 0 %",
        "prod: rolled back: users have the primary again",
      ],
    );
  });

  it("say to Slack why, in red, and no query becomes a link or a mention", async () => {
    await told(to("slack"), EVENTS.slice(6, 7));
    assert.deepEqual(received[0]?.body.attachments, [
      {
        color: "#b91c1c",
        fallback: "errors{a} &gt; 1 &amp; &lt;b&gt;",
        text: "errors{a} &gt; 1 &amp; &lt;b&gt;",
        mrkdwn_in: [],
      },
    ]);
  });

  it("are Adaptive Cards for Teams", async () => {
    await told(to("teams"), EVENTS.slice(4, 5));
    assert.deepEqual(received[0]?.body, {
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          content: {
            $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
            type: "AdaptiveCard",
            version: "1.4",
            msteams: { width: "Full" },
            body: [
              {
                type: "Container",
                style: "warning",
                bleed: true,
                items: [
                  {
                    type: "RichTextBlock",
                    inlines: [
                      {
                        type: "TextRun",
                        text: "prod: step 2 waits for approval",
                        weight: "Bolder",
                        size: "Medium",
                      },
                    ],
                  },
                ],
              },
              { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "canary approve -s prod" }] },
            ],
          },
        },
      ],
    });
  });

  it("are the event itself for any other webhook, with the stack and the rollout's id", async () => {
    const [begun, observed] = await told(to("webhook"));
    assert.deepEqual(begun, { stack: "prod", ...EVENTS[0] });
    assert.deepEqual(observed, { stack: "prod", id: "7a", ...EVENTS[2] });
  });

  it("come on the occasions that were asked for alone", async () => {
    const messages = (await told(to("webhook", ["verdict"]))) as { type: string }[];
    assert.deepEqual(
      messages.map(({ type }) => type),
      ["approval-awaited", "rolling-back", "ended"],
    );
  });

  it("keep their order where the receiver is slow, and do not keep the rollout waiting", async () => {
    let pause = 60;
    answer = async () => {
      pause -= 15;
      await new Promise((resolve) => setTimeout(resolve, pause));
      return 200;
    };
    const sent = to("webhook", ["start", "step", "verdict"]);
    for (const event of EVENTS) sent.listener(event);
    assert.equal(received.length, 0);
    await sent.flush();
    assert.deepEqual(
      received.map(({ body }) => body.time),
      [1, 3, 5, 7, 9],
    );
  });

  it("that are refused are a warning each, without the address", async () => {
    answer = async () => 404;
    await told(to("slack", ["start"]));
    assert.deepEqual(warnings, ["warning: notice to slack, address in HOOK: answered with status 404"]);
  });

  it("do not follow a redirect with what they have to say", async () => {
    answer = async () => 307;
    await told(to("teams", ["start"]));
    assert.deepEqual(
      received.map(({ path }) => path),
      [`/${SECRET}`],
    );
    assert.equal(warnings.length, 1);
  });

  it("to nobody at all are a warning without the address, too", async () => {
    const sent = to("slack", ["start"]);
    await new Promise((resolve) => server.close(resolve));
    await told(sent);
    assert.deepEqual(warnings, ["warning: notice to slack, address in HOOK: can't be reached"]);
  });

  it("are given up five seconds after the end", async () => {
    answer = () => new Promise(() => {});
    const before = performance.now();
    await told(to("slack"));
    const seconds = (performance.now() - before) / 1000;
    assert.ok(seconds > 4.9 && seconds < 15, `${seconds} s`);
    assert.equal(warnings.length, 5);
    for (const line of warnings) assert.match(line, /: not sent within 5 s of the end$/);
  });

  for (const [what, value, found] of [
    ["is not set", undefined, "is not set"],
    ["is empty", "", "is not set"],
    ["holds no address", SECRET, "does not hold one"],
    ["holds a file's address", `file:///${SECRET}`, "does not hold one"],
    ["has a password in it", `https://me:${SECRET}@hooks.example.com`, "does not hold one"],
  ] as const) {
    it(`can't be sent where the variable ${what}, which is said without its value`, async () => {
      const settings: NoticeSettings[] = [
        { kind: "slack", urlFrom: "HOOK", on: ["start"] },
        { kind: "teams", urlFrom: "OTHER", on: ["start"] },
      ];
      const env = { HOOK: value, OTHER: address() };
      const line = `environment variable HOOK, of rollout.notices, ${found}; set it to an address without a name or password in it`;
      assert.deepEqual(addressProblems(settings, env), [line]);
      const sent = notices(settings, { stack: "prod", env, warn: (warning) => warnings.push(warning) });
      assert.equal((await told(sent)).length, 1);
      assert.deepEqual(warnings, [`warning: ${line}`]);
    });
  }
});
