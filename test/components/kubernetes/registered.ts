import * as pulumi from "@pulumi/pulumi";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { tracedOnFailure } from "../../../offline/stack-traces";

/** A value that only a provider could know, as programs send it to the engine. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What the engine's messages mark a secret with: the key of the mark. */
export const SECRET = "4dabf18193072939515e22adb298388d";

/** A resource as the program registered it. */
export interface Registered {
  /** Kind of a Kubernetes object, or the last part of a component's type. */
  readonly kind: string;
  readonly type: string;
  readonly name: string;
  /** As sent: secrets and unknowns are still marked. */
  readonly inputs: unknown;
  readonly parent: string;
  /** What it waits for, each as `Kind/name`. */
  readonly dependencies: readonly string[];
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  /** How long Pulumi waits for it at most; empty texts where that is the provider's choice. */
  readonly timeouts: { readonly create: string; readonly update: string };
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): unknown };
  getDependenciesList(): string[];
  getRetainondelete(): boolean;
  getIgnorechangesList(): string[];
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string } | undefined;
}

const kindOf = (type: string): string => type.split(":").at(-1) ?? "";

/** `Kind/name` of a URN. */
function shortened(urn: string): string {
  const [type, name] = urn.split("::").slice(-2);
  return type === undefined || name === undefined ? "" : `${kindOf(type)}/${name}`;
}

/**
 * What `program` registers.
 *
 * @param preview whether names that a provider makes up are still unknown
 */
export function registered(program: () => void, { preview = false } = {}): Promise<Registered[]> {
  return tracedOnFailure(() => received(program, preview));
}

async function received(program: () => void, preview: boolean): Promise<Registered[]> {
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name, inputs }) => {
      const { metadata, ...rest } = inputs;
      const known =
        metadata?.name === undefined && preview
          ? {}
          : { metadata: { name: `${name}-1a2b3c4d`, ...metadata } };
      return { id: `${name}-id`, state: { ...rest, ...known } };
    },
    call: () => ({}),
  };
  await pulumi.runtime.setMocks(mocks, "canary-traffic", "dev", preview);
  const resources: Registered[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: Request, callback) => {
    resources.push(registration(request));
    return register(request, callback);
  };
  program();
  await pulumi.runtime.disconnect();
  return resources;
}

function registration(request: Request): Registered {
  const timeouts = request.getCustomtimeouts();
  return {
    kind: kindOf(request.getType()),
    type: request.getType(),
    name: request.getName(),
    inputs: request.getObject().toJavaScript(),
    parent: shortened(request.getParent()),
    dependencies: request.getDependenciesList().map(shortened),
    retainOnDelete: request.getRetainondelete(),
    ignoreChanges: request.getIgnorechangesList(),
    timeouts: { create: timeouts?.getCreate() ?? "", update: timeouts?.getUpdate() ?? "" },
  };
}

/** The one resource of this kind, and of this name if given. */
export function only(resources: readonly Registered[], kind: string, name?: string): Registered {
  const found = resources.filter((one) => one.kind === kind && (name === undefined || one.name === name));
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${found.length} resources are ${kind} ${name ?? ""}`);
  return first;
}

/** What the resource's inputs hold at a path such as `spec.ports.0.port`. */
export function at({ inputs }: Registered, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], inputs);
}

/** Everything that a weight could change: every input, whatever the order of registration. */
export function inputsByName(resources: readonly Registered[]): Map<string, unknown> {
  return new Map(resources.map(({ type, name, inputs }) => [`${type} ${name}`, inputs] as const).sort());
}
