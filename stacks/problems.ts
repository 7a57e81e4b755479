import * as z from "zod";
import { isUnreadable, MASK } from "../base/secrets";
import { UserError } from "../base/user-error";
import { isSecretKey, shownBelow, shownSetting } from "./secret-keys";
import { listed, noSuchKey } from "./spelling";

/** One thing wrong with the configuration. */
export type Problem = WrongValue | UnknownKey;

interface WrongValue {
  /** Key path such as `apps.myapp.canaryWeight`. */
  readonly key: string;
  /** What the key holds; undefined when it is missing. */
  readonly value?: unknown;
  /** What would be right. */
  readonly allowed: string;
}

interface UnknownKey {
  /** Key path of which the last step, `name`, is no key. */
  readonly key: string;
  readonly name: string;
  /** The keys that there are. */
  readonly known: readonly string[];
  /** Where there is what it asks for, as a clause; undefined if nowhere. */
  readonly elsewhere?: string | undefined;
}

/** Everything that is wrong with a configuration, a line each. */
export class SettingsError extends UserError {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "SettingsError";
  }
}

/** A problem in one line. */
export function formatProblem(problem: Problem): string {
  const { key } = problem;
  if ("known" in problem) return `${key}: ${noSuchKey(problem.name, problem.known, problem.elsewhere)}`;
  if (problem.value === undefined) return `${key} is missing: set it to ${problem.allowed}`;
  return `${key} ${found(key, problem.value)}; allowed: ${problem.allowed}`;
}

function found(key: string, value: unknown): string {
  if (isUnreadable(value)) return "is encrypted, and has to be read here: store it without --secret";
  if (isSecretKey(key)) return `is ${MASK}`;
  const shown = typeof value === "string" ? shownSetting(key, value) : shownBelow(key, value);
  return shown === MASK ? `is ${MASK}` : `is ${shorten(JSON.stringify(shown))}`;
}

const shorten = (json: string): string => (json.length > 60 ? `${json.slice(0, 57)}...` : json);

/** The problems that `schema` found in `raw`. */
export function problemsOf(error: z.ZodError, raw: unknown, schema: z.ZodType): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const value = issue.path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown>)?.[step], raw);
    const key = keyPath(issue.path);
    if (issue.code === "unrecognized_keys") {
      const known = knownKeys(schema, issue.path);
      return issue.keys.map((name) => {
        const key = keyPath([...issue.path, name]);
        return { key, name, known, elsewhere: elsewhere(name, issue.path, schema) };
      });
    }
    if (issue.code === "invalid_key") {
      const allowed = `as a key, ${issue.issues.map((inner) => inner.message).join(", ")}`;
      return [{ key, value: issue.path.at(-1), allowed }];
    }
    const expectsObject = issue.code === "invalid_type" && issue.expected === "object";
    const allowed = expectsObject ? `an object with ${listed(knownKeys(schema, issue.path))}` : issue.message;
    return [{ key, value, allowed }];
  });
}

/** Where there is what an unknown key asks for. */
function elsewhere(name: string, path: readonly PropertyKey[], schema: z.ZodType): string | undefined {
  if (path.length === 0) return undefined;
  if (knownKeys(schema, []).includes(name)) return `${name} stands at the top`;
  if (path.at(-1) !== "aws") return undefined;
  if (path.length > 1 && knownKeys(schema, ["aws"]).includes(name))
    return `${name} stands in aws, for every app of the stack`;
  return PROVIDER_KEYS.find(([about]) => about.test(name))?.[1];
}

/** What the stack's one AWS provider decides, and no setting does. */
const PROVIDER_KEYS: readonly (readonly [RegExp, string])[] = [
  [/region/i, "aws:region is the whole stack's, and another region takes another stack"],
  [
    /role|assume/i,
    "aws:assumeRoles gives the whole stack a role, so that its hosted zone is of that account",
  ],
  [/profile|account/i, "aws:profile and aws:allowedAccountIds choose one account for the whole stack"],
];

/** A schema's JSON Schema, as far as it is walked here. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode;
  readonly items?: SchemaNode;
}

/** By schema: to make it takes long, and a file may have thousands of problems. */
const jsonSchemas = new WeakMap<z.ZodType, SchemaNode>();

function jsonSchemaOf(schema: z.ZodType): SchemaNode {
  const made =
    jsonSchemas.get(schema) ??
    (z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode);
  jsonSchemas.set(schema, made);
  return made;
}

/**
 * The keys that the schema declares at a path, those that are needed first: through its JSON Schema, the one form that is
 * easy to walk.
 */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: SchemaNode | undefined = jsonSchemaOf(schema);
  for (const step of path) {
    at = typeof step === "number" ? at?.items : (at?.properties?.[String(step)] ?? at?.additionalProperties);
  }
  return [...new Set([...(at?.required ?? []), ...Object.keys(at?.properties ?? {})])];
}

/** Keys `__proto__`, which no schema of a map gets to see. */
export function prototypeKeys(raw: unknown, path: readonly PropertyKey[] = []): Problem[] {
  if (typeof raw !== "object" || raw === null) return [];
  return Object.entries(raw).flatMap(([name, value]): Problem[] => {
    const below = [...path, Array.isArray(raw) ? Number(name) : name];
    if (name !== "__proto__") return prototypeKeys(value, below);
    return [{ key: keyPath(below), value: name, allowed: "as a key, another name" }];
  });
}

/** `apps.myapp.port`, `aws.publicSubnetIds[0]`, `apps["my app"]`: as `pulumi config --path` takes them. */
export function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((step) =>
      typeof step === "number"
        ? `[${step}]`
        : /^[\w-]+$/.test(String(step))
          ? `.${String(step)}`
          : `[${JSON.stringify(String(step))}]`,
    )
    .join("")
    .replace(/^\./, "");
}
