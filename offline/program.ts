/** Runs a Pulumi program against the in-process monitor, isolated from any other run in this process. */
import { createRequire } from "node:module";
import { resolve } from "node:path";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { runProgram, UnreadableProgram, withOwnPlaces } from "../base/bundle.js";
import { UserError } from "../base/user-error";
import type { StackConfiguration } from "./configuration";
import { exportOf } from "./entry";
import { ProgramError } from "./errors";
import { type Diagnostic, OfflineEngine, OfflineMonitor } from "./monitor";
import { Planner } from "./planner";
import { tracedOnFailure } from "./stack-traces";
import type { ResourceState } from "./state";
import type { Step } from "./step";
import type { Properties } from "./values";

export interface Evaluation {
  readonly steps: readonly Step[];
  /** Every resource that the program declares, as it is after all steps, in the order of registration. */
  readonly states: readonly ResourceState[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The SDK's modules, from the copy that the program itself loads. */
interface Sdk {
  readonly RunError: { isInstance(error: unknown): boolean };
  readonly runtime: {
    setAllConfig(config: Record<string, string>, secretKeys: string[]): void;
    runInPulumiStack(init: () => Promise<unknown>): Promise<unknown>;
    disconnect(): Promise<void>;
    registerStackTransformation(transformation: (args: TransformationArgs) => undefined): void;
  };
  readonly settings: {
    setMockOptions(
      monitor: unknown,
      project: string,
      stack: string,
      preview: boolean,
      organization?: string,
    ): void;
    awaitFeatureSupport(): Promise<void>;
  };
  /** Where a resource was declared, which nobody reads here: longer to find out than all else about it. */
  readonly resource: { readonly Resource: { callsites?: () => readonly unknown[] } };
  readonly state: {
    withLocalStorage<T>(callback: () => Promise<T>): Promise<T>;
    getStore(): { settings: { engine?: unknown } };
  };
  readonly struct: { Struct: { fromJavaScript(value: unknown): Struct } };
}

interface TransformationArgs {
  type: string;
  name: string;
  props: Record<string, unknown>;
}

/**
 * Evaluates a stack of the project in `folder`.
 *
 * @param olds the resources before; without them everything that the program declares counts as deployed already
 * @throws ProgramError when the program fails
 */
export function evaluate(
  folder: string,
  configuration: StackConfiguration,
  olds?: readonly ResourceState[],
): Promise<Evaluation> {
  const evaluation = busy.then(() =>
    tracedOnFailure(
      () => run(folder, configuration, olds),
      (error) => error instanceof ProgramError && error.expected,
    ),
  );
  busy = evaluation.catch(() => undefined);
  return evaluation;
}

/** Ends with the evaluation under way: each has the process's folder and output to itself. */
let busy: Promise<unknown> = Promise.resolve();

async function run(
  folder: string,
  configuration: StackConfiguration,
  olds?: readonly ResourceState[],
): Promise<Evaluation> {
  const { project, stack, main } = configuration;
  const entry = resolve(folder, main);
  const require = createRequire(entry);
  const sdk = loadSdk(require);
  const planner = new Planner(project, stack, olds);
  const engine = new OfflineEngine();
  const outputKeys = new Map<string, string[]>();
  const toStruct = (properties: Properties): Struct => sdk.struct.Struct.fromJavaScript(properties);
  const monitor = new OfflineMonitor(planner, outputKeys, toStruct);
  const rejections: unknown[] = [];
  const restore = [
    ...[capture(engine.diagnostics), workIn(folder), collectRejections(rejections)],
    withoutCallSites(sdk.resource.Resource),
  ];
  const stuck = whenStuck(rejections);
  try {
    const whole = sdk.state.withLocalStorage(async () => {
      sdk.settings.setMockOptions(monitor, project, stack, true, "organization");
      sdk.state.getStore().settings.engine = engine;
      sdk.runtime.setAllConfig(configuration.values, [...configuration.secretKeys]);
      await sdk.settings.awaitFeatureSupport();
      await sdk.runtime.runInPulumiStack(async () => {
        sdk.runtime.registerStackTransformation((args) => {
          const unset = Object.keys(args.props).filter((key) => args.props[key] === undefined);
          outputKeys.set(`${args.type}::${args.name}`, unset);
          return undefined;
        });
        const exported = exportOf(entry, await runProgram(entry));
        return typeof exported === "function" ? exported() : exported;
      });
      await sdk.runtime.disconnect();
    });
    await Promise.race([whole, stuck.promise]);
    await nextTurn();
    for (const error of [...monitor.errors, ...rejections]) throw error;
  } catch (error) {
    const [refused] = monitor.errors;
    throw refused === undefined
      ? programError(error, sdk, configuration.warnings)
      : new ProgramError(refused.message, true);
  } finally {
    await nextTurn();
    for (const undo of [...restore, stuck.forget]) undo();
  }
  return { steps: planner.finish(), states: planner.states(), diagnostics: engine.diagnostics };
}

/** Rejections that nobody waits for are reported before it. */
const nextTurn = (): Promise<void> => new Promise((done) => setImmediate(done));

function loadSdk(require: NodeJS.Require): Sdk {
  return {
    RunError: require("@pulumi/pulumi/errors").RunError,
    runtime: require("@pulumi/pulumi/runtime"),
    resource: require("@pulumi/pulumi/resource"),
    settings: require("@pulumi/pulumi/runtime/settings"),
    state: require("@pulumi/pulumi/runtime/state"),
    struct: createRequire(require.resolve("@pulumi/pulumi"))("google-protobuf/google/protobuf/struct_pb"),
  };
}

/** What the program prints to stdout becomes diagnostics, as under the engine: stdout is the preview's. */
function capture(diagnostics: Diagnostic[]): () => void {
  const write = process.stdout.write;
  process.stdout.write = ((chunk: string | Uint8Array) => {
    diagnostics.push({ severity: "info", message: String(chunk).trimEnd() });
    return true;
  }) as typeof process.stdout.write;
  return () => {
    process.stdout.write = write;
  };
}

function withoutCallSites(resource: Sdk["resource"]["Resource"]): () => void {
  const { callsites } = resource;
  if (callsites === undefined) return () => {};
  resource.callsites = () => [];
  return () => {
    resource.callsites = callsites;
  };
}

function workIn(folder: string): () => void {
  const before = process.cwd();
  process.chdir(folder);
  return () => process.chdir(before);
}

/** A throw in the program rejects the SDK's inner promises too, which nobody waits for: the outer one says it all. */
function collectRejections(rejections: unknown[]): () => void {
  const note = (reason: unknown): void => {
    rejections.push(reason);
  };
  process.on("unhandledRejection", note);
  return () => process.off("unhandledRejection", note);
}

/** Rejects when nothing is left to happen: without it the process would end there, and end well. */
function whenStuck(rejections: readonly unknown[]): { promise: Promise<never>; forget: () => void } {
  let forget = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    const give = (): void =>
      reject(rejections[0] ?? new Error("the program waits for something that never happens"));
    process.once("beforeExit", give);
    forget = () => process.off("beforeExit", give);
  });
  return { promise, forget };
}

function programError(error: unknown, sdk: Sdk, warnings: readonly string[]): ProgramError {
  const { message, stack } = error as Error;
  const expected =
    sdk.RunError.isInstance(error) || error instanceof UserError || error instanceof UnreadableProgram;
  // What is missing here may be where only the engine can read it.
  const more = expected && /\bis missing\b/.test(message) ? warnings : [];
  return new ProgramError(
    [expected ? message : withOwnPlaces(stack ?? message), ...more].join("\n"),
    expected,
  );
}
