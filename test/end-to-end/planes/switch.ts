/** An app that moves from the stack's Traefiks to another data plane, and back, by way of both. */
import assert from "node:assert/strict";
import type { KubernetesObject } from "../../../lab/cluster";
import { Load, send } from "../../../lab/load/load";
import { answers, counts, failures } from "../../../lab/load/tally";
import { App } from "../app";
import { origins, untilSettled } from "../edges";
import { lab } from "../hooks";
import { figures } from "../results";
import { rated } from "../tier";
import { onPlane } from "./on-plane";
import type { DataPlane } from "./plane";

const WEIGHT = 10;
const REQUESTS = 1000;

/** @param name of the app, which no other on the plane has */
export function switchesOf(plane: DataPlane, name: string): void {
  const { router } = plane;
  onPlane(plane, `an app that moves between router traefik and ${plane.title} under load`, (running) => {
    let app: App;

    before(async function () {
      this.timeout("6m");
      app = await App.deploy(lab(), name, ["router=traefik", `canaryWeight=${WEIGHT}`, "replicas=2"]);
      await untilSettled(lab());
    });
    after(() => app?.remove());

    const sides = {
      traefik: { from: () => origins(lab()), settled: () => untilSettled(lab()) },
      [router]: { from: async () => [...(await running().origins())], settled: () => running().settled(app) },
    };

    for (const [from, to] of [["traefik", router] as const, [router, "traefik"] as const]) {
      it(`loses no request from ${from} to ${to}, whose users move while both route`, async () => {
        const [old, new_] = [sides[from], sides[to]];
        if (old === undefined || new_ === undefined) throw new Error("no such side");
        const before = await start(await old.from());
        const both = await app.routes([`router=${to}`, `alsoRoutedBy[0]=${from}`]);
        await lab().apply(both);
        await new_.settled();
        await old.settled();
        assert.deepEqual(failures(counts(await before.stop())), {});
        const after = await start(await new_.from());
        await drop(both, await app.routes([`router=${to}`]));
        await new_.settled();
        await old.settled();
        assert.deepEqual(failures(counts(await after.stop())), {});
        const load = { origins: await new_.from(), host: app.host, requests: REQUESTS };
        const { canary = 0 } = answers(counts(await send(lab(), load)));
        const off = Math.abs(canary - (REQUESTS * WEIGHT) / 100);
        assert.ok(off <= Math.max(2, plane.spread(REQUESTS, WEIGHT)), `${canary} of ${REQUESTS}`);
        figures.switches++;
      });
    }

    const start = (targets: readonly string[]): Promise<Load> =>
      Load.start(lab(), { origins: targets, host: app.host, rate: rated(500) });
  });
}

/** Deletes what is no longer wanted, at the same time as an engine does. */
export async function drop(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): Promise<void> {
  const kept = new Set(after.map(nameOf));
  const gone = before.filter((object) => !kept.has(nameOf(object)));
  assert.ok(gone.length > 0);
  await Promise.all(gone.map((object) => lab().cluster.delete(object)));
}

const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`;
