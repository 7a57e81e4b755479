/** The shape of a stack's file as a JSON Schema, by which editors check and complete it. */
import * as z from "zod";
import { SETTINGS_NAMESPACE } from "./raw";

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  [keyword: string]: unknown;
  type?: string;
  description?: string;
  $ref?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  $defs?: Record<string, JsonSchema>;
}

const SECURE: JsonSchema = {
  description: "An encrypted value, as pulumi config set --secret writes it.",
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
  additionalProperties: false,
};
const secure: JsonSchema = { $ref: "#/$defs/secure" };

/** An object or a list as `pulumi config set` writes it. */
const JSON_TEXT: JsonSchema = { type: "string", pattern: "^[\\[{]" };

/**
 * The schema of files `Pulumi.STACK.yaml`.
 *
 * The settings stand below `config`, with the namespace `canary-traffic`, or below the project's name as of old. Other keys are
 * anybody's. An encrypted value may take the place of any plain one, and a text that of a number or a flag, as Pulumi takes
 * them. No schema says what only the settings as a whole tell, such as keys that a platform needs: `canary preview` does.
 *
 * @param settings the schema of all settings
 */
export function stackFileSchema(settings: z.ZodType): JsonSchema {
  const { $schema, properties = {}, $defs } = written(settings);
  const names = Object.keys(properties);
  const own = Object.entries(properties).map(([name, schema]) => [
    `${SETTINGS_NAMESPACE}:${name}`,
    whole(schema),
  ]);
  const others = names.map((name) => [
    `^(?!${SETTINGS_NAMESPACE}:)[^:]+:(config:)?${name}$`,
    { $ref: `#/properties/config/properties/${SETTINGS_NAMESPACE}:${name}` },
  ]);
  const isOwn = { enum: own.map(([key]) => key) };
  return {
    $schema,
    title: "A stack's file of canary-traffic",
    type: "object",
    properties: {
      config: {
        description: "The stack's configuration, by NAMESPACE:KEY",
        type: "object",
        properties: Object.fromEntries(own),
        patternProperties: Object.fromEntries(others),
        propertyNames: { anyOf: [isOwn, { not: { pattern: `^${SETTINGS_NAMESPACE}:(?!config:)` } }] },
      },
    },
    $defs: { ...$defs, secure: SECURE },
  };
}

/** The value of a key, which may be encrypted or set as a whole. */
function whole(schema: JsonSchema): JsonSchema {
  const { description, default: fallback, ...shape } = encryptable(schema);
  const shapes = shape.anyOf ?? [shape, JSON_TEXT, secure];
  return {
    ...(description && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: shapes,
  };
}

/**
 * A schema whose plain values may be encrypted, each by itself. Keys of maps may be missing: the engine merges maps with those
 * of the stack's environment, and lists with nothing.
 */
function encryptable(schema: JsonSchema, inList = false): JsonSchema {
  const { properties, additionalProperties, items } = schema;
  if (properties ?? additionalProperties ?? items) {
    const { required, ...others } = schema;
    return {
      ...others,
      ...(inList && required !== undefined && { required }),
      ...(properties && {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, below]) => [name, encryptable(below, inList)]),
        ),
      }),
      ...(typeof additionalProperties === "object" && {
        additionalProperties: encryptable(additionalProperties, inList),
      }),
      ...(items && { items: encryptable(items, true) }),
    };
  }
  // What refers to itself is any value, encrypted or not.
  if (schema.$ref !== undefined) return schema;
  const { description, default: fallback, anyOf, ...shape } = schema;
  return {
    ...(description && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [...(anyOf ?? [shape]), secure],
  };
}

/** What people may write: the input of a schema, with its defaults. */
const written = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const json = jsonSchema as JsonSchema;
      const { def } = zodSchema._zod;
      if (def.type === "default") json.default = def.defaultValue;
      if (def.type === "string") addMessage(zodSchema, json);
      if (def.type === "pipe" && def.in._zod.def.type === "transform") admitTexts(def.in, json);
    },
  }) as JsonSchema;

/** Adds what a value may be before a transformation makes it what the schema says. */
function admitTexts(transformation: z.core.$ZodType, json: JsonSchema): void {
  const becomes = (before: unknown, type: string): boolean => {
    const result = z.safeParse(transformation, before);
    return result.success && typeof result.data === type;
  };
  const { type, description, ...limits } = json;
  const also: JsonSchema[] = [];
  if ((type === "number" || type === "integer") && becomes("1", "number"))
    also.push({ type: "string", pattern: "^-?\\d+(\\.\\d+)?$" });
  if (type === "boolean" && becomes("true", "boolean")) also.push({ enum: ["true", "false"] });
  if (type === "string" && becomes(1, "string")) also.push({ type: "number" });
  if (type === "string" && becomes(true, "string")) also.push({ type: "boolean" });
  if (also.length === 0) return;
  for (const key of Object.keys(json)) delete json[key];
  Object.assign(json, { ...(description && { description }), anyOf: [{ type, ...limits }, ...also] });
}

/** Editors show it in place of a pattern. https://github.com/redhat-developer/yaml-language-server */
function addMessage(schema: z.core.$ZodType, json: JsonSchema): void {
  if (json.pattern === undefined) return;
  const result = z.safeParse(schema, "\u0000");
  const message = result.success ? undefined : result.error.issues[0]?.message;
  if (message !== undefined) json.patternErrorMessage = message;
}
