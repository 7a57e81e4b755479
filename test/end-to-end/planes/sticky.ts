/** Users whom a cookie keeps at a variant. */
import assert from "node:assert/strict";
import { App } from "../app";
import { lab } from "../hooks";
import { onPlane } from "./on-plane";
import type { DataPlane } from "./plane";

const COOKIE = "variant";
const USERS = 40;
const VISITS = 5;

/** @param name of the app, which no other on the plane has */
export function stickyOf(plane: DataPlane, name: string): void {
  const { router } = plane;
  onPlane(plane, `a cookie of ${plane.title}`, (running) => {
    let app: App;

    before(async function () {
      this.timeout("6m");
      const settings = ["canaryWeight=50", "preStopSeconds=1", `sticky.cookie=${COOKIE}`];
      app = await App.deploy(lab(), name, [`router=${router}`, ...plane.settings, ...settings], running());
      await running().settled(app);
    });
    after(() => app?.remove());

    /** Who answers, and the cookies that a browser has then. */
    async function visit(cookie = ""): Promise<{ variant: string; cookie: string }> {
      const [origin = ""] = await running().origins();
      const headers: Record<string, string> = cookie === "" ? {} : { cookie };
      const answer = await lab().get(`${origin}/`, { host: app.host, headers });
      assert.equal(answer.status, 200);
      const given = (answer.headers["set-cookie"] ?? []).map((line) => line.split(";")[0]);
      return {
        variant: String(answer.headers["x-variant"]),
        cookie: given.length === 0 ? cookie : given.join("; "),
      };
    }

    it("keeps each user at the variant of the first visit, and moves the canary's at weight 0", async function () {
      this.timeout("4m");
      const users = await Promise.all(Array.from({ length: USERS }, () => visit()));
      const held = new Set(users.map(({ variant }) => variant));
      assert.deepEqual([...held].sort(), ["canary", "primary"]);
      for (const { variant, cookie } of users) {
        assert.notEqual(cookie, "");
        for (let i = 0; i < VISITS; i++) assert.equal((await visit(cookie)).variant, variant);
      }
      await app.shift(0);
      await running().settled(app);
      for (const { cookie } of users) assert.equal((await visit(cookie)).variant, "primary");
    });
  });
}
