import assert from "node:assert/strict";
import { type AppSide, appShifts } from "../../offline/audience";
import type { StackConfiguration } from "../../offline/configuration";
import { deployed, type Preview, preview } from "../../offline/preview";
import { ProgramError } from "../../offline/program";
import type { ResourceState } from "../../offline/state";
import { previewFindings } from "../../policy/preview";
import { previewMarkdown } from "../../reports/markdown";
import { PROJECT } from "../cli/project";
import { seeded } from "../end-to-end/random";
import { configuration } from "../stacks/migrations";
import { dev, onBoth, prod, type Raw } from "../stacks/raw";
import { type Answers, answersOf } from "./answers";

/** Random changes; `SILENT_MOVES` makes it more. */
const CHANGES = Number(process.env.SILENT_MOVES ?? 300);
const SEED = Number(process.env.SILENT_MOVES_SEED ?? 1);

describe(`${CHANGES} random changes of settings (seed ${SEED})`, function () {
  this.timeout(CHANGES * 2000);

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
    const report = { stack: "prod", notes: [], preview: seen, findings: previewFindings(seen), loosened: [] };
    const comment = previewMarkdown([report], { compared: "both", command: "preview" });
    return { before, after, preview: seen, headline: /^- .*$/m.exec(comment)?.[0] ?? "" };
  } catch (error) {
    if (error instanceof ProgramError && error.expected) return undefined;
    throw error;
  }
}

/** Holds the model of who gets what to the objects' answers, and the headline to what differs in them. */
function isTold({ before, after, preview, headline }: Shown): void {
  const [was, is] = [answersOf(before), answersOf(after)];
  const isGreen = headline.startsWith("- ✅");
  for (const { app, before: from, after: to } of appShifts(preview.steps)) {
    agree(from, was, `${app} before`);
    agree(to, is, `${app} after`);
    const unserved = to?.host === undefined ? 0 : (is[to.host]?.nobody ?? 0);
    if (unserved > 0) assert.match(headline, /^- ⛔/, `${unserved} % of ${app} meet nobody: ${headline}`);
    const hosts = [from?.host, to?.host].filter((host) => host !== undefined);
    for (const host of hosts) {
      if (JSON.stringify(rounded(was[host])) === JSON.stringify(rounded(is[host]))) continue;
      assert.match(
        headline,
        new RegExp(`\\b${app}\\b|users meet nobody`),
        `silent: ${host} ${diff(was[host], is[host])}\n${headline}`,
      );
      const isLost = is[host] === undefined || "nobody" in (is[host] ?? {});
      const fresh = Object.keys(is[host] ?? {}).filter((version) => !(version in (was[host] ?? {})));
      const canaries = to?.variants.filter(({ name }) => name !== "primary") ?? [];
      const isCanarys = (version: string) =>
        canaries.some(({ images }) => Object.values(images).includes(version));
      if (isLost || !fresh.every(isCanarys))
        assert.ok(!isGreen, `green: ${host} ${diff(was[host], is[host])}\n${headline}`);
    }
  }
}

const diff = (was: unknown, is: unknown): string => `${JSON.stringify(was)} -> ${JSON.stringify(is)}`;

const rounded = (shares: Answers[string] | undefined): unknown =>
  shares &&
  Object.entries(shares)
    .map(([version, share]) => [version, Math.round(share * 10)])
    .sort();

/** What the model says of an app's host is what the objects answer; of a migration, on which side. */
function agree(side: AppSide | undefined, answers: Answers, what: string): void {
  if (side?.host === undefined) return;
  const answer = answers[side.host] ?? {};
  const expected: Record<string, number> = {};
  const count = (version: string, share: number): void => {
    if (share > 0) expected[version] = (expected[version] ?? 0) + share;
  };
  const isShared = Object.keys(side.sides).length > 1;
  for (const { weight, images } of side.variants)
    for (const version of Object.values(images)) if (!isShared) count(version, weight.effective);
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

function bases(): Raw[] {
  const canaryAmiId = "ami-0b1c2d3e4f5061728";
  return [
    ...ROUTERS.map((router) => dev({ router, ...(router === "replicas" && { canaryWeight: 25 }) })),
    dev({ apps: { shop: { host: "shop.example.com", image: "shop:1.0.0", canaryImage: "shop:1.1.0" } } }),
    dev({ canaryWeight: 100 }),
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
