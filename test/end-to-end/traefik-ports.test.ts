import assert from "node:assert/strict";
import { Load } from "../../lab/load/load";
import { answers, counts, failures } from "../../lab/load/tally";
import { lab } from "./hooks";
import { rated } from "./tier";
import { Bench } from "./traefik-bench";

/** What a canary's Service may become while its routes are as they were. */
const PORTS = {
  "another number": { name: "http", port: 81, targetPort: 8080 },
  "another name": { name: "web", port: 80, targetPort: 8080 },
} as const;

/** Requests a second. */
const RATE = rated(300);

/** By the app's name. */
const SETTINGS = { ports: [], "ports-shield": ["shield=true"], "ports-mirror": ["mirror.percent=100"] };

for (const [name, settings] of Object.entries<readonly string[]>(SETTINGS)) {
  describe(`a canary at 50 %${settings.map((setting) => ` with ${setting}`)}`, () => {
    let bench: Bench;

    before(async function () {
      if (lab().attached) this.skip();
      bench = await Bench.deploy(lab(), name, ["canaryWeight=50", ...settings]);
    });

    after(() => bench?.remove());

    for (const [title, port] of Object.entries(PORTS)) {
      it(`whose Service's port gets ${title} fails no request, nor when it is back`, async () => {
        const service = (await bench.objects()).find(
          ({ kind, metadata }) => kind === "Service" && metadata.name === `${name}-canary`,
        );
        assert.ok(service !== undefined);
        const load = await Load.start(lab(), { origins: [bench.edge], host: bench.host, rate: RATE });
        await lab().apply([{ ...service, spec: { ...(service.spec as object), ports: [port] } }]);
        await lab().until("its routes are gone", async () => (await status()) === 404);
        await load.more(RATE / 2);
        await lab().apply([service]);
        await lab().until("its routes are back", async () => (await status()) === 200);
        await load.more(RATE / 2);
        const counted = counts(await load.stop());
        assert.deepEqual(failures(counted), {});
        assert.ok((answers(counted).canary ?? 0) > 0);
      });
    }

    async function status(): Promise<number | undefined> {
      const [reply] = await bench.ask({ host: bench.canaryHost });
      return reply?.status;
    }
  });
}
