/**
 * A stack file's `environment` (Pulumi ESC): its own values are read here as the engine reads them, those of the environments
 * that it imports can't be.
 */
import { isMap, type Node } from "./yaml";

/** What a stack's environment adds to its configuration. */
export interface Environment {
  /** Below the stack's own configuration; keys as in `pulumiConfig`. Secrets are `{ secure: TEXT }`. */
  readonly config: Readonly<Record<string, Node>>;
  /** Names of imported environments. */
  readonly imports: readonly string[];
  /** Keys of `pulumiConfig` that only the service could evaluate, each with the reason. */
  readonly unread: readonly string[];
}

const NONE: Environment = { config: {}, imports: [], unread: [] };

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
  const reader = new Values(values);
  const config: Record<string, Node> = {};
  const unread: string[] = [];
  for (const [key, value] of Object.entries(isMap(values.pulumiConfig) ? values.pulumiConfig : {})) {
    try {
      config[key] = reader.valueOf(value);
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      unread.push(`${key} (${error.message})`);
    }
  }
  return { config, imports: imports.map(nameOf), unread };
}

/** An import is a name, or a name with options: `- dev: { merge: false }`. */
const isName = (node: Node): boolean =>
  typeof node === "string" || (isMap(node) && Object.keys(node).length === 1);
const nameOf = (node: Node): string => (isMap(node) ? (Object.keys(node)[0] ?? "") : String(node));

/** A value that needs the service. */
class Unread extends Error {}

/** Most references from one to the next: a circle has more. */
const MOST_STEPS = 50;

/** Expressions of ESC: https://www.pulumi.com/docs/esc/environments/syntax/ */
class Values {
  constructor(private readonly root: Record<string, Node>) {}

  valueOf(node: Node, steps = 0): Node {
    if (steps > MOST_STEPS) throw new Unread("refers to itself");
    if (typeof node === "string") return this.interpolated(node, steps);
    if (Array.isArray(node)) return node.map((item) => this.valueOf(item, steps));
    if (!isMap(node)) return node;
    const [only, ...others] = Object.entries(node);
    if (only !== undefined && others.length === 0 && only[0].startsWith("fn::"))
      return this.called(only[0], only[1], steps);
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, this.valueOf(item, steps)]));
  }

  private called(name: string, argument: Node, steps: number): Node {
    if (name === "fn::secret") {
      // Encrypted by the service: nobody can read it here.
      if (isMap(argument) && typeof argument.ciphertext === "string") return { secure: argument.ciphertext };
      return { secure: textOf(this.valueOf(argument, steps)) };
    }
    if (name === "fn::toString") return textOf(this.valueOf(argument, steps));
    if (name === "fn::toJSON") return JSON.stringify(this.valueOf(argument, steps));
    if (name === "fn::fromJSON") {
      try {
        return JSON.parse(String(this.valueOf(argument, steps))) as Node;
      } catch {
        throw new Unread("fn::fromJSON of what is no JSON");
      }
    }
    if (name === "fn::join") {
      const [delimiter, items] = Array.isArray(argument)
        ? argument.map((one) => this.valueOf(one, steps))
        : [];
      if (typeof delimiter === "string" && Array.isArray(items)) return items.map(textOf).join(delimiter);
    }
    throw new Unread(name);
  }

  private interpolated(text: string, steps: number): Node {
    const whole = /^\$\{([^}]*)\}$/.exec(text)?.[1];
    if (whole !== undefined) return this.referred(whole, steps);
    let secret = false;
    const filled = text.replaceAll(/\$\$\{|\$\{([^}]*)\}/g, (found, path: string | undefined) => {
      if (path === undefined) return found.slice(1);
      const value = this.referred(path, steps);
      secret ||= isSecure(value);
      return isSecure(value) ? value.secure : textOf(value);
    });
    return secret ? { secure: filled } : filled;
  }

  private referred(path: string, steps: number): Node {
    const names = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
      ([, quoted, index, plain]) => quoted ?? index ?? plain ?? "",
    );
    let at: Node | undefined = this.root;
    for (const name of names) {
      if (typeof at === "string" || isCall(at)) at = this.valueOf(at, steps + 1);
      at = Array.isArray(at) ? at[Number(name)] : isMap(at) && Object.hasOwn(at, name) ? at[name] : undefined;
      if (at === undefined) throw new Unread(`\${${path}}`);
    }
    return this.valueOf(at, steps + 1);
  }
}

const isCall = (node: Node | undefined): boolean =>
  isMap(node) && Object.keys(node).some((key) => key.startsWith("fn::"));

const isSecure = (node: Node): node is { secure: string } =>
  isMap(node) && typeof node.secure === "string" && Object.keys(node).length === 1;

const textOf = (node: Node): string => (typeof node === "string" ? node : JSON.stringify(node));

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
