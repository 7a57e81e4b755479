import { closest, distance } from "fastest-levenshtein";
import * as z from "zod";

/** One thing wrong with the configuration. */
export interface Problem {
  /** Key path such as `apps.myapp.canaryWeight`. */
  readonly key: string;
  /** What the key holds; undefined when it is missing. */
  readonly value?: unknown;
  /** What would be right. */
  readonly allowed: string;
}

/** Everything that is wrong with a configuration, a line each. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "SettingsError";
  }
}

export function formatProblem({ key, value, allowed }: Problem): string {
  if (allowed.startsWith("no such key")) return `${key}: ${allowed}`;
  const found = value === undefined ? "is missing" : `is ${shorten(JSON.stringify(value))}`;
  return `${key} ${found}; allowed: ${allowed}`;
}

const shorten = (json: string): string => (json.length > 60 ? `${json.slice(0, 57)}...` : json);

/** The problems that `schema` found in `raw`; what lies below a key of `hidden` is masked. */
export function problemsOf(error: z.ZodError, raw: unknown, schema: z.ZodType, hidden: string[]): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const value = issue.path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown>)?.[step], raw);
    const shown = hidden.includes(String(issue.path[0])) && value !== undefined ? "[secret]" : value;
    const key = keyPath(issue.path);
    if (issue.code === "unrecognized_keys") {
      const known = knownKeys(schema, issue.path);
      return issue.keys.map((name) => ({
        key: keyPath([...issue.path, name]),
        allowed: unknownKey(name, known),
      }));
    }
    if (issue.code === "invalid_key") {
      const allowed = `as a key, ${issue.issues.map((inner) => inner.message).join(", ")}`;
      return [{ key, value: issue.path.at(-1), allowed }];
    }
    return [{ key, value: shown, allowed: issue.message }];
  });
}

function unknownKey(name: string, known: string[]): string {
  const nearest = known.length > 0 ? closest(name, known) : "";
  const near =
    nearest !== "" && distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, name.length / 3);
  return near ? `no such key, did you mean ${nearest}?` : `no such key; ${known.join(", ")}`;
}

/** The keys that the schema declares at a path, through its JSON Schema: the one form that is easy to walk. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  type Node = { properties?: Record<string, Node>; additionalProperties?: Node; items?: Node };
  let at = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Node | undefined;
  for (const step of path) {
    at = typeof step === "number" ? at?.items : (at?.properties?.[String(step)] ?? at?.additionalProperties);
  }
  return Object.keys(at?.properties ?? {});
}

/** `apps.myapp.port`, `aws.publicSubnetIds[0]`, `apps["my app"]`: as `pulumi config --path` takes them. */
function keyPath(path: readonly PropertyKey[]): string {
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
