import assert from "node:assert/strict";
import { type NoticeKind, noticeKinds } from "../../../components/notices";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { withServer } from "../../analysis/sources/server";
import { anew } from "../../anew";
import { dev } from "../../stacks/raw";

/** A kind of notice that this test alone has. */
const irc: NoticeKind = {
  message: ({ notice: { headline }, stack }) => ({ say: `${stack}: ${headline}` }),
};

const extended = anew(() => {
  const { noticeKinds }: typeof import("../../../components/notices") =
    require("../../../components/notices");
  (noticeKinds as Record<string, NoticeKind>).irc = irc;
  const { parseSettings }: typeof import("../../../stacks/settings") = require("../../../stacks/settings");
  const { notices }: typeof import("../../../rollout/views/notices") =
    require("../../../rollout/views/notices");
  return { noticeKinds, parseSettings, notices };
});

const ENDED: RolloutEvent = { time: 1, type: "ended", outcome: "done", reason: "users have it" };

it("What a test adds to the kinds of notices is gone with it", () => {
  assert.ok("irc" in extended.noticeKinds);
  assert.ok(!("irc" in noticeKinds));
});

for (const [name, kind] of Object.entries(extended.noticeKinds)) {
  describe(`notice of kind ${name}, as every notice,`, () => {
    it("is taken by the settings, and posted as the kind's message", async () => {
      const { rollout } = extended.parseSettings(
        dev({ rollout: { notices: [{ kind: name, urlFrom: "HOOK" }] } }),
      );
      let asked = 0;
      let sent = "";
      await withServer(
        ({ headers }) => {
          asked++;
          sent = headers["content-type"] ?? "";
          return { body: "" };
        },
        async (url) => {
          const warnings: string[] = [];
          const told = extended.notices(rollout.notices, {
            stack: "prod",
            env: { HOOK: url },
            warn: (line) => warnings.push(line),
          });
          told.listener(ENDED);
          await told.flush();
          assert.deepEqual(warnings, []);
        },
      );
      assert.deepEqual([asked, sent], [1, "application/json"]);
    });

    it("names the stack and what happened", () => {
      const notice = { occasion: "verdict", mood: "good", headline: "rollout done" } as const;
      const text = JSON.stringify(kind.message({ notice, event: ENDED, stack: "prod", id: "7a" }));
      assert.match(text, /prod/);
      assert.match(text, name === "webhook" ? /"outcome":"done"/ : /rollout done/);
    });
  });
}
