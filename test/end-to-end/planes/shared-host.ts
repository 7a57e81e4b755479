/** Two apps on one host, of which one has a path of it. */
import assert from "node:assert/strict";
import { isReady } from "../../../lab/client";
import { send } from "../../../lab/load/load";
import { answers, counts, failures } from "../../../lab/load/tally";
import { App } from "../app";
import { lab } from "../hooks";
import { onPlane } from "./on-plane";
import type { DataPlane } from "./plane";

/** What is asked for, and by whom it is answered as what. */
const QUESTIONS = [
  ["/", "web", "/"],
  ["/v1/appinfo", "web", "appinfo"],
  ["/api", "api", "/"],
  ["/api/", "api", "/"],
  ["/api/v1/appinfo", "api", "appinfo"],
  ["/apix", "web", "/"],
  ["/apix/v1/appinfo", "web", "/"],
] as const;

export function sharedHostOf(plane: DataPlane): void {
  const { router } = plane;
  onPlane(plane, `two apps on one host, ${plane.title},`, (running) => {
    const [web, api] = [`web-${router}`, `api-${router}`];
    const host = `${web}.example.com`;
    let apps: readonly App[] = [];

    before(async function () {
      this.timeout("6m");
      const replicas = router === "replicas" ? ["replicas=10"] : ["replicas=2"];
      const settings = [
        ...plane.settings,
        `router=${router}`,
        "preStopSeconds=1",
        "canaryWeight=10",
        ...replicas,
      ];
      const shared = [`host=${host}`, "path=/api", "stripPath=true", `hosts[0]=*.${web}.example.com`];
      const app = (name: string, given: readonly string[]): App =>
        App.rendered(lab(), name, given, running());
      apps = [app(web, settings), app(api, [...settings, ...shared, `canaryHost=canary.${api}.example.com`])];
      for (const app of apps) {
        const objects = await app.objects();
        await lab().apply(objects);
        const wanted = objects
          .filter(({ kind }) => kind === "Deployment")
          .reduce((sum, { spec }) => sum + (spec as { replicas: number }).replicas, 0);
        await lab().until(`the pods of ${app.name} are ready`, async () => {
          const pods = await app.pods();
          return pods.length === wanted && pods.every(isReady);
        });
      }
      for (const app of apps) await running().settled(app);
    });

    after(async () => {
      for (const app of apps) await app.remove();
    });

    const asked = async (path: string, of = host): Promise<string> => {
      const [origin] = await running().origins();
      const { status, body } = await lab().get(`${origin}${path}`, { host: of });
      return `${status} ${body.trim()}`;
    };

    for (const [path, by, as] of QUESTIONS) {
      it(`${path} is ${by}'s, who is asked for ${as === "appinfo" ? "/v1/appinfo" : "another path"}`, async () => {
        const answer = await asked(path);
        const name = `${by}-${router}`;
        assert.match(
          answer,
          as === "appinfo" ? new RegExp(`^200 \\{[^]*"${name}`) : new RegExp(`^200 ${name} `),
        );
      });
    }

    it("a wildcard's names are the app's, and its path alone", async () => {
      assert.match(await asked("/api/", `a.${web}.example.com`), new RegExp(`^200 ${api} `));
      assert.match(await asked("/", `a.${web}.example.com`), /^404 /);
    });

    it("the canary's host has the path, too", async () => {
      const [origin] = await running().origins();
      const answer = await lab().get(`${origin}/api/v1/appinfo`, { host: `canary.${api}.example.com` });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["x-variant"], "canary");
    });

    it("each has weights of its own, and a shift of one is none of the other's", async () => {
      const [, second] = apps;
      if (second === undefined) throw new Error("no second app");
      await second.shift(40);
      if (router === "replicas")
        await lab().until(
          "the pods are there",
          async () => (await second.pods("canary")).filter(isReady).length === 4,
        );
      await running().settled(second);
      const shareOf = async (path: string): Promise<number> => {
        const report = await send(lab(), {
          origins: [...(await running().origins())],
          host,
          path,
          requests: 1000,
        });
        const counted = counts(report);
        assert.deepEqual(failures(counted), {});
        return (answers(counted).canary ?? 0) / 10;
      };
      assert.ok(Math.abs((await shareOf("/")) - 10) <= 4);
      assert.ok(Math.abs((await shareOf("/api/")) - 40) <= 6);
    });
  });
}
