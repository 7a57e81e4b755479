/** Changes from code of what the program declares. */
import type {
  CustomResourceOptions,
  Inputs,
  Resource,
  ResourceOptions,
  ResourceTransformation,
} from "@pulumi/pulumi";
import { changedWeight } from "./patches";
import type { Problem } from "./problems";

/** A resource that the program is about to declare. */
export interface Declaration {
  /** Its type, such as `kubernetes:apps/v1:Deployment`, `aws:lb/listener:Listener` or a component's. */
  readonly type: string;
  /** Its logical name, such as `myapp-canary`. */
  readonly name: string;
  /** What its constructor takes; of a component nothing, as those declare their children by themselves. */
  readonly args: Inputs;
  /** Its options, `parent` among them. */
  readonly opts: CustomResourceOptions;
}

/** What becomes of a {@link Declaration}; what is left out stays as it was. */
export interface ChangedDeclaration {
  /** All args, those that stay included. */
  readonly args?: Inputs;
  /** All options, those that stay included; another `parent` is refused. */
  readonly opts?: CustomResourceOptions;
}

/**
 * Changes a resource that the program declares, before it is made: takes it as it would be, answers what to change, or
 * nothing. It is asked for each resource, at once: it can't be async.
 *
 * Weights are the settings' to say, so a change of what carries them is refused: a listener's default action, a group's size,
 * a Service's selector.
 *
 * @example
 * ```typescript
 * const protect: ProgramTransform = ({ type, opts }) =>
 *   type === "kubernetes:core/v1:Namespace" ? { opts: { ...opts, protect: true } } : undefined;
 * ```
 */
export type ProgramTransform = (declared: Declaration) => ChangedDeclaration | undefined;

const ANSWERS = ["args", "opts"];
const ALLOWED = "{ args, opts }, one of them, or undefined";

export class Transforming {
  private readonly wrong = new Map<string, Problem>();

  /**
   * @param transforms put into effect one after another
   * @param counted logical names of the Deployments whose number of pods is a weight
   */
  constructor(
    private readonly transforms: readonly ProgramTransform[],
    private readonly counted: readonly string[],
  ) {}

  /** To be registered before the first resource is made. */
  readonly transformation: ResourceTransformation = ({ type, name, props, opts }) => {
    let now: { props: Inputs; opts: ResourceOptions } = { props, opts };
    for (const [i, transform] of this.transforms.entries()) {
      const answer: unknown = transform({ type, name, args: now.props, opts: now.opts });
      if (answer === undefined) continue;
      const label = `${type.split(":").at(-1)}/${name}`;
      if (!isAnswer(answer)) {
        this.refuse(i, label, shownAnswer(answer), ALLOWED);
        continue;
      }
      const { args = now.props, opts: others = now.opts } = answer;
      const weight = changedWeight(this.counted, { type, name }, now.props, args);
      const problem =
        weight !== undefined
          ? `other args than ${weight}: weights are the settings' to say`
          : wrongParent(others, opts.parent);
      if (problem === undefined) now = { props: args, opts: others };
      else this.refuse(i, label, "a change", problem);
    }
    return now.props === props && now.opts === opts ? undefined : now;
  };

  /** Once all resources are declared: the answers that can't be put into effect; of a transform the first of each kind. */
  problems(): readonly Problem[] {
    return [...this.wrong.values()];
  }

  private refuse(i: number, resource: string, value: string, allowed: string): void {
    const kind = `${i} ${allowed}`;
    if (!this.wrong.has(kind))
      this.wrong.set(kind, { key: `program: transforms[${i}] for ${resource}`, value, allowed });
  }
}

const wrongParent = (opts: ResourceOptions, parent: Resource | undefined): string | undefined =>
  opts.parent === parent
    ? undefined
    : "opts with the parent that there was: spread them, as in { ...opts, protect: true }";

const isMap = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isAnswer = (answer: unknown): answer is ChangedDeclaration =>
  isMap(answer) &&
  Object.entries(answer).every(
    ([key, value]) => ANSWERS.includes(key) && (value === undefined || isMap(value)),
  ) &&
  !(answer instanceof Promise);

const shownAnswer = (answer: unknown): string =>
  answer instanceof Promise
    ? "a Promise"
    : isMap(answer)
      ? `a map with ${Object.keys(answer).join(", ")}`
      : String(answer);

/** What is wrong with the option `transforms` itself. */
export function transformProblems(transforms: unknown): Problem[] {
  const key = "program: transforms";
  if (transforms === undefined) return [];
  if (!Array.isArray(transforms)) return [{ key, value: typeof transforms, allowed: "a list of functions" }];
  return transforms.flatMap((each, i): Problem[] =>
    typeof each === "function" ? [] : [{ key: `${key}[${i}]`, value: String(each), allowed: "a function" }],
  );
}
