import assert from "node:assert/strict";
import { isReady } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { App } from "./app";
import { podOf } from "./edges";
import { lab } from "./hooks";
import { everyProvider } from "./providers";
import { rendered } from "./rendered";

const NAME = "narrow-all";
const APPS = { ingresses: "nginx", gateways: "gateway" } as const;

describe("a Traefik of every provider that serves its own and the apps' namespaces alone", () => {
  let objects: KubernetesObject[] = [];
  let elsewhere: App;

  before(async function () {
    if (lab().attached) this.skip();
    const apps = Object.entries(APPS).flatMap(([app, router]) => [
      `apps.${app}.host=${app}.example.com`,
      `apps.${app}.image=registry.example.com/${app}:1.0.0`,
      `apps.${app}.router=${router}`,
    ]);
    const traefik = [`traefik.namespace=${NAME}`, "traefik.clusterWide=false"];
    const kept = new Set((await rendered("dev")).map(nameOf));
    const all = await rendered("dev", [...everyProvider, ...apps, ...traefik]);
    objects = all
      .filter((object) => !kept.has(nameOf(object)))
      .map((object) => (object.kind === "DaemonSet" ? podOf(object, NAME) : object));
    elsewhere = App.rendered(lab(), "elsewhere", ["router=nginx"]);
    await lab().apply([...(await elsewhere.objects()), ...objects]);
    await lab().until("it is ready", async () => {
      const pods = await lab().pods(`name=${NAME}`, NAME);
      return pods.length === 1 && pods.every(isReady);
    });
  });

  after(async () => {
    await elsewhere?.remove();
    for (const object of objects.reverse()) await lab().cluster.delete(object);
  });

  const status = async (host: string): Promise<number> => {
    const [pod] = await lab().pods(`name=${NAME}`, NAME);
    return (await lab().get(`http://${pod?.status?.podIP}`, { host })).status;
  };

  const untilRouted = async (app: string): Promise<void> => {
    const host = `${app}.example.com`;
    await lab().until(`${host} is routed`, async () => (await status(host)) === 200);
  };

  for (const [app, router] of Object.entries({ ...APPS, myapp: "traefik" })) {
    it(`has the rights to serve an app of router ${router}`, () => untilRouted(app));
  }

  it("serves no app in another namespace, one that was there before those that it serves", async () => {
    await untilRouted("ingresses");
    assert.equal(await status(elsewhere.host), 404);
  });

  it("says of the app's Gateway and its route that it serves them", async () => {
    const find = async (kind: string) =>
      lab().cluster.find({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind,
        metadata: { name: "gateways", namespace: "gateways" },
      });
    await lab().until("both are accepted", async () => {
      const [gateway, route] = await Promise.all(["Gateway", "HTTPRoute"].map(find));
      const { conditions } = (gateway?.status ?? {}) as Partial<Conditions>;
      const { parents = [] } = (route?.status ?? {}) as { parents?: Conditions[] };
      return isAccepted(conditions) && isAccepted(parents[0]?.conditions);
    });
  });
});

interface Conditions {
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
}

const isAccepted = (conditions: Conditions["conditions"] = []): boolean =>
  conditions.some(({ type, status }) => type === "Accepted" && status === "True");

const nameOf = ({ kind, metadata }: KubernetesObject): string =>
  `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
