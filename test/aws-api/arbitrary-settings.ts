/** Settings within the schema, drawn at random; what contradicts itself among them is not yet told apart. */
import * as fc from "fast-check";
import { z } from "zod";
import type { FrontName } from "../../components/aws/fronts";
import type { Properties } from "../../offline/values";
import { readersOf } from "../../stacks/checks/platform";
import { type Parsed, schema } from "../../stacks/schema";
import { edge } from "../../stacks/schema/edge";
import { existing } from "../../stacks/schema/existing";
import { mapLeavesAt } from "../leaves";

/** Settings by their names at the top level. */
export type Raw = Record<string, unknown>;

type Platform = Parsed["platform"];

/** Settings, with `*` for names, on which no resource depends, or that need resources by name. */
const ELSEWHERE = ["policies", "rollout", "adopt", "patches"];

/** Settings that fleets don't read, and edge nodes or a migration do. */
const BESIDE_FLEETS = ["dns", "aws.edge", "apps.*.image", "apps.*.canaryImage", "apps.*.canaries.*.image"];

/** Maps of settings that not all have the same readers. */
const MAPS = ["aws", "apps", "apps.*.canaries"];

/** Settings that the schema leaves open, and that are there wherever the platform reads them. */
const NEEDED = ["aws", "aws.amiId", "aws.edge", "apps.*.host", "apps.*.image", "apps.*.canaries.*.image"];

/** Settings that the schema makes another type of, or takes on trust in their form, as AWS adds to them every week. */
const OWN: Readonly<Record<string, () => fc.Arbitrary<unknown>>> = {
  "aws.instanceType": () => instanceType,
  "aws.edge.instanceType": () => instanceType,
  "apps.*.aws.instanceType": () => instanceType,
  "aws.tags": () => tags,
  "apps.*.aws.tags": () => tags,
  "apps.*.existing": () => fc.option(fleetsOfOthers(), { nil: undefined }),
  "aws.edge.bootstrap": () => {
    const kinds = Object.entries(shapeOf(edge.shape.bootstrap, "input").properties ?? {});
    return fc.oneof(...kinds.map(([kind, shape]) => fc.record({ [kind]: valuesOf(shape) })));
  },
};

/** Their values may have any letters, of which JSON Schema knows no class. */
const tags = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,8}(:[\w .+-]x)?$/),
  fc.stringMatching(/^[\wéß :/=+@.-]{0,9}$/),
  { maxKeys: 3 },
);

const instanceType = fc.constantFrom("t3.small", "m7g.large", "c7i.metal-24xl", "u-24tb1.112xlarge");

/** What zod makes of our schema in JSON Schema's terms. */
interface Shape {
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Shape;
  readonly additionalProperties?: Shape | boolean;
}

const shapeOf = (type: z.ZodType, io: "input" | "output"): Shape =>
  z.toJSONSchema(type, { io, unrepresentable: "any" }) as Shape;

/** Those settings of a platform's of which AWS hears. */
export function arbitrarySettings(platform: Platform): fc.Arbitrary<Raw> {
  const settings = valuesOf(shapeOf(schema, "output"), "", (kind) => heard(kind, platform));
  const zone = fc.option(fc.constantFrom("apex", "below"), { nil: undefined });
  return fc
    .tuple(settings as fc.Arbitrary<Raw>, zone)
    .map(([raw, hosts]) => ({ ...(hosts === undefined ? raw : inZone(raw, hosts)), platform }))
    .map(withFittingFleets);
}

function heard(kind: string, platform: Platform): boolean {
  if (MAPS.includes(kind) || kind.startsWith("aws.edge.") || kind.startsWith("dns.")) return true;
  const readers = readersOf(kind);
  const onAws = readers.includes("elb") || BESIDE_FLEETS.includes(kind);
  return onAws && readers.includes(platform) && !ELSEWHERE.includes(kind);
}

const ZONE = "zone.example.com";

/** The settings with all hosts in a zone whose name is set; `apex`: with the name itself as that of apps. */
function inZone({ aws, apps, ...raw }: Raw, hosts: "apex" | "below"): Raw {
  const moved = mapLeavesAt(apps as Properties, (leaf, path) => {
    if (hosts === "apex" && /^[^.]+\.host$/.test(path)) return ZONE;
    return /\.(host|canaryHost)$/.test(path) ? `${leaf}.${ZONE}` : leaf;
  });
  return { ...raw, apps: moved, aws: { ...(aws as Raw), zoneName: ZONE } };
}

/** What others make of a fleet, with a list of names in place of each map by variant. */
function fleetsOfOthers(): fc.Arbitrary<Raw> {
  const entries = Object.entries(shapeOf(existing, "input").properties ?? {});
  const { priority, ...values } = Object.fromEntries(
    entries.map(([key, shape]) => {
      const { additionalProperties: named } = shape;
      if (typeof named !== "object") return [key, valuesOf(shape)];
      return [key, fc.uniqueArray(valuesOf(named), { minLength: 5, maxLength: 5 })];
    }),
  );
  return fc.record({ ...values, priority: fc.option(priority ?? fc.nat(), { nil: undefined }) });
}

/** The settings with fleets of others that have the app's variants, and one load balancer of the stack's kind. */
function withFittingFleets({ apps, ...raw }: Raw): Raw {
  const { loadBalancer = "classic" } = (raw.aws ?? {}) as { loadBalancer?: FrontName };
  const fitting = Object.entries(apps as Record<string, Raw>).map(([name, app]) => {
    const { existing: drawn, ...own } = app as { existing?: Record<string, string[]>; canaries?: Raw };
    if (drawn === undefined) return [name, own];
    const { listenerArns = [], targetGroupArns = [], groups = [], loadBalancers = [], priority } = drawn;
    const variants = ["primary", ...Object.keys(own.canaries ?? { canary: {} })];
    const byVariant = (names: readonly string[]) =>
      Object.fromEntries(variants.map((variant, i) => [variant, names[i]]));
    const [first = ""] = listenerArns;
    const listener = first.replace(
      /listener\/(app|net)/,
      `listener/${loadBalancer === "alb" ? "app" : "net"}`,
    );
    const place = first.split(":", 5).join(":");
    const behind = {
      listenerArns: listenerArns.map((_, i) => listener.replace(/[^/]+$/, (id) => `${id}${i}`)),
      targetGroupArns: byVariant(targetGroupArns.map((arn) => arn.replace(/^([^:]*:){4}[^:]*/, place))),
    };
    const classic = { groups: byVariant(groups), loadBalancers: byVariant(loadBalancers) };
    const fleet = loadBalancer === "classic" ? classic : behind;
    return [name, { ...own, existing: { ...fleet, ...(loadBalancer === "alb" && { priority }) } }];
  });
  return { ...raw, apps: Object.fromEntries(fitting) };
}

/** Whether a setting is wanted, by its path with `*` for names. */
type Wanted = (kind: string) => boolean;

function valuesOf(shape: Shape, kind = "", wanted: Wanted = () => true): fc.Arbitrary<unknown> {
  const { enum: choices, anyOf, pattern, minimum, maximum } = shape;
  const own = OWN[kind];
  if (own !== undefined) return own();
  if (choices !== undefined) return fc.constantFrom(...choices);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((each) => valuesOf(each, kind, wanted)));
  switch (shape.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return boundary(minimum ?? 0, maximum ?? 1_000_000);
    case "number":
      return minimum === 0 && maximum === 100 ? weight : fc.double({ min: 0.01, max: 100, noNaN: true });
    case "array":
      return fc.array(valuesOf(shape.items ?? {}), { minLength: shape.minItems ?? 0, maxLength: 4 });
    case "object":
      return objectOf(shape, kind, wanted);
    default:
      return pattern === undefined ? fc.string() : matching(new RegExp(pattern));
  }
}

/** A percentage. */
const weight = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);

/** An integer within its bounds, often one of them. */
const boundary = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));

/** Texts that match, with what looks ahead left to a second look. */
const matching = (pattern: RegExp): fc.Arbitrary<string> =>
  fc
    .stringMatching(new RegExp(pattern.source.replace(/\(\?[=!](?:[^()]|\([^()]*\))*\)/g, "")))
    .filter((text) => pattern.test(text));

function objectOf({ properties = {}, required = [], ...shape }: Shape, kind: string, wanted: Wanted) {
  const below = (key: string) => (kind === "" ? key : `${kind}.${key}`);
  if (typeof shape.additionalProperties === "object") {
    const keys = valuesOf(shape.propertyNames ?? {}) as fc.Arbitrary<string>;
    const values = valuesOf(shape.additionalProperties, below("*"), wanted);
    return fc.dictionary(keys, values, { minKeys: 1, maxKeys: 2 });
  }
  const entries = Object.entries(properties).filter(([key]) => wanted(below(key)));
  const needed = entries.filter(
    ([key, value]) => NEEDED.includes(below(key)) || (required.includes(key) && value.default === undefined),
  );
  return fc.record(
    Object.fromEntries(entries.map(([key, value]) => [key, valuesOf(value, below(key), wanted)])),
    {
      requiredKeys: needed.map(([key]) => key),
      noNullPrototype: true,
    },
  );
}
