/** What the schema allows, drawn at random; what contradicts itself among it is not yet told apart. */
import * as fc from "fast-check";
import * as z from "zod";
import { mapLeaves, type Properties, parsePath } from "../offline/values";
import { readersOf } from "../stacks/checks/platform";
import { type Parsed, schema } from "../stacks/schema";
import { edge } from "../stacks/schema/edge";

export type Raw = Record<string, unknown>;
type Platform = Parsed["platform"];

/** Settings, with `*` for names, of which no resource depends on any on AWS. */
const ELSEWHERE = ["policies", "rollout", "adopt"];

/** Settings that platform `elb` does not read, and others must have or bring to AWS. */
const BESIDE_FLEETS = [
  "dns",
  "aws.edge",
  "apps.*.image",
  "apps.*.canaryImage",
  "apps.*.canaries.*.image",
];

/** Maps of settings that some platform reads and some does not. */
const MAPS = ["aws", "apps", "apps.*.canaries"];

/** Settings that the schema leaves open, and stacks on AWS need. */
const NEEDED = ["aws", "aws.amiId", "aws.edge", "apps.*.host", "apps.*.image", "apps.*.canaries.*.image"];

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

/** Settings of a platform's on which resources on AWS depend, each host in the zone where that has a name. */
export function rawSettings(platform: Platform): fc.Arbitrary<Raw> {
  const shape = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }) as Shape;
  const settings = new Arbitraries(platform).of(shape, "") as fc.Arbitrary<Raw>;
  const atZone = fc.constantFrom(undefined, "none", "some");
  return fc.tuple(settings, atZone).map(([raw, host]) => (host === undefined ? raw : inZone(raw, host)));
}
