/** The Pulumi program: a stack's settings, what they declare, and its outputs. */
import * as pulumi from "@pulumi/pulumi";
import { Adoption } from "./adoption";
import { countedNames } from "./apps";
import { Gate } from "./gate";
import { idleWeight } from "./idle-weight";
import { keeping, type Tell } from "./messages";
import type { Outputs } from "./outputs";
import { Patches } from "./patches";
import { formatProblem, type Problem, SettingsError } from "./problems";
import { mixedNamespaces, rawSettings, settingsNamespace } from "./raw";
import { BACK_VARIABLE, parseSettings, parseToGoBack, type Settings } from "./settings";
import { type ProgramTransform, Transforming, transformProblems } from "./transforms";

export type { Outputs } from "./outputs";
export type { ChangedDeclaration, Declaration, ProgramTransform } from "./transforms";

/** What {@link program} takes. */
export interface ProgramOptions {
  /**
   * Changes of what the program declares, one after another; the stack's `patches` come after them.
   *
   * @default none
   * @example
   * ```typescript
   * const onOurNodes: ProgramTransform = ({ type, args }) =>
   *   type === "kubernetes:apps/v1:Deployment"
   *     ? { args: { ...args, metadata: { ...args.metadata, annotations: { team: "shop" } } } }
   *     : undefined;
   * export = program({ transforms: [onOurNodes] });
   * ```
   */
  readonly transforms?: readonly ProgramTransform[];
}

/**
 * Declares all that the settings of the current stack ask for: Auto Scaling groups behind load balancers, apps and their
 * routes on Kubernetes, or both. What it imports of providers' packages is what the stack's platform needs.
 *
 * Resources that are declared outside of it, before or after, are not touched by transforms, `patches` or `adopt`.
 *
 * @returns the stack's outputs: `hosts`, `routers` and `weights` by app, and what the platform adds
 * @throws pulumi.RunError with a line for each thing that is wrong with settings or options
 * @example
 * ```typescript
 * import { program } from "canary-traffic";
 *
 * export = program();
 * ```
 */
export function program(options: ProgramOptions = {}): Outputs {
  const values = pulumi.runtime.allConfig();
  const namespace = settingsNamespace(pulumi.getProject(), values);
  const config = new pulumi.Config(namespace);
  const { settings, transforms } = inOneError(() => {
    refuse([...optionProblems(options), ...mixedNamespaces(pulumi.getProject(), values)]);
    return { settings: readSettings(namespace, values), transforms: options.transforms ?? [] };
  });
  for (const problem of idleWeight(settings, config.getNumber("canaryWeight") ?? 0))
    pulumi.log.warn(formatProblem(problem));
  const secrets = config.getSecretObject<Secrets>("secrets") ?? {};
  return adopting(settings, namespace, transforms, (tell) => declare(settings, secrets, tell));
}

type Secrets = Record<string, Record<string, string>>;

/** A platform's packages are loaded by stacks of that platform alone: the others need not have them. */
function declare(settings: Settings, secrets: pulumi.Input<Secrets>, tell: Tell): Outputs {
  switch (settings.platform) {
    case "elb": {
      const { elb }: typeof import("./elb") = require("./elb");
      return elb(settings, undefined, tell);
    }
    case "kubernetes": {
      const { kubernetes }: typeof import("./kubernetes") = require("./kubernetes");
      return kubernetes(settings, secrets, undefined, tell);
    }
    case "migration": {
      const { migration }: typeof import("./migration") = require("./migration");
      return migration(settings, secrets, tell);
    }
  }
}

/** Declares resources, some of which take over what was there before, or are changed. */
function adopting(
  settings: Settings,
  namespace: string,
  transforms: readonly ProgramTransform[],
  declared: (tell: Tell) => Outputs,
): Outputs {
  const { adopt, patches: asked } = settings;
  const gate = new Gate();
  const { tell, sendAll } = keeping();
  const counted = countedNames(settings);
  const transforming = new Transforming(transforms, counted);
  const adoption = new Adoption(adopt);
  const patches = new Patches(asked, isSecretKey(`${namespace}:patches`), counted);
  const isOurs = { now: true };
  if (Object.keys(adopt).length + asked.length + transforms.length > 0)
    for (const { transformation } of [transforming, gate, adoption, patches])
      pulumi.runtime.registerStackTransformation((args) => (isOurs.now ? transformation(args) : undefined));
  const outputs = withPackages(() => declared(tell));
  isOurs.now = false;
  // On the way back what has no target changes nothing, and must not keep a canary in service.
  const targets =
    process.env[BACK_VARIABLE] === undefined ? [...adoption.problems(), ...patches.problems()] : [];
  inOneError(() => refuse([...transforming.problems(), ...targets]));
  gate.open();
  sendAll();
  return outputs;
}

/** A provider's package that the stack needs and that is not installed is the project's to add. */
function withPackages<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [, missing] = /Cannot find module '(@pulumi\/(?:aws|kubernetes))\//.exec(message) ?? [];
    if (code !== "MODULE_NOT_FOUND" || missing === undefined) throw error;
    throw new pulumi.RunError(`${missing} is missing, which this stack needs: npm install ${missing}`);
  }
}

function readSettings(namespace: string, values: Readonly<Record<string, string>>): Settings {
  const parse = process.env[BACK_VARIABLE] === undefined ? parseSettings : parseToGoBack;
  return parse(rawSettings(namespace, values));
}

/** Whether a setting's value is encrypted, in part or as a whole: the engine tells the keys in a variable. */
function isSecretKey(key: string): boolean {
  const variable = "PULUMI_CONFIG_SECRET_KEYS";
  const keys: unknown = JSON.parse(pulumi.runtime.allConfig()[variable] ?? process.env[variable] ?? "[]");
  return Array.isArray(keys) && keys.includes(key);
}

function optionProblems(options: ProgramOptions): Problem[] {
  const known = ["transforms"];
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name): Problem => ({ key: `program: ${name}`, name, known })),
    ...transformProblems(options.transforms),
  ];
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new SettingsError(problems);
}

/** What is wrong with the stack's settings becomes one error without a stack trace. */
function inOneError<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof SettingsError ? new pulumi.RunError(error.message) : error;
  }
}
