import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { type AppSide, addressesIn, appShifts, variantShifts, versionsOf } from "../../offline/audience";
import type { StackConfiguration } from "../../offline/configuration";
import { ProgramError } from "../../offline/errors";
import { deployed, type Preview, preview } from "../../offline/preview";
import type { ResourceState } from "../../offline/state";
import { previewFindings } from "../../policy/preview";
import { previewMarkdown } from "../../reports/markdown";
import { PROJECT } from "../cli/project";
import { seeded } from "../end-to-end/random";
import { configuration } from "../stacks/migrations";
import { dev, myapp, onBoth, prod, type Raw } from "../stacks/raw";
import { type Answers, answersOf } from "./answers";

/** Random changes; `SILENT_MOVES` makes it more. */
const CHANGES = Number(process.env.SILENT_MOVES ?? 300);
const SEED = Number(process.env.SILENT_MOVES_SEED ?? 1);

describe(`${CHANGES} random changes of settings (seed ${SEED})`, function () {
  this.timeout(CHANGES * 2000);

  before(() => {
    const text = readFileSync(join(PROJECT, MANIFEST.manifest), "utf8");
    writeFileSync(join(PROJECT, OTHER_MANIFEST), text.replace("shipper:2", "shipper:3"));
  });
  after(() => rmSync(dirname(join(PROJECT, OTHER_MANIFEST)), { recursive: true }));

  it("move no user in silence: what the rendered objects answer is what the headline says", async () => {
    const random = seeded(SEED);
    const stacks = bases();
    for (let done = 0; done < CHANGES; ) {
      const before = stacks[random(stacks.length)] ?? assert.fail();
      const after = changed(before, random);
      const valid = await shown(before, after);
      if (valid === undefined) continue;
      done++;
      try {
        isTold(valid);
      } catch (error) {
        assert.fail(`${JSON.stringify(before)}\n-> ${JSON.stringify(after)}\n${(error as Error).message}`);
      }
    }
  });

  it("are seen where a route does something else than the weights say", async () => {
    const filed = dev({});
    const there = (await shown(filed, dev({ apps: { myapp: { healthPath: "/other" } } }))) ?? assert.fail();
    isTold(there);
    const planted = structuredClone(there.after) as unknown as { type: string; inputs: { spec: Planted } }[];
    for (const { type, inputs } of planted)
      if (type.endsWith(":TraefikService"))
        inputs.spec.weighted.services.reverse().forEach((one, i) => {
          one.weight = [90, 10][i] ?? 0;
        });
    assert.throws(() => isTold({ ...there, after: planted as unknown as ResourceState[] }));
  });

  it("are seen where the headline leaves them out, or says that all is well", async () => {
    const others: Raw = { apps: { myapp: OTHERS } };
    for (const [from, to] of [
      [{}, { apps: { myapp: { host: "shop.example.com" } } }],
      [{}, { apps: { myapp: { path: "/api" } } }],
      [{}, { apps: { myapp: {}, extra: { host: myapp.host, path: "/api", image: "extra:1.0.0" } } }],
      [others, { apps: { myapp: { ...OTHERS, service: "shop-blue" } } }],
      [{ apps: { myapp: MANIFEST } }, { apps: { myapp: { ...MANIFEST, manifest: OTHER_MANIFEST } } }],
    ] as const) {
      const one = (await shown(dev(from), dev(to))) ?? assert.fail(JSON.stringify(to));
      isTold(one);
      for (const headline of ["- ✅ no changes", one.headline.replace(/- \S+/, "- ✅")])
        assert.throws(() => isTold({ ...one, headline }), assert.AssertionError, JSON.stringify(to));
    }
  });
});

interface Planted {
  readonly weighted: { readonly services: { weight: number }[] };
}

/** A change, as it is deployed before and after, and as a reviewer sees it. */
interface Shown {
  readonly before: readonly ResourceState[];
  readonly after: readonly ResourceState[];
  readonly preview: Preview;
  /** The first line of the comment. */
  readonly headline: string;
}

const known = new Map<string, Promise<readonly ResourceState[]>>();

/** Undefined if the settings are refused. */
async function shown(from: Raw, to: Raw): Promise<Shown | undefined> {
  const [was, is]: [StackConfiguration, StackConfiguration] = [configuration(from), configuration(to)];
  const key = JSON.stringify(from);
  const states = known.get(key) ?? deployed(PROJECT, was);
  known.set(key, states);
  try {
    const before = await states;
    const seen = await preview(PROJECT, is, before);
    // References to what is new are not known before it is made.
    const isKnown = seen.steps.every(({ op }) => op !== "create" && op !== "replace");
    const after = isKnown ? seen.steps.flatMap(({ fresh }) => fresh ?? []) : await deployed(PROJECT, is);
    const report = {
      stack: "prod",
      notes: [],
      preview: seen,
      findings: previewFindings(seen, { aboutUsersOnly: true }),
      loosened: [],
    };
    const comment = previewMarkdown([report], { compared: "both", command: "preview" });
    return { before, after, preview: seen, headline: /^- .*$/m.exec(comment)?.[0] ?? "" };
  } catch (error) {
    if (error instanceof ProgramError && error.expected) return undefined;
    throw error;
  }
}

/** Holds the model of who gets what to the objects' answers, and the headline to what differs in them. */
function isTold({ before, after, preview, headline }: Shown): void {
  const shifts = appShifts(preview.steps);
  const addresses = shifts.flatMap(({ before: from = {}, after: to = {} }) =>
    [from, to].flatMap(addressesIn),
  );
  const [was, is] = [answersOf(before, addresses), answersOf(after, addresses)];
  const isGreen = headline.startsWith("- ✅");
  const all = shifts.flatMap((shift) =>
    variantShifts(shift).map((variant) => ({ app: shift.app, ...variant })),
  );
  for (const shift of shifts) {
    const { app, before: from, after: to } = shift;
    // The headline has the shares of variants and of sides: users move between versions that stay.
    const stay = variantShifts(shift).flatMap(({ before: old, after: now }) =>
      old && now ? versionsOf(old).filter((version) => versionsOf(now).includes(version)) : [],
    );
    agree(from, was, `${app} before`);
    agree(to, is, `${app} after`);
    for (const address of addressesIn(to ?? {})) {
      const unserved = is[address]?.nobody ?? 0;
      if (unserved > 0) assert.match(headline, /^- ⛔/, `${unserved} % of ${app} meet nobody: ${headline}`);
    }
    const own = new Set((from?.variants ?? []).flatMap(versionsOf));
    for (const address of new Set(addresses)) {
      const [had = {}, has = {}] = [was[address], is[address]];
      // Addresses of its own, and those below them that another app takes.
      if (!Object.keys(had).some((version) => own.has(version))) continue;
      if (JSON.stringify(rounded(had)) === JSON.stringify(rounded(has))) continue;
      const told = new RegExp(`\\b${app}\\b|users meet nobody`);
      assert.match(headline, told, `silent: ${address} ${diff(had, has)}\n${headline}`);
      const isLost = "nobody" in has;
      const fresh = Object.keys(has).filter((version) => !(version in had) && !stay.includes(version));
      const isOwnCanarys = (version: string): boolean =>
        all.some(
          (one) =>
            one.app === app && one.name !== "primary" && one.after && versionsOf(one.after).includes(version),
        );
      if (isLost || !fresh.every(isOwnCanarys))
        assert.ok(!isGreen, `green: ${address} ${diff(had, has)}\n${headline}`);
    }
  }
}

const diff = (was: unknown, is: unknown): string => `${JSON.stringify(was)} -> ${JSON.stringify(is)}`;

const rounded = (shares: Answers[string] | undefined): unknown =>
  shares &&
  Object.entries(shares)
    .map(([version, share]) => [version, Math.round(share * 10)])
    .sort();

/** What the model says of each address of an app is what the objects answer; of a migration, on which side. */
function agree(side: AppSide | undefined, answers: Answers, what: string): void {
  for (const address of addressesIn(side ?? {}))
    if (side) agreeAt(side, answers[address] ?? {}, `${what}, ${address}`);
}

function agreeAt(side: AppSide, answer: Answers[string], what: string): void {
  const expected: Record<string, number> = {};
  const count = (version: string, share: number): void => {
    if (share > 0) expected[version] = (expected[version] ?? 0) + share;
  };
  const isShared = Object.keys(side.sides).length > 1;
  for (const variant of side.variants)
    for (const version of versionsOf(variant)) if (!isShared) count(version, variant.weight.effective);
  const isMachine = (version: string): boolean => version.startsWith("ami-");
  const shown = isShared
    ? { elb: sumOf(answer, isMachine), kubernetes: sumOf(answer, (version) => !isMachine(version)) }
    : answer;
  const wanted: Readonly<Record<string, number>> = isShared
    ? { elb: 0, kubernetes: 0, ...side.sides }
    : expected;
  for (const version of new Set([...Object.keys(shown), ...Object.keys(wanted)])) {
    const [has, says] = [(shown as Record<string, number>)[version] ?? 0, wanted[version] ?? 0];
    // Users of a variant without pods meet nobody: which variant that is, `someone-there` says.
    if (version === "nobody" || (says > has && says - has < (answer.nobody ?? 0) + 0.02)) continue;
    assert.ok(Math.abs(has - says) < 0.02, `${what}: ${version} gets ${has} %, and the model says ${says} %`);
  }
}

const sumOf = (answer: Answers[string], which: (version: string) => boolean): number =>
  Object.entries(answer).reduce((sum, [version, share]) => sum + (which(version) ? share : 0), 0);

const ROUTERS = ["traefik", "gateway", "nginx", "replicas"];

/** Keys that are undefined are left out. */
const NO_IMAGES = { image: undefined, canaryImage: undefined };
const MANIFEST = {
  ...NO_IMAGES,
  manifest: "test/fixtures/api.yaml",
  canaryImage: "registry.example.com/api:1.1.0",
};
/** The same with another sidecar in front, from the project's folder. */
const OTHER_MANIFEST = relative(PROJECT, join(mkdtempSync(join(tmpdir(), "canary-moves-")), "api.yaml"));
const OTHERS = { ...NO_IMAGES, namespace: "web", service: "shop-stable", canaryService: "shop-next" };

function bases(): Raw[] {
  const canaryAmiId = "ami-0b1c2d3e4f5061728";
  return [
    ...ROUTERS.map((router) => dev({ router, ...(router === "replicas" && { canaryWeight: 25 }) })),
    dev({ apps: { shop: { host: "shop.example.com", image: "shop:1.0.0", canaryImage: "shop:1.1.0" } } }),
    dev({ canaryWeight: 100 }),
    dev({ apps: { myapp: { hosts: ["www.example.com", "*.shops.example.com"], path: "/api" } } }),
    dev({ apps: { myapp: MANIFEST, shop: { host: "shop.example.com", path: "/cart", ...OTHERS } } }),
    dev({ apps: { myapp: OTHERS } }),
    ...["classic", "alb", "nlb"].map((loadBalancer) => prod({ aws: { loadBalancer, canaryAmiId } })),
    prod({ canaryWeight: 100, aws: { canaryAmiId } }),
    ...[0, 25, 100].map((kubernetesWeight) => onBoth({ dns: { kubernetesWeight }, aws: { canaryAmiId } })),
  ];
}

type Random = (below: number) => number;

/** One to three changes at once. */
function changed(base: Raw, random: Random): Raw {
  const raw = structuredClone(base);
  const app = (raw.apps as Record<string, Raw>).myapp ?? assert.fail();
  const aws = raw.aws as Raw | undefined;
  const one = <T>(...values: readonly [T, ...T[]]): T => values[random(values.length)] ?? values[0];
  const changes: (() => void)[] = [
    () => {
      raw.canaryWeight = one(0, 1, 10, 25, 33.33, 50, 75, 100);
    },
    () => {
      raw.canaryWeight = random(101);
    },
    () => {
      app.canaryWeight = random(101);
    },
    () => {
      app.host = one("shop2.example.com", "www.example.com");
    },
    () => {
      app.image = `registry.example.com/myapp:${one("2.0.0", "1.1.0")}`;
    },
    () => {
      app.canaryImage = `registry.example.com/myapp:1.${random(9)}.0`;
    },
    () => {
      delete app.canaryImage;
    },
    () => {
      raw.dns = { kubernetesWeight: random(101) };
    },
    () => {
      if (aws) aws.amiId = one("ami-0a1b2c3d4e5f60719", "ami-0b1c2d3e4f5061728");
    },
    () => {
      if (aws) aws.canaryAmiId = "ami-0c1c2d3e4f5061728";
    },
    () => {
      if (aws) aws.fleetSize = 2 + random(20);
    },
    () => {
      if (aws) aws.loadBalancer = one("classic", "alb", "nlb");
    },
    () => {
      app.port = 8000 + random(9);
    },
    () => {
      app.healthPath = one("/healthz", "/");
    },
    () => {
      app.replicas = 1 + random(6);
    },
    () => {
      app.canaryReplicas = random(4);
    },
    () => {
      app.env = { LOG_LEVEL: one("debug", "info") };
    },
    () => {
      app.hosts = one([], ["www.example.com"], ["www.example.com", "*.shops.example.com"]);
    },
    () => {
      app.path = one("/api", "/api/v2", "/cart", undefined);
    },
    () => {
      app.pathType = one("exact", "prefix");
    },
    () => {
      app.stripPath = true;
    },
    () => {
      app.protocol = one("http", "h2c", "grpc", "https");
    },
    () => {
      const path = one(undefined, "/api", "/cart/1", "/api/v2");
      (raw.apps as Raw).extra = { host: app.host, image: "extra:1.0.0", path, router: app.router };
    },
    () => {
      app[one("service", "canaryService")] = one("shop-stable", "shop-next", "shop-blue");
    },
    () => {
      for (const key of ["service", "canaryService"]) delete app[key];
      Object.assign(app, MANIFEST, { manifest: one(MANIFEST.manifest, OTHER_MANIFEST) });
    },
    () => {
      Object.assign(app, { manifest: undefined, ...OTHERS });
    },
    () => {
      app.canaryHost = one("canary.myapp.example.com", "next.example.com");
    },
    () => {
      app.namespace = one("myapp", "web");
    },
    () => {
      raw.router = one("traefik", "gateway", "nginx", "replicas");
    },
    () => {
      raw.policies = { maxStep: 100 };
    },
    () => {
      (raw.apps as Raw).extra = { host: "extra.example.com", image: "extra:1.0.0" };
    },
    () => {
      delete (raw.apps as Raw).shop;
    },
    () => {
      app.sticky = { cookie: "variant" };
    },
    () => {
      app.tlsSecret = "tls";
    },
  ];
  for (let i = random(3); i >= 0; i--) changes[random(changes.length)]?.();
  return raw;
}
