import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { type Manifest, type RouterName, routerNames, routers } from "../../components/routers";
import type { KubernetesObject } from "../../lab/cluster";
import { readConfiguration } from "../../offline/configuration";
import { renderObjects } from "../../offline/manifests";
import { evaluate } from "../../offline/program";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { withoutPulumi } from "../cli/without-pulumi";
import { dev } from "../stacks/raw";
import { App } from "./app";
import { lab } from "./hooks";

const BLUE = ["canaries.blue.image=registry.example.com/blue:1.2.0", "canaries.blue.weight=0"];
const variants = {
  plain: [],
  "three variants": BLUE,
  "a match": ["match[0].KIND=x-version"],
  "a sticky cookie": ["sticky.cookie=variant"],
  mirroring: ["mirror.percent=10"],
  shield: ["shield=true"],
  "a share of clients": ["split=clients"],
  "a certificate": ["tlsSecret=certificate"],
  "hosts and a path": ["hosts[0]=www.taken.example.com", "path=/api"],
  "wildcards and an exact path": ["hosts[0]=*.taken.example.com", "path=/api", "pathType=exact"],
  "a path that is taken away": ["path=/v1.0", "stripPath=true"],
  "a time limit": ["requestTimeoutSeconds=20"],
  "a limit of bodies": ["maxBodyBytes=1048576"],
  "changes of headers": [
    "requestHeaders.set.X-From=edge",
    "requestHeaders.remove[0]=X-Debug",
    "responseHeaders.set.X-Frame-Options=DENY",
    "responseHeaders.remove[0]=Server",
    "path=/api",
  ],
  gRPC: ["protocol=grpc"],
  "TLS to its pods": ["protocol=https"],
} as const satisfies Record<string, readonly string[]>;
type Variant = keyof typeof variants;

/** What is particular to a router; one that has nothing needs no row. */
interface Row {
  /** Settings that it needs, in every variant or in one. */
  readonly settings?: readonly string[];
  readonly more?: Partial<Record<Variant, readonly string[]>>;
  /** Variants that it refuses though its traits do not. */
  readonly refuses?: readonly Variant[];
  /** Why an API server of today has none of its kinds. */
  readonly gone?: string;
}

const rows: Partial<Record<RouterName, Row>> = {
  "traefik-v1": { gone: "extensions/v1beta1 left Kubernetes with 1.22" },
  nginx: { refuses: ["three variants"] },
  gateway: {
    more: {
      mirroring: ["routers.gateway.gatewayClass=istio"],
      "a time limit": ["routers.gateway.gatewayClass=istio"],
    },
  },
  "alb-ingress": {
    more: {
      "a sticky cookie": ["sticky.seconds=3600"],
      gRPC: ["routers.alb-ingress.https=true"],
    },
    refuses: ["a certificate"],
  },
  "blue-green": { settings: ["canaryWeight=100"] },
};

/** What the router does by its traits, and does not refuse for a reason of its own. */
function settingsOf(name: RouterName, variant: Variant): readonly string[] | undefined {
  const { traits } = routers[name];
  const [kind] = traits.match;
  const can: Partial<Record<Variant, boolean>> = {
    "a match": kind !== undefined,
    "a sticky cookie": traits.sticky !== undefined,
    mirroring: traits.mirror,
    shield: traits.shield !== undefined,
    "a share of clients": traits.clients !== undefined,
    "hosts and a path": traits.paths.includes("prefix"),
    "wildcards and an exact path": traits.wildcards && traits.paths.includes("exact"),
    "a path that is taken away": traits.strip,
    "a time limit": traits.requestTimeout !== undefined,
    "a limit of bodies": traits.maxBody !== undefined,
    "changes of headers": traits.headers,
    gRPC: traits.protocols.includes("grpc"),
    "TLS to its pods": traits.protocols.includes("https"),
  };
  const { settings = [], more = {}, refuses = [] } = rows[name] ?? {};
  if (can[variant] === false || refuses.includes(variant)) return undefined;
  const own = variants[variant].map((setting) => setting.replace("KIND", kind ?? ""));
  return ["canaryWeight=12.5", ...own, ...settings, ...(more[variant] ?? [])];
}

describe("the API server takes what is made by router", () => {
  for (const name of routerNames()) {
    const gone = rows[name]?.gone;
    describe(`${name}${gone === undefined ? "" : ` (not: ${gone})`}`, () => {
      before(function () {
        if (gone !== undefined) this.skip();
      });

      for (const variant of Object.keys(variants) as Variant[]) {
        const settings = settingsOf(name, variant);
        if (settings === undefined) continue;
        it(`${variant}, and the second time nothing changes`, async () => {
          const app = App.rendered(lab(), "taken", [`router=${name}`, ...settings]);
          const routes = await app.routes();
          const [namespace] = await app.objects();
          assert.ok(namespace?.kind === "Namespace");
          const first = await lab().apply([namespace, ...routes]);
          assert.ok(first.some(({ change }) => change !== "unchanged"));
          const again = await lab().apply(routes);
          assert.deepEqual(
            again.filter(({ change }) => change !== "unchanged").map(({ object }) => object.kind),
            [],
          );
          for (const route of routes.reverse()) await lab().cluster.delete(route);
        });
      }

      it("what canary rollback prints without pulumi, and kubectl takes all requests from the canary", async () => {
        const project = new Project();
        const at = async (canaryWeight: number): Promise<KubernetesObject[]> => {
          const app = { host: "taken.example.com", image: "taken:1.0.0", canaryImage: "taken:1.1.0" };
          project.stackFile("dev", dev({ apps: { taken: { ...app, router: name, canaryWeight } } }));
          const { states } = await evaluate(project.folder, readConfiguration(project.folder, "dev"));
          const objects = renderObjects(states).objects as unknown as KubernetesObject[];
          return objects.filter(({ kind, metadata }) =>
            kind === "Namespace" ? metadata.name === "taken" : metadata.namespace === "taken",
          );
        };
        try {
          const out = await at(0);
          const all = await at(name === "blue-green" ? 100 : 25);
          await lab().apply(all);
          mkdirSync(`${project.folder}/empty`);
          const undo = withoutPulumi(`${project.folder}/empty`);
          const { code, stdout, stderr } = await run("rollback", "-s", "dev", "--app", "taken").finally(undo);
          assert.equal(code, 1, stderr);
          const done = await lab().exec(["sh", "-ec", stdout]);
          assert.equal(done.code, 0, `${stdout}${done.stdout}${done.stderr}`);
          const carriers = out.filter(({ kind }) => routers[name].traits.touches.includes(kind));
          for (const object of carriers) {
            const { spec, data, metadata } = object as unknown as Manifest;
            const suffix = object.kind === "ConfigMap" ? "-by-hand" : "";
            const own = {
              ...object,
              metadata: { ...object.metadata, name: `${object.metadata.name}${suffix}` },
            };
            const found = (await lab().cluster.find(own)) as unknown as Manifest;
            const text = JSON.stringify(found).replaceAll("-by-hand", "");
            assert.ok(holds(JSON.parse(text), { spec, data, metadata }), `${object.kind}: ${stdout}`);
          }
          for (const object of [...all, ...out].reverse())
            if (object.kind !== "Namespace") await lab().cluster.delete(object);
        } finally {
          project.remove();
        }
      });
    });
  }
});

/** Whether there is all that is wanted; a cluster adds defaults. */
const holds = (found: unknown, wanted: unknown): boolean =>
  typeof wanted !== "object" || wanted === null
    ? wanted === undefined || found === wanted
    : Object.entries(wanted).every(([key, value]) => holds(Object(found)[key], value));
