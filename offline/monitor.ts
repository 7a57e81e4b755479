/** The resource monitor that the SDK talks to when no engine is there: hands every registration to a planner. */
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Alias } from "./aliases";
import type { Planner } from "./planner";
import { defined } from "./state";
import type { Goal, Registered } from "./step";
import { isObject, type Properties, type Value } from "./values";

/** A message as the program prints it by `pulumi.log` or by the console. */
export interface Diagnostic {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly urn?: string;
}

type Callback = (error: Error | null, response?: unknown) => void;

/** The parts of the SDK's generated messages (`proto/resource.proto` in pulumi/pulumi) that are read here. */
interface ResourceRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getRemote(): boolean;
  getObject(): Struct | undefined;
  getProtect(): boolean | undefined;
  hasProtect(): boolean;
  getRetainondelete(): boolean | undefined;
  getDependenciesList(): string[];
  getProvider(): string;
  getPropertydependenciesMap(): { entries(): Iterable<[string, { getUrnsList(): string[] }]> };
  getDeletebeforereplace(): boolean;
  getDeletebeforereplacedefined(): boolean;
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getAliasesList(): AliasMessage[];
  getAliasurnsList(): string[];
  getImportid(): string;
}

interface AliasMessage {
  hasSpec(): boolean;
  getUrn(): string;
  getSpec(): {
    getName(): string;
    getType(): string;
    getStack(): string;
    getProject(): string;
    hasParenturn(): boolean;
    getParenturn(): string;
    getNoparent(): boolean;
  };
}

interface ReadRequest extends Pick<ResourceRequest, "getType" | "getName" | "getParent" | "getProvider"> {
  getId(): string;
  getProperties(): Struct | undefined;
  getDependenciesList(): string[];
}

/** What the SDK can use of an engine; transforms need a server of their own, which is why they are off. */
const FEATURES = new Set([
  "secrets",
  "resourceReferences",
  "deletedWith",
  "aliasSpecs",
  "resourceHooks",
  "errorHooks",
]);

/** A status of gRPC's: https://grpc.io/docs/guides/status-codes */
const UNIMPLEMENTED = 12;

export class OfflineMonitor {
  /** What registrations failed for: the SDK leaves it to the engine to end such a program. */
  readonly errors: Error[] = [];

  /**
   * @param outputKeys the outputs of a resource, by type and name, that no input sets
   * @param toStruct the SDK's own constructor of protocol values, from the project's copy of it
   */
  constructor(
    private readonly planner: Planner,
    private readonly outputKeys: ReadonlyMap<string, readonly string[]>,
    private readonly toStruct: (properties: Properties) => Struct,
  ) {}

  supportsFeature(request: { getId(): string }, callback: Callback): void {
    callback(null, { getHassupport: () => FEATURES.has(request.getId()) });
  }

  /** Newer SDKs ask for all features at once, and one by one whoever does not know that question. */
  getDeploymentInfo(_request: unknown, callback: Callback): void {
    callback(Object.assign(new Error("not implemented"), { code: UNIMPLEMENTED }));
  }

  registerResource(request: ResourceRequest, callback: Callback): void {
    this.answer(callback, () => {
      if (request.getRemote()) {
        throw new Error(
          `${request.getType()} is made by a remote component, whose children a preview without engine can't see`,
        );
      }
      return this.planner.register(this.goal(request));
    });
  }

  readResource(request: ReadRequest, callback: Callback): void {
    this.answer(callback, () =>
      this.planner.read(
        {
          ...NO_OPTIONS,
          type: request.getType(),
          name: request.getName(),
          custom: true,
          inputs: fromStruct(request.getProperties()),
          dependencies: request.getDependenciesList(),
          outputKeys: this.outputKeysOf(request),
          ...defined({
            parent: request.getParent() || undefined,
            provider: request.getProvider() || undefined,
          }),
        },
        request.getId(),
      ),
    );
  }

  registerResourceOutputs(
    request: { getUrn(): string; getOutputs(): Struct | undefined },
    callback: Callback,
  ): void {
    this.planner.complete(request.getUrn(), fromStruct(request.getOutputs()));
    callback(null, {});
  }

  invoke(request: { getTok(): string }, callback: Callback): void {
    this.fail(
      callback,
      new Error(
        `${request.getTok()} asks a cloud for data, which a preview without credentials can't do; pass the value as a setting`,
      ),
    );
  }

  call(request: { getTok(): string }, callback: Callback): void {
    this.invoke(request, callback);
  }

  registerPackage(_request: unknown, callback: Callback): void {
    callback(null, { getRef: () => "" });
  }

  private goal(request: ResourceRequest): Goal {
    return {
      type: request.getType(),
      name: request.getName(),
      custom: request.getCustom(),
      inputs: fromStruct(request.getObject()),
      dependencies: request.getDependenciesList(),
      propertyDependencies: Object.fromEntries(
        [...request.getPropertydependenciesMap().entries()].map(([key, deps]) => [key, deps.getUrnsList()]),
      ),
      aliases: [...request.getAliasesList().map(aliasOf), ...request.getAliasurnsList()],
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      outputKeys: this.outputKeysOf(request),
      ...defined({
        parent: request.getParent() || undefined,
        provider: request.getProvider() || undefined,
        importId: request.getImportid() || undefined,
        deleteBeforeReplace: request.getDeletebeforereplacedefined()
          ? request.getDeletebeforereplace()
          : undefined,
        protect: request.getProtect(),
        retainOnDelete: request.getRetainondelete(),
      }),
    };
  }

  private outputKeysOf(request: Pick<ResourceRequest, "getType" | "getName">): readonly string[] {
    return this.outputKeys.get(`${request.getType()}::${request.getName()}`) ?? [];
  }

  private answer(callback: Callback, make: () => Registered): void {
    try {
      const answer = make();
      const outputs = this.toStruct(answer.outputs);
      callback(null, {
        getUrn: () => answer.urn,
        getId: () => answer.id ?? "",
        getObject: () => outputs,
        getProperties: () => outputs,
        getPropertydependenciesMap: () => undefined,
        getResult: () => 0,
      });
    } catch (error) {
      this.fail(callback, error as Error);
    }
  }

  private fail(callback: Callback, error: Error): void {
    this.errors.push(error);
    callback(error);
  }
}

/** The engine's side of `pulumi.log` and of the root resource. */
export class OfflineEngine {
  readonly diagnostics: Diagnostic[] = [];
  private root = "";

  log(request: { getSeverity(): number; getMessage(): string; getUrn(): string }, callback: Callback): void {
    const severity = (["debug", "info", "warning", "error"] as const)[request.getSeverity()] ?? "info";
    this.diagnostics.push({
      severity,
      message: request.getMessage(),
      ...defined({ urn: request.getUrn() || undefined }),
    });
    callback(null, {});
  }

  setRootResource(request: { getUrn(): string }, callback: Callback): void {
    this.root = request.getUrn();
    callback(null, {});
  }

  getRootResource(_request: unknown, callback: Callback): void {
    callback(null, { getUrn: () => this.root });
  }
}

const NO_OPTIONS = {
  propertyDependencies: {},
  aliases: [],
  ignoreChanges: [],
  replaceOnChanges: [],
} as const;

/** Protocol values as plain JSON, without the nulls that stand for absent properties. */
function fromStruct(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : (withoutNulls(struct.toJavaScript() as Properties) as Properties);
}

function withoutNulls(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

function aliasOf(message: AliasMessage): Alias {
  if (!message.hasSpec()) return message.getUrn();
  const spec = message.getSpec();
  return defined({
    name: spec.getName() || undefined,
    type: spec.getType() || undefined,
    stack: spec.getStack() || undefined,
    project: spec.getProject() || undefined,
    parent: spec.hasParenturn() ? spec.getParenturn() : undefined,
    noParent: spec.getNoparent() || undefined,
  });
}
