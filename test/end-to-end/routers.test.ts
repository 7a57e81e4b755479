import assert from "node:assert/strict";
import { type RouterName, routerNames, routers } from "../../components/routers";
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
    });
  }
});
