import assert from "node:assert/strict";
import { type RouterName, routers } from "../../components/routers";
import type { KubernetesObject } from "../../lab/cluster";
import { Load, send } from "../../lab/load/load";
import { answers, type Counts, counts, failures } from "../../lab/load/tally";
import { App } from "./app";
import { origins, reloads, untilSettled } from "./edges";
import { lab } from "./hooks";
import { readEveryProvider } from "./providers";
import { rated, size } from "./tier";

const REQUESTS = size.counted;
const WEIGHT = 10;

/** What is asked with, and whether the canary answers although its weight is 0. */
type Question = readonly [title: string, headers: Record<string, string>, path: string, isCanary: boolean];

const header: readonly Question[] = [
  ["the header", { "x-version": "new" }, "/", true],
  ["the header by another case of its name", { "X-VERSION": "new" }, "/", true],
  ["the header with a longer value", { "x-version": "newer" }, "/", false],
  ["the header with another value", { "x-version": "old" }, "/", false],
  ["no sign at all", {}, "/", false],
];
const cookie: readonly Question[] = [
  ["the cookie", { cookie: "canary=always" }, "/", true],
  ["the cookie among others", { cookie: "a=1; canary=always; b=2" }, "/", true],
  ["the cookie with a longer value", { cookie: "canary=alwaysx" }, "/", false],
  ["a cookie whose name ends like it", { cookie: "xcanary=always" }, "/", false],
];
const query: readonly Question[] = [
  ["the parameter", {}, "/?canary=always", true],
  ["the parameter after another", {}, "/?a=1&canary=always", true],
  ["the parameter with a longer value", {}, "/?canary=alwaysx", false],
  ["a parameter whose name ends like it", {}, "/?xcanary=always", false],
];

/** What routers but `traefik` promise of Traefik; that one has suites of its own. */
interface Row {
  readonly match: readonly string[];
  readonly questions: readonly Question[];
  /** Statuses of the canary's share where its Service or its port is missing, and where it has no pods; undefined: the primary's. */
  readonly noService?: string;
  readonly noPods?: string;
  /** The same where its pods refuse connections. */
  readonly refusing?: string;
}

const MATCH = {
  header: ["match[0].header=x-version", "match[0].value=new"],
  cookie: ["match[1].cookie=canary"],
  query: ["match[2].query=canary"],
};
const rows: Partial<Record<RouterName, Row>> = {
  nginx: {
    match: [...MATCH.header, ...MATCH.cookie],
    questions: [...header, ...cookie],
  },
  gateway: {
    match: [...MATCH.header, ...MATCH.cookie, ...MATCH.query],
    questions: [...header, ...cookie, ...query],
    noService: "500",
    noPods: "503",
    refusing: "502",
  },
};

for (const [name, { match, questions, noService, noPods, refusing }] of Object.entries(rows)) {
  describe(`router ${name}, by Traefik`, () => {
    let app: App;

    before(async function () {
      this.timeout("6m");
      await readEveryProvider(lab());
      app = await App.deploy(lab(), `by-${name}`, [`router=${name}`, ...match, "preStopSeconds=1"]);
    });

    after(() => app?.remove());

    for (const weight of [0, 0.5, 1, 10, 25, 100]) {
      it(`sends ${weight} % of ${REQUESTS} requests to the canary`, async () => {
        await app.shift(weight);
        const counted = await measured(app);
        assert.deepEqual(failures(counted), {});
        isShare(answers(counted).canary, weight);
      });
    }

    describe("at weight 0", () => {
      before(async () => {
        await app.shift(0);
        await untilSettled(lab());
      });

      for (const [title, headers, path, isCanary] of questions) {
        it(`sends a request with ${title} to the ${isCanary ? "canary" : "primary"}`, async () => {
          for (const origin of await origins(lab())) {
            const answer = await lab().get(`${origin}${path}`, { host: app.host, headers });
            assert.equal(answer.headers["x-variant"], isCanary ? "canary" : "primary");
          }
        });
      }

      it("sends all that ask for the canary's own host to it", async () => {
        const report = await send(lab(), {
          origins: await origins(lab()),
          host: app.canaryHost,
          requests: 100,
        });
        assert.deepEqual(counts(report), { "200 canary": 100 });
      });
    });

    describe(`with a canary that isn't there: ${routers[name as RouterName].traits.missingCanary}`, () => {
      const statuses = { Service: noService, port: noService, pods: noPods };
      for (const [what, status] of Object.entries(statuses) as [keyof typeof absences, string?][]) {
        it(`without its ${what}, ${status === undefined ? "leaves all to the primary" : `answers ${status} for its share`}`, async () => {
          await app.shift(WEIGHT);
          const { loads, counted } = await during(app, what, () => measured(app));
          if (status === undefined) assert.deepEqual(counted, { "200 primary": REQUESTS });
          else {
            const { [status]: share = 0, ...others } = counted;
            isShare(share, WEIGHT);
            assert.deepEqual(others, { "200 primary": REQUESTS - share });
          }
          // While its last pod ends, Traefik takes the canary for there: 503, by router traefik too.
          const allowed = [status, ...(what === "pods" ? ["503"] : [])];
          const outcomes = loads.flatMap((load) => Object.keys(failures(load)));
          assert.deepEqual(
            outcomes.filter((outcome) => !allowed.includes(outcome)),
            [],
          );
        });

        it(`without its ${what} at weight 0, affects nobody`, async () => {
          await app.shift(0);
          const { loads } = await during(app, what, async () => {});
          for (const load of loads) assert.deepEqual(Object.keys(load), ["200 primary"]);
        });
      }

      it(`whose pods refuse connections, ${refusing === undefined ? "leaves all to the primary" : `answers ${refusing} for its share`}`, async () => {
        await app.shift(WEIGHT);
        await untilSettled(lab());
        await lab().setSwitches(await app.canaryPod(), { refuse: true });
        // Before its probe fails, too, and it has no pods that are ready.
        const requests = 1000;
        const report = await send(lab(), { origins: await origins(lab()), host: app.host, requests });
        await lab().setSwitches(await app.canaryPod(), { refuse: false });
        await app.untilReady();
        const { [refusing ?? ""]: share = 0, ...others } = counts(report);
        if (refusing !== undefined) assert.ok(Math.abs(share - requests / WEIGHT) <= 4, `${share}`);
        assert.deepEqual(others, { "200 primary": requests - share });
      });
    });
  });
}

/** Ways to take the canary away, each of which returns the way back. */
const absences = {
  async Service(app: App) {
    const service = await app.object("Service", `${app.name}-canary`);
    await lab().cluster.delete(service);
    return () => lab().apply([service]);
  },
  async port(app: App) {
    const service = await app.object("Service", `${app.name}-canary`);
    await lab().apply([withPort(service, 81)]);
    return () => lab().apply([service]);
  },
  async pods(app: App) {
    const name = `${app.name}-canary`;
    await lab().apply([await app.object("Deployment", name, ["canaryReplicas=0"])]);
    await lab().until("the canary has no pods", async () => (await app.pods("canary")).length === 0);
    return async () => lab().apply([await app.object("Deployment", name)]);
  },
} satisfies Record<string, (app: App) => Promise<() => Promise<unknown>>>;

/** What comes of requests while something is taken away and while it comes back, and what is counted in between. */
async function during<T>(
  app: App,
  what: keyof typeof absences,
  count: () => Promise<T>,
): Promise<{ loads: Counts[]; counted: T }> {
  await untilSettled(lab());
  const start = async () =>
    Load.start(lab(), { origins: await origins(lab()), host: app.host, rate: rated(500) });
  const taking = await start();
  const restore = await absences[what](app);
  await untilSettled(lab());
  const first = await taking.stop();
  const counted = await count();
  const restoring = await start();
  await restore();
  await app.untilReady();
  return { loads: [counts(first), counts(await restoring.stop())], counted };
}

/** What comes of requests while no configuration is reloaded. */
async function measured(app: App): Promise<Counts> {
  const targets = await origins(lab());
  for (;;) {
    await untilSettled(lab());
    const before = await reloads(lab());
    const counted = counts(await send(lab(), { origins: targets, host: app.host, requests: REQUESTS }));
    if (String(await reloads(lab())) === String(before)) return counted;
  }
}

/** Each of two Traefiks keeps within one of the share. */
function isShare(count = 0, weight: number): void {
  assert.ok(Math.abs(count - (REQUESTS * weight) / 100) <= 2, `${count} of ${REQUESTS} at ${weight} %`);
}

function withPort(service: KubernetesObject, port: number): KubernetesObject {
  const { ports, ...spec } = service.spec as { ports: object[] };
  return { ...service, spec: { ...spec, ports: ports.map((one) => ({ ...one, port })) } };
}
