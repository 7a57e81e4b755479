/**
 * A stack file's `environment` (Pulumi ESC): its own values are read here as the engine reads them, those of the environments
 * that it imports can't be. What is done here was compared with the answers of github.com/pulumi/esc v0.25.0.
 */
import { quotedUnlessPlain } from "../base/escape";
import { isMap, type Node } from "./yaml";

/** What a stack's environment adds to its configuration. */
export interface Environment {
  /** Below the stack's own configuration; keys as in `pulumiConfig`. Secrets are `{ secure: TEXT }`. */
  readonly config: Readonly<Record<string, Node>>;
  /** Names of imported environments. */
  readonly imports: readonly string[];
  /** Keys of `pulumiConfig` that only the service could evaluate, each with the reason. */
  readonly unread: readonly string[];
  /** What the engine refuses to evaluate, each with its path and the reason. */
  readonly refused: readonly string[];
}

const NONE: Environment = { config: {}, imports: [], unread: [], refused: [] };

/**
 * @param node what the stack file has below `environment`; undefined if it has none
 * @returns undefined if it is no environment
 */
export function environmentOf(node: Node | undefined): Environment | undefined {
  if (node === undefined || node === null) return NONE;
  if (Array.isArray(node)) return node.every(isName) ? { ...NONE, imports: node.map(nameOf) } : undefined;
  if (!isMap(node)) return undefined;
  const { imports = [], values = {} } = node;
  if (!Array.isArray(imports) || !imports.every(isName) || !isMap(values)) return undefined;
  const { pulumiConfig = {}, ...others } = values;
  const reader = new Values(values, imports.length > 0);
  const config: Record<string, Node> = {};
  const unread: string[] = [];
  const refused: string[] = [];
  const read = (path: string, value: Node, isUsed: boolean): Node | undefined => {
    try {
      return reader.valueOf(value);
    } catch (error) {
      if (error instanceof Unread) {
        if (isUsed) unread.push(`${path} (${error.message})`);
      } else if (error instanceof Refused) refused.push(`values.${path}: ${error.message}`);
      else throw error;
      return undefined;
    }
  };
  // The engine evaluates all of them, whether or not the configuration uses them.
  for (const [key, value] of Object.entries(others)) read(quotedUnlessPlain(key), value, false);
  for (const [key, value] of Object.entries(isMap(pulumiConfig) ? pulumiConfig : {})) {
    const found = read(`pulumiConfig.${quotedUnlessPlain(key)}`, value, true);
    if (found !== undefined) config[key] = found;
  }
  return { config, imports: imports.map(nameOf), unread, refused };
}

/** An import is a name, or a name with options: `- dev: { merge: false }`. */
const isName = (node: Node): boolean =>
  typeof node === "string" || (isMap(node) && Object.keys(node).length === 1);
const nameOf = (node: Node): string => (isMap(node) ? (Object.keys(node)[0] ?? "") : String(node));

/** A value that needs the service. */
class Unread extends Error {}

/** A value that the engine refuses. */
class Refused extends Error {}

/** Most references from one to the next: a circle has more. */
const MOST_STEPS = 50;

/** Names at the start of a reference that only the service knows. */
const OF_SERVICE = ["context", "environments", "imports"];

/** Functions of values that are evaluated already. https://www.pulumi.com/docs/esc/environments/syntax/ */
const FUNCTIONS: Readonly<Record<string, (argument: Node) => Node>> = {
  "fn::toString": textOf,
  "fn::toJSON": (value) => JSON.stringify(sorted(value)),
  "fn::toBase64": (value) => Buffer.from(textIn(value)).toString("base64"),
  "fn::fromBase64": (value) => {
    const text = textIn(value);
    const bytes = Buffer.from(text, "base64");
    if (bytes.toString("base64") !== text) throw new Refused("is not base64");
    return bytes.toString();
  },
  "fn::fromJSON": (value) => {
    try {
      return JSON.parse(textIn(value)) as Node;
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused("is not JSON");
    }
  },
  "fn::join": (value) => {
    const [delimiter, items] = two(value);
    return listIn(items).map(textIn).join(textIn(delimiter));
  },
  "fn::split": (value) => {
    const [delimiter, text] = two(value);
    return textIn(text).split(textIn(delimiter));
  },
  "fn::concat": (value) => listIn(value).flatMap(listIn),
  "fn::final": (value) => value,
  "fn::validate": (value) => (isMap(value) ? (value.value ?? null) : null),
};

const two = (value: Node): [Node, Node] => {
  const [first, second, ...others] = listIn(value);
  if (first === undefined || second === undefined || others.length > 0)
    throw new Refused("takes a list of two");
  return [first, second];
};

function textIn(value: Node): string {
  if (typeof value !== "string") throw new Refused(`takes texts, not ${JSON.stringify(value)}`);
  return value;
}

function listIn(value: Node): Node[] {
  if (!Array.isArray(value)) throw new Refused(`takes a list, not ${JSON.stringify(value)}`);
  return value;
}

class Values {
  constructor(
    private readonly root: Record<string, Node>,
    private readonly hasImports: boolean,
  ) {}

  valueOf(node: Node, steps = 0): Node {
    if (steps > MOST_STEPS) throw new Refused("refers to itself");
    if (typeof node === "string") return this.interpolated(node, steps);
    if (Array.isArray(node)) return node.map((item) => this.valueOf(item, steps));
    if (!isMap(node)) return node;
    const entries = Object.entries(node);
    const call = entries.find(([key]) => key.toLowerCase().startsWith("fn::"));
    if (call === undefined)
      return Object.fromEntries(entries.map(([key, item]) => [key, this.valueOf(item, steps)]));
    if (entries.length > 1) throw new Refused(`${call[0]} has to be the only key of its map`);
    return this.called(call[0], call[1], steps);
  }

  private called(name: string, argument: Node, steps: number): Node {
    if (/^fn::(open|rotate)(::|$)/.test(name)) throw new Unread(name);
    if (name === "fn::secret") {
      // Encrypted by the service: nobody can read it here.
      if (isMap(argument) && typeof argument.ciphertext === "string") return { secure: argument.ciphertext };
      if (typeof argument !== "string") throw new Refused("fn::secret takes a text");
      return { secure: argument };
    }
    const work = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (work === undefined) throw new Refused(`there is no function ${quotedUnlessPlain(name)}`);
    const { value, isSecret } = opened(this.valueOf(argument, steps));
    try {
      const result = work(value);
      return isSecret ? closed(result) : result;
    } catch (error) {
      if (error instanceof Refused)
        throw new Refused(`${name} ${isSecret ? "does not fit its secret" : error.message}`);
      throw error;
    }
  }

  private interpolated(text: string, steps: number): Node {
    const whole = /^\$\{([^}]*)\}$/.exec(text)?.[1];
    if (whole !== undefined) return this.referred(whole, steps);
    let isSecret = false;
    const filled = text.replaceAll(/\$\$|\$\{([^}]*)(\}?)/g, (found, path?: string, end?: string) => {
      if (found === "$$") return "$";
      if (end === "") throw new Refused(`lacks the closing brace of ${found}`);
      const part = opened(this.referred(path ?? "", steps));
      isSecret ||= part.isSecret;
      return textOf(part.value);
    });
    return isSecret ? { secure: filled } : filled;
  }

  private referred(path: string, steps: number): Node {
    const names = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
      ([, quoted, index, plain]) => quoted ?? index ?? plain ?? "",
    );
    let at: Node | undefined = this.root;
    for (const name of names) {
      if (typeof at === "string" || isCall(at)) at = this.valueOf(at, steps + 1);
      at = Array.isArray(at) ? at[Number(name)] : isMap(at) && Object.hasOwn(at, name) ? at[name] : undefined;
      if (at === undefined && (this.hasImports || OF_SERVICE.includes(names[0] ?? "")))
        throw new Unread(`\${${quotedUnlessPlain(path)}}`);
      if (at === undefined) throw new Refused(`there is no value for \${${quotedUnlessPlain(path)}}`);
    }
    if (names.length === 0) throw new Refused(`\${${quotedUnlessPlain(path)}} names no value`);
    return this.valueOf(at, steps + 1);
  }
}

const isCall = (node: Node | undefined): boolean =>
  isMap(node) && Object.keys(node).some((key) => key.startsWith("fn::"));

const isSecure = (node: Node): node is { secure: string } =>
  isMap(node) && typeof node.secure === "string" && Object.keys(node).length === 1;

/** A value with its secrets in plain text, and whether it has any. */
function opened(node: Node): { readonly value: Node; readonly isSecret: boolean } {
  if (isSecure(node)) return { value: node.secure, isSecret: true };
  if (typeof node !== "object" || node === null) return { value: node, isSecret: false };
  const parts = Object.entries(node).map(([key, item]) => [key, opened(item)] as const);
  const isSecret = parts.some(([, part]) => part.isSecret);
  const values = parts.map(([key, { value }]) => [key, value] as const);
  return {
    value: Array.isArray(node) ? values.map(([, value]) => value) : Object.fromEntries(values),
    isSecret,
  };
}

/** A value whose texts are secret. */
function closed(node: Node): Node {
  if (typeof node === "string") return { secure: node };
  if (Array.isArray(node)) return node.map(closed);
  return isMap(node)
    ? Object.fromEntries(Object.entries(node).map(([key, item]) => [key, closed(item)]))
    : node;
}

/** A value as part of a text, as ESC writes it: `"key"="value"` of maps, quoted items of lists. */
function textOf(node: Node): string {
  if (node === null) return "";
  if (Array.isArray(node)) return node.map((item) => JSON.stringify(textOf(item))).join(",");
  if (!isMap(node)) return String(node);
  const keys = Object.keys(node).sort();
  return keys.map((key) => `${JSON.stringify(key)}=${JSON.stringify(textOf(node[key] ?? null))}`).join(",");
}

/** With maps' keys in order, as Go's JSON has them. */
function sorted(node: Node): Node {
  if (Array.isArray(node)) return node.map(sorted);
  if (!isMap(node)) return node;
  return Object.fromEntries(
    Object.entries(node)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/** A stack's value over one of its environment: maps are merged key by key, all else is the stack's. */
export function overEnvironment(environment: Node | undefined, stack: Node): Node {
  if (!isMap(stack) || isSecure(stack) || environment === undefined) return stack;
  if (!isMap(environment) || isSecure(environment)) return stack;
  const entries = Object.entries(stack).map(([key, value]) => {
    const below = Object.hasOwn(environment, key) ? environment[key] : undefined;
    return [key, overEnvironment(below, value)];
  });
  return { ...environment, ...Object.fromEntries(entries) };
}
