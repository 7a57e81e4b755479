import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type RouterName, routers } from "../../components/routers";
import { isReady } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { Load } from "../../lab/load/load";
import { answers, counts, failures, total } from "../../lab/load/tally";
import { parseOverride, readConfiguration } from "../../offline/configuration";
import { renderObjects } from "../../offline/manifests";
import { evaluate } from "../../offline/program";
import { EXAMPLES } from "../examples/pages";
import { origins, THROTTLE_MS } from "./edges";
import { lab } from "./hooks";
import { everyProvider, readEveryProvider } from "./providers";
import { rated } from "./tier";

const HOST = "api.example.com";
const NAMESPACE = "shop";
const RATE = rated(200);

/** The app's objects in the example, with its Secret's values, which rendering masks. */
async function objects(
  router: RouterName,
  weight: number,
  extra: readonly string[] = [],
): Promise<KubernetesObject[]> {
  const given = [...everyProvider, `router=${router}`, `canaryWeight=${weight}`, ...extra];
  const overrides = given.map((text) => parseOverride(text, true));
  const { states } = await evaluate(EXAMPLES, readConfiguration(EXAMPLES, "api", overrides), []);
  const rendered = renderObjects(states).objects as unknown as KubernetesObject[];
  return rendered.filter(({ kind, metadata }) =>
    kind === "Namespace" ? metadata.name === NAMESPACE : metadata.namespace === NAMESPACE,
  );
}

interface Config {
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

describe("an app from a team's own manifest", () => {
  let edges: string[];

  before(async function () {
    this.timeout("5m");
    await readEveryProvider(lab());
    edges = await origins(lab());
    await lab().apply(await objects("traefik", 10));
    await lab().until("all pods of the app are ready", async () => {
      const pods = await lab().pods("team=shop", NAMESPACE);
      return pods.length === 4 && pods.every(isReady);
    });
  });
  after(async () => {
    const [namespace, ...others] = await objects("traefik", 10);
    for (const object of [
      ...others,
      ...(await objects("nginx", 10)).filter(({ kind }) => kind === "Ingress"),
    ])
      await lab().cluster.delete(object);
    await lab().until("the app is gone", async () => (await lab().pods("team=shop", NAMESPACE)).length === 0);
    if (namespace !== undefined) await lab().cluster.delete(namespace);
  });

  const routed = (): Promise<void> =>
    lab().until("the app is routed at every edge node", async () => {
      const asked = edges.map((origin) => lab().get(origin, { host: HOST }));
      return (await Promise.all(asked)).every(({ status }) => status === 200);
    });

  it("has its environment, its files, and what its init container and its sidecar made of them", async () => {
    await routed();
    const configs = new Map<string, Config>();
    await lab().until("both variants have answered, and the sidecar has followed", async () => {
      const { headers, body } = await lab().get(`${edges[0]}/v1/config`, { host: HOST });
      configs.set(String(headers["x-variant"]), JSON.parse(body) as Config);
      return configs.size === 2 && [...configs.values()].every(({ files }) => "/scratch/followed" in files);
    });
    for (const [variant, { env, files }] of configs) {
      assert.equal(env.GREETING, "hello");
      assert.match(env.POD ?? "", /^api-/);
      assert.ok("SECRET_TOKEN" in env);
      assert.equal(env.MODE, variant === "canary" ? "new" : undefined);
      assert.equal(files["/etc/api/api.toml"], "timeout = 5\n");
      assert.equal(files["/scratch/state"], "prepared for users\n");
      assert.equal(files["/scratch/followed"], "prepared for users\n");
    }
  });

  for (const router of ["traefik", "nginx"] as const) {
    it(`is shifted from 10 to 25 % under load by ${router}, and no request fails`, async function () {
      this.timeout("3m");
      const touched = routers[router].traits.touches;
      if (router !== "traefik") {
        // Beside the other router's, and then alone: an object that serves the host is always there.
        const fresh = await objects(router, 10);
        await lab().apply(fresh);
        const gone = (await objects("traefik", 10)).filter(({ apiVersion }) =>
          apiVersion.startsWith("traefik.io/"),
        );
        await sleep(2 * THROTTLE_MS);
        for (const object of gone.reverse()) await lab().cluster.delete(object);
        await sleep(2 * THROTTLE_MS);
      }
      await routed();
      const load = await Load.start(lab(), {
        origins: edges,
        host: HOST,
        connections: 8,
        seconds: 600,
        rate: RATE,
      });
      await load.more(1000);
      const shifted = (await objects(router, 25)).filter(({ kind }) => touched.includes(kind));
      await lab().apply(shifted);
      await sleep(THROTTLE_MS + 1000);
      const at = Date.now();
      await load.more(2000);
      const report = await load.stop();
      assert.deepEqual(failures(counts(report)), {});
      const after = counts(report, at, Date.now());
      const share = (100 * (answers(after).canary ?? 0)) / total(after);
      assert.ok(Math.abs(share - 25) < 3, `${share} % of ${total(after)}`);
    });
  }

  it("fails by name where it has what the lab ignores", async () => {
    const [pod] = (await objects("traefik", 10)).filter(
      ({ kind, metadata }) => kind === "Deployment" && metadata.name === "api-canary",
    );
    const { template } = (pod ?? assert.fail("no canary")).spec as {
      template: { spec: { containers: object[] } };
    };
    const name = "ignored";
    const spec = { ...template.spec, containers: [{ ...template.spec.containers[0], tty: true }] };
    const object = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: NAMESPACE, labels: { run: name } },
      spec,
    };
    await lab().apply([object as KubernetesObject]);
    await lab().until("the pod has failed by name", async () => {
      const [found] = await lab().pods(`run=${name}`, NAMESPACE);
      const waiting = found?.status?.containerStatuses?.[0]?.state?.waiting;
      return waiting?.message === "the lab ignores containers[0].tty";
    });
    await lab().cluster.delete(object as KubernetesObject);
  });
});
