/**
 * Kinds of values that settings take.
 *
 * Values set on a command line arrive as strings, so `"25"` is as good as `25` and `"true"` as `true`.
 */
import * as z from "zod";
import { isWeight } from "./traffic";

/** What is wrong with a setting: its key, its value, and what is allowed. */
export type Refusal = readonly [key: string, value: unknown, allowed: string];

export const refusedIf = (isWrong: boolean, ...refusal: Refusal): Refusal[] => (isWrong ? [refusal] : []);

const NUMERIC = /^-?\d+(\.\d+)?$/;
export const numeric = (value: unknown): unknown =>
  typeof value === "string" && NUMERIC.test(value) ? Number(value) : value;

export function integer(min: number, max: number, unit = "") {
  const allowed = `an integer from ${min} to ${max}${unit && ` (${unit})`}`;
  return z.preprocess(numeric, z.int({ error: allowed }).min(min, allowed).max(max, allowed));
}

export function text(pattern: RegExp, allowed: string) {
  return z.string({ error: allowed }).regex(pattern, allowed);
}

export const oneOf = <const T extends readonly string[]>(names: T) =>
  z.enum(names, { error: `one of ${names.join(", ")}` });

/** The name of an entry of a registry. */
export const keyOf = <Name extends string>(registry: Readonly<Record<Name, unknown>>) =>
  oneOf(Object.keys(registry) as Name[]);

export function list<T extends z.ZodType>(of: T, min: number, allowed: string) {
  return z.array(of, { error: allowed }).min(min, allowed);
}

export function mapOf<T extends z.ZodType>(key: z.ZodString, value: T, allowed: string) {
  return z.record(key, value, { error: allowed });
}

export const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean({ error: "true or false" }),
);

export const weightAllowed = "a number from 0 to 100 (percent) with at most two decimals";
export const weight = z.preprocess(
  numeric,
  z
    .number({ error: weightAllowed })
    .refine(isWeight, weightAllowed)
    // What the refinement means, for JSON Schema.
    .meta({ minimum: 0, maximum: 100 }),
);

export const label = text(
  /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  "a name of at most 40 lower-case letters, digits and hyphens that starts with a letter",
);
export const host = text(
  /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/,
  "a host name such as myapp.example.com",
);
export const hostPattern = text(
  /^(?=.{1,253}$)(\*|[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/,
  "a host name such as myapp.example.com, or *.example.com",
);
export const image = text(
  /^[a-z0-9]+([._:/-]+[a-zA-Z0-9]+)*(@sha256:[0-9a-f]{64})?$/,
  "a container image such as registry.example.com/myapp:1.4.2",
);
export const path = text(/^\/\S*$/, "a path that starts with /");
/** Of letters that no data plane's rules have a meaning for. */
export const routePath = text(
  /^(?=.{1,200}$)(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/,
  "a path such as /api, of letters, digits and ._~-, without / at its end",
);
export const quantity = text(
  /^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/,
  "a Kubernetes quantity such as 100m or 150Mi",
);
export const cidr = text(/^[0-9a-fA-F.:]+\/\d{1,3}$/, "an address range such as 10.0.0.0/16");
/** What YAML takes for a number or a flag where a text is meant. */
export const asText = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;
export const environment = mapOf(
  text(/^[A-Za-z_][A-Za-z0-9_]*$/, "a variable name of letters, digits and underscores"),
  z.preprocess(asText, z.string({ error: "a text" })),
  "a map from variable names to texts",
);
export const objectName = (kind: string) =>
  text(
    /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    `the name of a ${kind}: lower-case letters, digits, hyphens and dots`,
  );
export const labels = (allowed: string) =>
  mapOf(
    text(
      /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/,
      "a label such as kubernetes.io/arch",
    ),
    z.preprocess(asText, text(/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/, "a label's value such as arm64")),
    allowed,
  );
export const nodeLabels = labels("a map from node labels to their values");
/** A date. Pulumi's engine makes a time of an unquoted one: `2027-01-31 00:00:00 +0000 UTC`. */
export const day = (meaning: string) =>
  z.preprocess(
    (value) => (typeof value === "string" ? value.replace(/[ T]00:00:00( \+0000 UTC|Z)$/, "") : value),
    z.iso.date({ error: `a date such as 2027-01-31, ${meaning}` }),
  );
export const seconds = (max: number) => integer(0, max, "seconds");

export const subnetId = text(/^subnet-[0-9a-f]{8,17}$/, "a subnet id such as subnet-0a1b2c3d4e5f60718");
export const securityGroupId = text(
  /^sg-[0-9a-f]{8,17}$/,
  "a security group id such as sg-0a1b2c3d4e5f60718",
);
/**
 * An image's id, or a parameter of SSM that holds it, with a version or a label of the parameter's if need be
 * (https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html).
 */
export const amiId = text(
  /^(ami-[0-9a-f]{8,17}|resolve:ssm:(arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter)?\/?[\w.-]+(\/[\w.-]+)*(:[\w.-]+)?)$/,
  "an image id such as ami-0a1b2c3d4e5f60718, or resolve:ssm: and the name of a parameter",
);
