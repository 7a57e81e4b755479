import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import type { RolloutEvent } from "../../rollout/journal/events";
import type { Ended } from "../../rollout/machine/world";
import { App } from "./app";
import { origins, untilSettled } from "./edges";
import { lab } from "./hooks";
import { lacksPrometheus, PROMETHEUS_URL, Prometheus } from "./prometheus";
import { tier } from "./tier";

const lacking =
  lacksPrometheus() ?? (tier === "full" ? undefined : "npm run test:lab:full: CloudWatch counts in minutes");
const TO = 25;

interface Result {
  readonly ended: Ended;
  readonly records: Readonly<Record<string, number>>;
  readonly seen: { readonly aws: number; readonly kubernetes: number; readonly failed: number };
}

describe(`a move of users to Traefik${lacking === undefined ? "" : ` (needs ${lacking})`}`, function () {
  this.timeout("20m");
  let prometheus: Prometheus;
  let app: App;

  before(async function () {
    if (lacking !== undefined || lab().attached) this.skip();
    prometheus = await Prometheus.up(lab());
    app = await App.deploy(lab(), "moved", ["canaryWeight=10", "preStopSeconds=1"]);
    await untilSettled(lab());
  });

  after(async () => {
    await app?.remove();
    await prometheus?.remove();
  });

  it("begins to bake once users have followed DNS, and is taken back when Kubernetes is slower than AWS", async () => {
    const edges = await origins(lab());
    const script = join(__dirname, "inside", "move.ts");
    const mover = lab().fork(script, [app.name, app.host, PROMETHEUS_URL, String(TO), ...edges]);
    const events: RolloutEvent[] = [];
    let result: Result | undefined;
    mover.on("message", (message: { event?: RolloutEvent } & Partial<Result>) => {
      if (message.event !== undefined) events.push(message.event);
      else result = message as Result;
    });
    const gone = once(mover, "exit");
    const find = (type: RolloutEvent["type"]) => events.find((event) => event.type === type);
    try {
      await lab().until(
        "users have followed",
        () => find("followed") !== undefined || mover.exitCode !== null,
        420,
      );
      const followed = find("followed");
      assert.ok(followed?.type === "followed" && followed.isThere, JSON.stringify(followed));
      assert.equal(find("rolling-back"), undefined);
      for (const pod of await app.pods()) await lab().setSwitches(pod, { latencyMs: 400 });
      await lab().until("it has ended", () => result !== undefined || mover.exitCode !== null, 840);
    } finally {
      if (mover.connected) mover.send("stop");
      await gone;
    }
    const { ended, records, seen } = result ?? assert.fail("it ended early");
    assert.equal(ended.outcome, "rolled-back", ended.reason);
    assert.match(
      ended.reason,
      /^moved\/Kubernetes latency: Kubernetes p90 \S+ ms, AWS \S+ ms, in [\d,]+ requests: \S+ % worse /,
    );
    assert.match(
      ended.reason,
      /; users have (not )?followed after \d+ TTLs? of 5 s: moved has \S+ % of its last /,
    );
    assert.deepEqual(records, { elb: 100, kubernetes: 0 });
    assert.equal(seen.failed, 0);
    assert.ok(seen.kubernetes > 100 && seen.aws > seen.kubernetes, JSON.stringify(seen));
  });
});
